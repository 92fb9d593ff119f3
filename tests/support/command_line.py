"""Every command of ``lensan``, as the words that one types."""

from __future__ import annotations

from typing import Any

import typer.main

from lensan.cli import app


def commands(group: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if not hasattr(group, "list_commands"):
        return [path]
    context = typer.Context(group)
    return [
        found
        for name in group.list_commands(context)
        for found in commands(group.get_command(context, name), (*path, name))
    ]


COMMANDS = commands(typer.main.get_command(app))
