"""The command `lensan`. Every command has --json for scripts; --help shows examples."""

from __future__ import annotations

from lensan.cli import (
    backup,
    correspondence,
    data,
    duplicates,
    feedback,
    figures,
    files,
    forms,
    intake,
    operations,
    people,
    privacy,
    quality,
    reports,
    roles,
)
from lensan.cli.shared import app

__all__ = [
    "app",
    "backup",
    "correspondence",
    "data",
    "duplicates",
    "feedback",
    "figures",
    "files",
    "forms",
    "intake",
    "main",
    "operations",
    "people",
    "privacy",
    "quality",
    "reports",
    "roles",
]


def main() -> int:
    """The entry point of the command ``lensan``; returns the exit code."""
    app()
    return 0
