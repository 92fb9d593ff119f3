"""Data contracts: what each source sends, by which headers, under which rules.

One file a source in sources/ of the province's folder; a header alias, a date format or a status word is one line
there, never code (docs/rules/sources.md).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, get_args
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator, model_validator
from pydantic.json_schema import SkipJsonSchema

from lensan.domain import installation, units_of_measure
from lensan.domain.units_of_measure import Unit
from lensan.domain.yaml_file import ByName, Day, Spec, Text, YamlFile, Yes, slip, whole

SOURCES = installation.FOLDER / "sources"
QUALITY = installation.INCLUDE / "quality"

Type = Literal[
    "text", "identifier", "code", "word", "number", "integer", "percent", "price_range", "stars", "year",
    "month", "date", "moment", "phone", "paper_number", "unit", "unit_of_province", "province", "country",
]  # fmt: skip
TYPES = frozenset(get_args(Type))
MEASURED = frozenset(("number", "percent", "price_range"))
"""The types whose values are in a unit of measure."""
Mender = Literal["sender", "district", "officer", "steward", "engineer"]
MENDERS: tuple[str, ...] = get_args(Mender)
Severity = Literal["fail", "warn"]
Texts = Annotated[tuple[Text, ...], Field(min_length=1)]


KEPT_UNITS = {"_vnd_kg": "đồng/kg", "_kg": "kg", "_tonnes": "tấn", "_vnd": "đồng", "_pct": "%"}
"""By the end of a column's name, what core keeps it in, whatever a sender's numbers come in."""


def _unit(said: object) -> object:
    found = units_of_measure.unit(said) if isinstance(said, str) else None
    if found is None:
        raise slip(f"expected a unit of measure like kg, tấn, đồng or %, not {said!r}")
    return found


def _unit_of_header(known: Mapping[str, Any]) -> Unit | None:
    if known.get("type") not in MEASURED or not known.get("headers"):
        return None
    return units_of_measure.in_header(known["headers"][0]).unit


class ContractColumn(Spec):
    """One column of an entity: the headers it may stand under and the rules for its values.

    ``event``: a date that cannot lie after the export. ``of_order``: an order-level cell that a
    spreadsheet may leave blank on the order's further lines. ``lenient``: a value that cannot be
    read is left out with a warning instead of holding the row back. ``unit``: what its numbers are in, as declared or
    as the first header says; what core keeps them in says the column's name. ``words``: what stands there, and what is written for it.
    """

    name: SkipJsonSchema[str]
    headers: Texts
    type: Type
    required: Yes = False
    header_required: Yes = False
    event: Yes = False
    of_order: Yes = False
    lenient: Yes = False
    minimum: Annotated[int, Field(strict=True)] | None = None
    positive: Yes = False
    whole: Yes = False
    unit: Annotated[Unit, BeforeValidator(_unit), WithJsonSchema({"type": "string"})] | None = (
        Field(default_factory=_unit_of_header)
    )
    words: Mapping[str, Texts] = Field(default={}, min_length=1)

    @model_validator(mode="after")
    def _words_and_units_have_their_types(self) -> ContractColumn:
        if (self.type == "word") != bool(self.words):
            raise slip("expected words where the type is word, and only there", "words")
        if self.unit is not None and self.type not in MEASURED:
            raise slip(f"expected no unit but for the types {', '.join(sorted(MEASURED))}", "unit")
        kept = self.kept_unit
        if (
            self.unit is not None
            and kept is not None
            and units_of_measure.factor(self.unit, kept) is None
        ):
            raise slip(f"expected a unit that makes {kept.name}, not {self.unit.name}", "unit")
        return self

    @property
    def kept_unit(self) -> Unit | None:
        """What core keeps its numbers in: what the column's name ends with, else what they come in."""
        if self.type in MEASURED:
            for ending, unit in KEPT_UNITS.items():
                if self.name.endswith(ending):
                    return units_of_measure.unit(unit)
        return self.unit


