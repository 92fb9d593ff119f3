"""The command `lensan`. Every command has --json for scripts; --help shows examples."""

from lensan.cli.shared import app

__all__ = ["app", "main"]


def main() -> int:
    """The entry point of the command ``lensan``; returns the exit code."""
    app()
    return 0
