"""The command `lensan`. Every command has --json for scripts; --help shows examples."""

import sys

try:
    from lensan.domain import installation  # noqa: F401  # which province decides all that is imported after it
except ValueError as error:
    sys.exit(str(error))

from lensan.cli.shared import app

__all__ = ["app", "main"]


def main() -> int:
    """The entry point of the command ``lensan``; returns the exit code."""
    app()
    return 0
