"""The command `lensan`. Every command has --json for scripts; --help shows examples."""

from __future__ import annotations

from lensan.cli import (
<<<<<<< Updated upstream
    backup,
    data,
=======
    correspondence,
>>>>>>> Stashed changes
    duplicates,
    feedback,
    files,
    forms,
    operations,
    people,
<<<<<<< Updated upstream
    privacy,
    reports,
    roles,
=======
    reports,
>>>>>>> Stashed changes
)
from lensan.cli.shared import app

__all__ = [
    "app",
<<<<<<< Updated upstream
    "backup",
    "data",
=======
    "correspondence",
>>>>>>> Stashed changes
    "duplicates",
    "feedback",
    "files",
    "forms",
    "main",
    "operations",
    "people",
    "privacy",
    "reports",
    "roles",
]


def main() -> int:
    app()
    return 0
