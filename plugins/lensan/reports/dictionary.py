"""The data dictionary for analysts, from the database's own comments: Markdown, HTML and a picture."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, select_autoescape
from sqlalchemy import Connection, Engine

from lensan import warehouse
from lensan.domain.installation import INCLUDE

_REFERENCE = re.compile(r"\(((?:mart|ops)\.\w+)[,)]")
_GRAIN = re.compile(r"\s*Grain: (.+?)\.?$")


@dataclass(frozen=True)
class DictionaryColumn:
    """``refers_to``: the object it is a key of; null: none."""

    name: str
    type: str
    comment: str
    refers_to: str | None = None


@dataclass(frozen=True)
class DictionaryObject:
    """A view or table, as ``mart.stall``. ``grain``: what a row is."""

    name: str
    comment: str
    grain: str
    columns: tuple[DictionaryColumn, ...]


@dataclass(frozen=True)
class Example:
    """A query that answers a question: ``include/sql/reports/examples/<key>.sql``, its first lines the
    question in Vietnamese and in English."""

    key: str
    title: str
    english: str
    sql: str

    @property
    def statement(self) -> str:
        """Without the two lines of the question."""
        return "\n".join(self.sql.splitlines()[2:])


def objects(connection: Connection) -> list[DictionaryObject]:
    """All that an analyst can read, by name; mart first."""
    rows = warehouse.rows(connection, "reports/dictionary/columns")
    names = dict.fromkeys(row["object"] for row in rows)
    found = []
    for name in names:
        mine = [row for row in rows if row["object"] == name]
        comment = mine[0]["object_comment"] or ""
        grain = _GRAIN.search(comment)
        found.append(
            DictionaryObject(
                name,
                _GRAIN.sub("", comment),
                grain[1] if grain else "",
                tuple(
                    DictionaryColumn(
                        row["name"],
                        row["type"],
                        row["comment"] or "",
                        _target(name, row["name"], row["comment"] or "", names),
                    )
                    for row in mine
                ),
            )
        )
    return found


def _target(owner: str, column: str, comment: str, names: dict[str, None]) -> str | None:
    """What a column refers to: as its comment says, else the view of which its name is the key."""
    said = _REFERENCE.search(comment)
    target = said[1] if said else f"mart.{re.sub(r'_(id|code)$', '', column)}"
    is_key = bool(said) or column.endswith(("_id", "_code"))
    return target if is_key and target in names and target != owner else None


def examples() -> list[Example]:
    """The example queries, in their order."""
    found = []
    for path in sorted((warehouse.SQL_ROOT / "reports" / "examples").glob("*.sql")):
        text = path.read_text(encoding="utf-8")
        title, english = (line.removeprefix("--").strip() for line in text.splitlines()[:2])
        found.append(Example(path.stem, title, english, text))
    return found


def write(engine: Engine, folder: Path) -> list[Path]:
    """Write ``tu-dien-du-lieu.md``, ``.html`` and ``so-do.svg`` into a folder, in English as the
    comments are; returns their paths. The same database gives the same bytes."""
    with engine.begin() as connection:
        found = objects(connection)
        closed = warehouse.rows(connection, "reports/dictionary/closed")
    picture = svg([each for each in found if each.name.startswith("mart.")])
    environment = Environment(
        loader=FileSystemLoader(INCLUDE / "templates"),
        autoescape=select_autoescape(["html"]),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    parts = [
        (
            "Figures and what they are made of (mart)",
            [e for e in found if e.name.startswith("mart.")],
        ),
        ("How the work went (ops)", [e for e in found if not e.name.startswith("mart.")]),
    ]
    values = {"parts": parts, "examples": examples(), "picture": picture, "closed": closed}
    files = {
        "tu-dien-du-lieu.md": environment.get_template("dictionary.md").render(values),
        "tu-dien-du-lieu.html": environment.get_template("dictionary.html").render(values),
        "so-do.svg": picture,
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")
    return [folder / name for name in files]


# ---------------------------------------------------------------- the picture

_WIDTH, _GAP, _LINE, _HEAD = 250, 130, 16, 26


def svg(found: Sequence[DictionaryObject]) -> str:
    """Boxes of the objects with the columns that join them, and a line for each join."""
    columns = _arranged(found)
    places: dict[str, tuple[int, int]] = {}
    shown: dict[str, list[str]] = {}
    referred = {column.refers_to for each in found for column in each.columns if column.refers_to}
    boxes, height = [], 0
    for number, column in enumerate(columns):
        x, y = 20 + number * (_WIDTH + _GAP), 20
        for each in column:
            places[each.name] = (x, y)
            keys = [c.name for c in each.columns if c.refers_to]
            if each.name in referred:
                keys = list(dict.fromkeys([each.columns[0].name, *keys]))
            shown[each.name] = keys
            boxes.append(_box(each, x, y, keys))
            y += _HEAD + _LINE * (len(keys) + 1) + 22
        height = max(height, y)
    lines = [
        _line(places, shown, each.name, column.name, column.refers_to)
        for each in found
        for column in each.columns
        if column.refers_to in places
    ]
    width = 40 + len(columns) * (_WIDTH + _GAP) - _GAP
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" font-family="sans-serif" font-size="12" role="img" '
            'aria-label="How the views are joined">',
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
            *lines,
            *boxes,
            "</svg>",
            "",
        ]
    )


def _arranged(found: Sequence[DictionaryObject]) -> list[list[DictionaryObject]]:
    """Columns of boxes so that lines go from right to left: each stands right of all it refers to."""
    by_name = {each.name: each for each in found}
    depth: dict[str, int] = {}

    def deep(name: str) -> int:
        if name not in depth:
            depth[name] = 0  # of a circle the first counts as without
            targets = [c.refers_to for c in by_name[name].columns if c.refers_to in by_name]
            depth[name] = max((deep(target) + 1 for target in targets if target), default=0)
        return depth[name]

    for each in found:
        deep(each.name)
    columns = [[e for e in found if depth[e.name] == n] for n in range(max(depth.values()) + 1)]
    return [column for column in columns if column]


def _box(each: DictionaryObject, x: int, y: int, keys: Sequence[str]) -> str:
    height = _HEAD + _LINE * (len(keys) + 1) + 6
    more = len(each.columns) - len(keys)
    texts = [
        f'<text x="{x + 10}" y="{y + _HEAD + _LINE * (i + 1) - 3}" fill="#1b3a57">{html.escape(key)}</text>'
        for i, key in enumerate(keys)
    ]
    return "\n".join(
        [
            f"<g><title>{html.escape(each.comment)}</title>",
            f'<rect x="{x}" y="{y}" width="{_WIDTH}" height="{height}" rx="4" fill="#f6f9fc" '
            'stroke="#7c93a8"/>',
            f'<rect x="{x}" y="{y}" width="{_WIDTH}" height="{_HEAD - 4}" rx="4" fill="#1f5d8c"/>',
            f'<text x="{x + 10}" y="{y + 16}" fill="#ffffff" font-weight="bold">{each.name}</text>',
            *texts,
            f'<text x="{x + 10}" y="{y + _HEAD + _LINE * (len(keys) + 1) - 3}" fill="#5b6b7a" '
            f'font-style="italic">and {more} other columns</text></g>',
        ]
    )


def _line(
    places: dict[str, tuple[int, int]],
    shown: dict[str, list[str]],
    source: str,
    column: str,
    target: str | None,
) -> str:
    x1, y1 = places[source]
    x2, y2 = places[target or source]
    y1 += _HEAD + _LINE * shown[source].index(column) + _LINE // 2
    y2 += _HEAD + _LINE // 2
    x2 += _WIDTH
    bend = max(40, (x1 - x2) // 2)
    return (
        f'<path d="M{x1},{y1} C{x1 - bend},{y1} {x2 + bend},{y2} {x2},{y2}" fill="none" '
        f'stroke="#9db2c5" stroke-width="1.3"><title>{source}.{column} → {target}</title></path>'
    )
