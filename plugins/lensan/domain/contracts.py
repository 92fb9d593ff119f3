"""Data contracts: what each source sends, by which headers, under which rules.

One file a source in sources/ of the province's folder; a header alias, a date format or a status word is one line
there, never code (docs/rules/sources.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lensan.domain import installation, units_of_measure
from lensan.domain.units_of_measure import Unit
from lensan.domain.yaml_node import Marked, line_of, load, told_with_line

SOURCES = installation.FOLDER / "sources"
QUALITY = installation.INCLUDE / "quality"

TYPES = frozenset(
    [
        "text",
        "identifier",
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


MEASURED = frozenset(("number", "percent", "price_range"))
"""The types whose values are in a unit of measure."""


@dataclass(frozen=True)
class ContractColumn:
    """One column of an entity: the headers it may stand under and the rules for its values.

    ``event``: a date that cannot lie after the export. ``of_order``: an order-level cell that a
    spreadsheet may leave blank on the order's further lines. ``lenient``: a value that cannot be
    read is left out with a warning instead of holding the row back. ``unit``: what its numbers are in,
    as declared or as the first header says.
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
    unit: Unit | None = None
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class DeclaredCheck:
    """A check that does not follow from a column: include/quality/core.yml explains the words.

    ``severity``: fail or warn; ``mended_by``: see MENDERS. Exactly one of the others is given.
    """

    name: str
    severity: str
    label: str
    reason: str
    mended_by: str
    order: tuple[str, ...] = ()
    between: tuple[Any, ...] = ()
    unique: str | None = None
    stops: str | None = None
    no_rows: str | None = None


MENDERS = ("sender", "district", "officer", "steward", "engineer")


@dataclass(frozen=True)
class Entity:
    """What a source sends lists of: orders, stalls, trainings. ``merges_into``: the entity of core."""

    name: str
    label: str
    columns: tuple[ContractColumn, ...]
    merges_into: str
    checks: tuple[DeclaredCheck, ...] = ()

    def column(self, name: str) -> ContractColumn:
        """The column of a name. Raises StopIteration for one that the contract does not have."""
        return next(column for column in self.columns if column.name == name)


REMOTE_SCHEMES = ("sftp", "https", "imaps", "imap")


@dataclass(frozen=True)
class Location:
    """A remote location: a URL (sftp, https, imaps, or imap with STARTTLS) and the name of the
    Airflow connection that holds its credentials, never the credentials themselves."""

    url: str
    connection: str


@dataclass(frozen=True)
class Contract:
    """A source. ``folders`` lie below the landing root, ``remote`` anywhere else.

    ``fresh_within_days``: how old its newest export may be at a period's end; null: no matter. ``contacts``:
    who sends it, each from a day on, the first from the beginning.
    """

    source: str
    title: str
    kind: str
    folders: tuple[str, ...]
    contacts: tuple[tuple[date, str], ...]
    entities: tuple[Entity, ...]
    remote: tuple[Location, ...] = ()
    platform: str | None = None
    schedule: str = "*/15 7-18 * * 1-6"
    fresh_within_days: int | None = None
    enterprises: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def contact(self) -> str:
        """Who sends it now."""
        return self.contacts[-1][1]

    def contact_on(self, day: date) -> str:
        """Who sent it on a day."""
        held = [name for start, name in self.contacts if start <= day]
        return held[-1] if held else self.contacts[0][1]

    @property
    def location(self) -> str:
        """The folder that people are told of; a source without one has the folder of its name."""
        return self.folders[0] if self.folders else self.source


def _locations(spec: dict[str, Any], where: str) -> tuple[tuple[str, ...], tuple[Location, ...]]:
    """``location`` is one or a list of: a folder, a URL, or ``{url: …, connection: …}``."""
    given = spec.pop("location")
    connection = spec.pop("connection", spec["source"])
    folders, remote = [], []
    for item in given if isinstance(given, list) else [given]:
        own = dict(item) if isinstance(item, Mapping) else {"url": item}
        url = str(own.pop("url")).removeprefix("file://")
        name = own.pop("connection", connection)
        if own:
            raise ValueError(f"{where}: a location has url and connection, not {sorted(own)}")
        if re.match(r"[a-z]\w{0,20}://", url):
            _check_url(url, where)
            remote.append(Location(url, name))
        elif url.startswith(("/", "~")) or ".." in url.split("/"):
            raise ValueError(f"{where}: {url!r} is not below the landing root; link it there")
        else:
            folders.append(url)
    return tuple(folders), tuple(remote)