class DeclaredCheck(Spec):
    """A check that does not follow from a column: include/quality/core.yml explains the words.

    ``severity``: fail or warn; ``mended_by``: who can. Exactly one of the others is given.
    """

    name: Text
    severity: Severity
    label: Text
    reason: Text
    mended_by: Mender
    order: tuple[Text, Text] | None = None
    between: tuple[Text, float, float] | None = None
    unique: Text | None = None
    stops: Text | None = None
    no_rows: Text | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> DeclaredCheck:
        expects = [self.order, self.between, self.unique, self.stops, self.no_rows]
        if sum(map(bool, expects)) != 1:
            raise slip("expected one of order, between, unique, stops, no_rows")
        if self.stops and self.severity != "fail":
            raise slip("expected fail: the check stops a merge", "severity")
        return self


class CoreChecks(Spec):
    """include/quality/core.yml: by entity, whoever sends it, and over all sources."""

    entities: Mapping[str, tuple[DeclaredCheck, ...]]
    whole: tuple[DeclaredCheck, ...]


@cache
def core_checks() -> CoreChecks:
    """The checks of include/quality/core.yml. Raises Slips."""
    return YamlFile(QUALITY / "core.yml").read(CoreChecks)


class Entity(Spec):
    """What a source sends lists of: orders, stalls, trainings. ``merges_into``: the entity of core, its own name
    where nothing is said. ``own_checks``: ``checks`` in the file, beside those of include/quality/core.yml."""

    name: SkipJsonSchema[str]
    label: Text
    columns: Annotated[tuple[ContractColumn, ...], ByName("name")]
    merges_into: Text = Field(default_factory=lambda known: known["name"])
    own_checks: tuple[DeclaredCheck, ...] = Field(default=(), alias="checks")

    @property
    def checks(self) -> tuple[DeclaredCheck, ...]:
        """Those for an entity of that name, whoever sends it, and the contract's own."""
        return (*core_checks().entities.get(self.name, ()), *self.own_checks)

    def column(self, name: str) -> ContractColumn:
        """The column of a name. Raises StopIteration for one that the contract does not have."""
        return next(column for column in self.columns if column.name == name)


REMOTE_SCHEMES = ("sftp", "https", "imaps", "imap")


class Location(NamedTuple):
    """A remote location: a URL (sftp, https, imaps, or imap with STARTTLS) and the name of the
    Airflow connection that holds its credentials, never the credentials themselves."""

    url: str
    connection: str


class SourcePlace(Spec):
    """A folder below the landing root or a URL, with the connection that has its credentials."""

    url: Text
    connection: Text | None = None

    @field_validator("url")
    @classmethod
    def _is_one(cls, url: str) -> str:
        if re.match(r"[a-z]\w{0,20}://", url) and not url.startswith("file://"):
            _check_url(url)
        elif url.removeprefix("file://").startswith(("/", "~")) or ".." in url.split("/"):
            raise slip(f"expected a folder below the landing root, not {url!r}; link it there")
        return url

    @property
    def is_folder(self) -> bool:
        """Whether it lies below the landing root."""
        return "://" not in self.url.removeprefix("file://")


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in REMOTE_SCHEMES:
        known = ", ".join(f"{scheme}://" for scheme in REMOTE_SCHEMES)
        raise slip(f"expected a folder or one of {known}, not {parts.scheme}://")
    if parts.username is not None or parts.password is not None:
        raise slip("expected no login; put it into the Airflow connection of the source")
    if not parts.hostname or (not parts.path.strip("/") and parts.scheme.startswith("imap")):
        raise slip("expected a host, and of mails the mailbox (imaps://host/INBOX)")


def _places(given: object) -> object:
    listed = given if isinstance(given, list) else [given]
    return [{"url": each} if isinstance(each, str) else each for each in listed]


def _contacts(given: object) -> object:
    """A name, or names by the day from which each holds, in the order of time."""
    named = given if isinstance(given, Mapping) else {date.min: given}
    days = [*named]
    if not days or not all(type(day) is date for day in days) or days != sorted(days):
        raise slip("expected a text, or texts by days like 2025-03-01 in the order of time")
    return tuple(named.items())


