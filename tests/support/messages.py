"""What the command line says, taken from the code, and its Vietnamese catalog; `make words` renews it."""

from __future__ import annotations

import ast
import struct
from pathlib import Path
from typing import Any

import typer.core
import typer.main
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from lensan.cli import app, words
from lensan.cli.commands import EPILOG, GROUPS
from lensan.domain.settings import PROJECT

CATALOG = words.LOCALE / "vi" / "LC_MESSAGES" / f"{words.DOMAIN}.po"
COMPILED = CATALOG.with_suffix(".mo")
HEAD = "Content-Type: text/plain; charset=UTF-8"
_CALLS = {"_", "gettext"}


def said_in(path: Path) -> set[str]:
    """The messages that a file says by a literal."""
    return {
        node.args[0].value
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in _CALLS
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }


def of_commands(command: Any, context: Any) -> set[str]:
    """The help texts of a command and of those below it."""
    found = set(words.paragraphs(command.help or ""))
    for parameter in command.get_params(context):
        found |= set(words.paragraphs(getattr(parameter, "help", None) or ""))
    if hasattr(command, "list_commands"):
        for name in command.list_commands(context):
            found |= of_commands(command.get_command(context, name), context)
    return found


def wanted() -> set[str]:
    """Every message that operators can meet, save the words of tables."""
    root = typer.main.get_command(app)
    found = of_commands(root, typer.Context(root))
    for path in (PROJECT / "plugins" / "lensan").rglob("*.py"):
        found |= said_in(path)
    found |= said_in(Path(typer.core.__file__))
    found |= {*words.OF_TYPER, EPILOG, *GROUPS}
    found |= {what for group in GROUPS.values() for _module, what in group.values()}
    return found - {""}


def catalog() -> Catalog:
    """The catalog as it stands."""
    with CATALOG.open("rb") as stream:
        return read_po(stream, locale="vi", domain=words.DOMAIN)


def renew() -> None:
    """Add what is missing, untranslated, take out what nobody says any more, and compile."""
    old, new = catalog(), Catalog(locale="vi", domain=words.DOMAIN)
    for message in sorted(wanted()):
        known = old.get(message)
        new.add(message, string=known.string if known else "")
    for message in old:
        if message.context:
            new.add(message.id, string=message.string, context=message.context)
    write(new)


def write(new: Catalog) -> None:
    """Write the catalog and the .mo of it: the same messages, the same bytes."""
    with CATALOG.open("wb") as stream:
        stream.write(f'msgid ""\nmsgstr ""\n"{HEAD}\\n"\n\n'.encode())
        write_po(stream, new, width=0, sort_output=True, omit_header=True)
    COMPILED.write_bytes(compiled(catalog()))


def compiled(messages: Catalog) -> bytes:
    """The .mo that gettext reads: number, tables of keys and of texts, then all of them."""
    pairs = {"": f"{HEAD}\n"}
    for message in messages:
        if message.id and message.string:
            context = f"{message.context}\x04" if message.context else ""
            pairs[context + message.id] = message.string
    keys = sorted(pairs)
    start, tables, body = 28 + 16 * len(keys), b"", b""
    for column in (keys, [pairs[key] for key in keys]):
        for text in column:
            content = text.encode()
            tables += struct.pack("<II", len(content), start + len(body))
            body += content + b"\0"
    return (
        struct.pack("<7I", 0x950412DE, 0, len(keys), 28, 28 + 8 * len(keys), 0, 0) + tables + body
    )


if __name__ == "__main__":
    renew()