def _contacts(spec: dict[str, Any], where: str) -> tuple[tuple[date, str], ...]:
    """``contact`` is a name, or names by the day from which each holds, in the order of time."""
    line = line_of(spec, "contact")
    given = spec.pop("contact")
    named = dict(given) if isinstance(given, Mapping) else {date.min: given}
    days = [*named]
    if not days or not all(type(day) is date for day in days) or days != sorted(days):
        raise ValueError(
            f"{where}: contact: expected a name, or names by days like 2025-03-01 in order{line}"
        )
    if not all(isinstance(name, str) and name.strip() for name in named.values()):
        raise ValueError(f"{where}: contact: expected a text{line}")
    return tuple(named.items())


def _check_url(url: str, where: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in REMOTE_SCHEMES:
        known = ", ".join(f"{scheme}://" for scheme in REMOTE_SCHEMES)
        raise ValueError(f"{where}: {parts.scheme}:// is no location; a folder or one of {known}")
    if parts.username is not None or parts.password is not None:
        raise ValueError(
            f"{where}: a location holds no login; put it into the Airflow connection of the source"
        )
    if not parts.hostname or (not parts.path.strip("/") and parts.scheme.startswith("imap")):
        raise ValueError(f"{where}: {url} lacks the host or the mailbox (imaps://host/INBOX)")


_COLUMN_KEYS = frozenset(each.name for each in fields(ContractColumn)) - {"name"}
_ENTITY_KEYS = frozenset(("label", "columns", "merges_into", "checks"))
_CHECK_KEYS = frozenset(each.name for each in fields(DeclaredCheck))
_CONTRACT_KEYS = (
    frozenset(each.name for each in fields(Contract)) - {"folders", "remote", "contacts"}
) | {"contact"}


def _expect(given: Mapping[str, Any], keys: frozenset[str], where: str) -> None:
    """Raises ValueError that names the key that nobody knows, and those that may stand there."""
    for key in given:
        if key not in keys:
            raise ValueError(
                f"{where}: unknown key {key!r}; one of {', '.join(sorted(keys))}{line_of(given, key)}"
            )


def _column(name: str, spec: Mapping[str, Any], where: str) -> ContractColumn:
    _expect(spec, _COLUMN_KEYS, f"{where}.{name}")
    spec = dict(spec)
    for key in ("headers", "type"):
        if key not in spec:
            raise ValueError(f"{where}.{name}: key {key!r} is missing")
    kind = spec.pop("type")
    if kind not in TYPES:
        raise ValueError(f"{where}.{name}: unknown type {kind!r}; one of {sorted(TYPES)}")
    words = {key: tuple(values) for key, values in spec.pop("words", {}).items()}
    unit = None
    if kind in MEASURED:
        declared = spec.pop("unit", None)
        header = units_of_measure.in_header(spec["headers"][0]).unit
        unit = units_of_measure.unit(declared) if declared else header
        if declared and unit is None:
            raise ValueError(f"{where}.{name}: unknown unit {declared!r}")
    spec["unit"] = unit
    return ContractColumn(
        name=name, headers=tuple(spec.pop("headers")), type=kind, words=words, **spec
    )


def declared_checks(specs: Iterable[Mapping[str, Any]], where: str) -> tuple[DeclaredCheck, ...]:
    """Checks as a YAML file declares them. Raises ValueError naming a slip."""
    found = []
    for spec in specs:
        _expect(spec, _CHECK_KEYS, f"{where}: check {spec.get('name', '')}")
        given: dict[str, Any] = dict(spec)
        for key in ("order", "between"):
            given[key] = tuple(given.get(key, ()))
        check = DeclaredCheck(**given)
        expects = [check.order, check.between, check.unique, check.stops, check.no_rows]
        if sum(map(bool, expects)) != 1:
            raise ValueError(f"{where}: {check.name} must expect one thing")
        if check.severity not in ("fail", "warn") or check.mended_by not in MENDERS:
            raise ValueError(f"{where}: {check.name}: severity is fail or warn, {MENDERS} mend")
        if check.stops and check.severity != "fail":
            raise ValueError(f"{where}: {check.name} stops a merge: its severity is fail")
        found.append(check)
    return tuple(found)


@cache
def checks_by_entity() -> dict[str, tuple[DeclaredCheck, ...]]:
    """The checks of include/quality/core.yml that hold for an entity whoever sends it."""
    spec = load(QUALITY / "core.yml")
    return {
        entity: declared_checks(checks, f"core.yml: {entity}")
        for entity, checks in spec["entities"].items()
    }


def _load(path: Path) -> Contract:
    spec = load(path)
    if not isinstance(spec, Marked):
        raise ValueError(f"{path.name}: expected the keys {', '.join(sorted(_CONTRACT_KEYS))}")
    spec = Marked(spec, spec.lines)
    if spec.get("source") != path.stem:
        raise ValueError(f"{path.name}: 'source' must be {path.stem!r}")
    unit_required = spec.pop("unit_column_required", False)
    if "entities_of" in spec:
        other = load(SOURCES / f"{spec.pop('entities_of')}.yml")
        spec["entities"] = other["entities"]
    entities = []
    for name, entity in spec.pop("entities").items():
        _expect(entity, _ENTITY_KEYS, f"{path.name}: {name}")
        columns = []
        for column, column_spec in entity["columns"].items():
            if not isinstance(column_spec, Marked):
                line = line_of(entity["columns"], column)
                raise ValueError(f"{path.name}: {name}.{column}: expected headers and type{line}")
            column_spec = Marked(column_spec, column_spec.lines)
            if unit_required and column == "unit_code":
                column_spec["required"] = True
            with told_with_line(entity["columns"], column):
                columns.append(_column(column, column_spec, f"{path.name}: {name}"))
        entities.append(
            Entity(
                name,
                entity["label"],
                tuple(columns),
                entity.get("merges_into", name),
                checks_by_entity().get(name, ())
                + declared_checks(entity.get("checks", ()), f"{path.name}: {name}"),
            )
        )
    enterprises = {key: tuple(names) for key, names in spec.pop("enterprises", {}).items()}
    folders, remote = _locations(spec, path.name)
    _expect(spec, _CONTRACT_KEYS, path.name)
    contacts = _contacts(spec, path.name)
    return Contract(
        entities=tuple(entities),
        enterprises=enterprises,
        folders=folders,
        remote=remote,
        contacts=contacts,
        **spec,
    )


@cache
def contracts() -> dict[str, Contract]:
    """All contracts by source. Raises ValueError naming the file, the entity and the key of a slip, and the keys that
    are known."""
    return {path.stem: _load(path) for path in sorted(SOURCES.glob("*.yml"))}


def remote_locations() -> list[Location]:
    """Those of all sources."""
    return [location for contract in contracts().values() for location in contract.remote]


_COUNTED = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")


def platforms_counted() -> str:
    """How many marketplaces there are, as within a sentence: ``hai sàn``."""
    count = len(_platforms())
    return f"{_COUNTED[count] if count < len(_COUNTED) else count} sàn"


def platforms_named() -> str:
    """The marketplaces by name, as within a sentence: ``Postmart.vn và Voso.vn``."""
    *others, last = (each.title.removeprefix("Sàn ") for each in _platforms())
    return f"{', '.join(others)} và {last}" if others else last


def _platforms() -> list[Contract]:
    return [each for each in contracts().values() if each.platform]


def contract(source: str) -> Contract:
    """Raises KeyError naming the known sources."""
    try:
        return contracts()[source]
    except KeyError:
        raise KeyError(f"no source {source!r}; known: {', '.join(contracts())}") from None