_CONTACT = {
    "anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": {"type": "string"}}]
}
_ONE_PLACE = {"anyOf": [{"type": "string"}, SourcePlace.model_json_schema()]}


class Contract(Spec):
    """A source. ``folders`` lie below the landing root, ``remote`` anywhere else.

    ``fresh_within_days``: how old its newest export may be at a period's end; null: no matter.
    ``contacts``: who sends it, each from a day on, the first from the beginning; ``contact`` in the file.
    ``entities_of``: the source whose lists this one sends too. ``unit_column_required``: each row names its unit.
    """

    source: Text
    title: Text
    kind: Literal["marketplace", "submission", "lists"]
    places: Annotated[
        tuple[SourcePlace, ...],
        Field(alias="location", min_length=1),
        BeforeValidator(_places),
        WithJsonSchema({"anyOf": [*_ONE_PLACE["anyOf"], {"type": "array", "items": _ONE_PLACE}]}),
    ]
    contacts: Annotated[
        tuple[tuple[Day, Text], ...],
        Field(alias="contact"),
        BeforeValidator(_contacts),
        WithJsonSchema(_CONTACT),
    ]
    connection: Text | None = None
    platform: Text | None = None
    schedule: Text = "*/15 7-18 * * 1-6"
    fresh_within_days: Annotated[int, whole(0, 3660)] | None = None
    enterprises: Mapping[str, Texts] = {}
    entities_of: Text | None = None
    unit_column_required: Yes = False
    entities: Annotated[tuple[Entity, ...], ByName("name")] = ()

    @model_validator(mode="after")
    def _has_lists(self) -> Contract:
        if "entities" in self.model_fields_set and self.entities_of:
            raise slip("expected entities or entities_of, not both", "entities_of")
        if "entities" not in self.model_fields_set and not self.entities_of:
            raise slip("expected entities, or entities_of with another source", "entities")
        if (self.kind == "marketplace") != bool(self.platform):
            raise slip("expected the code of a marketplace where kind says one", "platform")
        return self

    @property
    def contact(self) -> str:
        """Who sends it now."""
        return self.contacts[-1][1]

    def contact_on(self, day: date) -> str:
        """Who sent it on a day."""
        held = [name for start, name in self.contacts if start <= day]
        return held[-1] if held else self.contacts[0][1]

    @property
    def folders(self) -> tuple[str, ...]:
        """Those below the landing root."""
        return tuple(each.url.removeprefix("file://") for each in self.places if each.is_folder)

    @property
    def remote(self) -> tuple[Location, ...]:
        """The locations elsewhere; a connection that is not named bears the source's name."""
        connection = self.connection or self.source
        return tuple(
            Location(each.url, each.connection or connection)
            for each in self.places
            if not each.is_folder
        )

    @property
    def location(self) -> str:
        """The folder that people are told of; a source without one has the folder of its name."""
        return self.folders[0] if self.folders else self.source


def read(path: Path) -> Contract:
    """The contract of a file. Raises Slips with file, line and what is expected."""
    file = YamlFile(path)
    found = file.read(Contract)
    if found.source != path.stem:
        raise file.slip(f"expected {path.stem}, as the file is named", "source")
    if found.entities_of:
        other = path.with_name(f"{found.entities_of}.yml")
        if found.entities_of == found.source or not other.is_file():
            raise file.slip("expected another source of this folder", "entities_of")
        found = found.model_copy(update={"entities": read(other).entities})
    if found.unit_column_required:
        found = found.model_copy(update={"entities": tuple(map(_naming_units, found.entities))})
    return found


def _naming_units(entity: Entity) -> Entity:
    columns = tuple(
        column.model_copy(update={"required": True}) if column.name == "unit_code" else column
        for column in entity.columns
    )
    return entity.model_copy(update={"columns": columns})


@cache
def contracts() -> dict[str, Contract]:
    """All contracts by source. Raises Slips with file, line and what is expected."""
    return {path.stem: read(path) for path in sorted(SOURCES.glob("*.yml"))}


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
