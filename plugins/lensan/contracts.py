"""Data contracts: what each source sends, by which headers, under which rules.

One file a source in include/sources; a header alias, a date format or a status word is one line
there, never code (spec/sources.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

SOURCES = Path(__file__).resolve().parents[2] / "include" / "sources"

TYPES = frozenset(
    [
        "text",
        "code",
        "word",
        "number",
        "integer",
        "percent",
        "price_range",
        "stars",
        "year",
        "month",
        "date",
        "moment",
        "phone",
        "paper_number",
        "unit",
        "unit_of_province",
        "province",
        "country",
    ]
)


@dataclass(frozen=True)
class Column:
    """One column of an entity: the headers it may stand under and the rules for its values.

    ``event``: a date that cannot lie after the export. ``of_order``: an order-level cell that a
    spreadsheet may leave blank on the order's further lines. ``lenient``: a value that cannot be
    read is left out with a warning instead of holding the row back.
    """

    name: str
    headers: tuple[str, ...]
    type: str
    required: bool = False
    header_required: bool = False
    event: bool = False
    of_order: bool = False
    lenient: bool = False
    minimum: int | None = None
    positive: bool = False
    whole: bool = False
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Entity:
    name: str
    label: str
    columns: tuple[Column, ...]
    merges_into: str

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


@dataclass(frozen=True)
class Contract:
    """A source. ``location`` is a folder below the landing root or a URL (sftp, https, imap)."""

    source: str
    title: str
    kind: str
    location: str
    contact: str
    entities: tuple[Entity, ...]
    platform: str | None = None
    schedule: str = "*/15 7-18 * * 1-6"
    enterprises: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def _column(name: str, spec: Mapping[str, Any], where: str) -> Column:
    spec = dict(spec)
    kind = spec.pop("type")
    if kind not in TYPES:
        raise ValueError(f"{where}.{name}: unknown type {kind!r}; one of {sorted(TYPES)}")
    words = {key: tuple(values) for key, values in spec.pop("words", {}).items()}
    return Column(name=name, headers=tuple(spec.pop("headers")), type=kind, words=words, **spec)


def _load(path: Path) -> Contract:
    spec = yaml.safe_load(path.read_text(encoding="utf-8"))
    if spec.get("source") != path.stem:
        raise ValueError(f"{path.name}: 'source' must be {path.stem!r}")
    unit_required = spec.pop("unit_column_required", False)
    if "entities_of" in spec:
        other = yaml.safe_load((SOURCES / f"{spec.pop('entities_of')}.yml").read_text("utf-8"))
        spec["entities"] = other["entities"]
    entities = []
    for name, entity in spec.pop("entities").items():
        columns = []
        for column, column_spec in entity["columns"].items():
            column_spec = dict(column_spec)
            if unit_required and column == "unit_code":
                column_spec["required"] = True
            columns.append(_column(column, column_spec, f"{path.name}: {name}"))
        entities.append(
            Entity(name, entity["label"], tuple(columns), entity.get("merges_into", name))
        )
    enterprises = {key: tuple(names) for key, names in spec.pop("enterprises", {}).items()}
    return Contract(entities=tuple(entities), enterprises=enterprises, **spec)


@cache
def contracts() -> dict[str, Contract]:
    """All contracts by source. Raises ValueError or TypeError naming the file and line of a slip."""
    return {path.stem: _load(path) for path in sorted(SOURCES.glob("*.yml"))}


def contract(source: str) -> Contract:
    """Raises KeyError naming the known sources."""
    try:
        return contracts()[source]
    except KeyError:
        raise KeyError(f"no source {source!r}; known: {', '.join(contracts())}") from None
