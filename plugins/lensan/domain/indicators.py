"""Indicators and the bases of their targets as declared.

An indicator is what its .yml says and, where platforms tell of it, which things count (.sql). All that is
known of it stands there and nowhere else: its names, how it is counted, what a form's cell may hold, what it
reads. include/sql/figures/indicators and bases are the library; folders of the same names in the province's
folder hold its own. The rows of its reports name which ones its plan has, its plan.yml what the plan calls or
asks differently than the library (docs/rules/indicators.md#any-plan).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from lensan.domain import installation
from lensan.domain.yaml_node import line_of, load, told_with_line

FIGURES = installation.INCLUDE / "sql" / "figures"
CHANNELS = ("platform", "submission")
IN_PERIOD = ("first", "each", "sum")
CUMULATIVE = ("live", "since_plan", "sum")
OF_UNITS = ("sum", "distinct")
PLACES = ("province", "country")
ACHIEVED = ("cumulative", "own")

Reads = Mapping[str, tuple[str, ...]]
"""Entity of core → the columns of core.<entity>_version that are read."""


@dataclass(frozen=True)
class Indicator:
    """What an indicator's .yml says; ``of`` is its code there, ``code`` the plan's.

    ``channels``: in order of precedence. ``province``: how each part is formed of the units, sum or distinct; its
    length is the number of parts. ``units``: whether units have values. ``in_period`` (first, each or sum) and
    ``cumulative`` (live, since_plan or sum): how things count; null where the value is only declared. ``base``:
    a file of bases, null without a target. ``decimals``: 0 for counts. ``places``: a form's note lists places of
    that kind, and so does the report's. ``note_hint``: what a form's note should hold. ``label_aliases``: other
    spellings that forms bear. ``training_topic``: the lists of that topic prove the declared number. ``latest``: the
    note names the day of the last thing under that title. ``proved_by``: columns of a row that together name its thing,
    so that things can be told apart in the files alone. ``checked_by`` and ``checked_on``: who last compared
    the files with the plan and the rules.
    """

    code: str
    label: str
    short: str
    unit_of_measure: str
    legal_basis: str
    channels: tuple[str, ...]
    province: tuple[str, ...]
    checked_by: str
    checked_on: date
    reads: Reads = field(default_factory=dict, hash=False)
    of: str = ""
    file: Path = Path()
    section_number: int = 1
    units: bool = True
    decimals: int = 0
    in_period: str | None = None
    cumulative: str | None = None
    base: str | None = None
    places: str | None = None
    note_hint: str | None = None
    label_aliases: tuple[str, ...] = ()
    training_topic: str | None = None
    latest: str | None = None
    proved_by: tuple[str, ...] = ()
    stem: str = ""

    @property
    def parts(self) -> int:
        """1, or 2 for values printed as 125/34."""
        return len(self.province)

    @property
    def section(self) -> str:
        """The section of the plan: what stands before the point of its code."""
        return _section(self.code)

    @property
    def position(self) -> int:
        """Order in the forms: that of the sections there, then the number in the section."""
        return self.section_number * 100 + int(self.code.partition(".")[2] or 0)

    @property
    def statement(self) -> str:
        """Which things count. Raises FileNotFoundError where no platform tells of it."""
        return _statement(self.file)

    @property
    def has_platform(self) -> bool:
        """Whether marketplace records give it a value."""
        return "platform" in self.channels

    @property
    def has_submission(self) -> bool:
        """Whether units declare it in their forms."""
        return "submission" in self.channels

    @property
    def is_growing(self) -> bool:
        """Whether the cumulative counts all that happened since the plan's start, so that it never falls."""
        return self.cumulative in ("since_plan", "sum")

    @property
    def is_additive(self) -> bool:
        """Whether the last cumulative and what a period adds make the next cumulative of a form."""
        return self.in_period != "each" and self.places is None


@dataclass(frozen=True)
class Base:
    """The whole that a target is a share of. ``achieved``: the indicator's cumulative, or counted by the base's own
    SQL (then it needs the platforms). ``lacking``: title of a note that names the things without a base, and the
    statement of figures/notes that finds them."""

    name: str
    achieved: str
    reads: Reads = field(hash=False)
    lacking: tuple[str, str] | None = None
    file: Path = Path()

    @property
    def statement(self) -> str:
        """The rows of the base."""
        return _statement(self.file)

    @property
    def is_of_cumulative(self) -> bool:
        """Whether completion is the cumulative over the base, not a count of its own."""
        return self.achieved == "cumulative"


KINDS = ("month", "week")
LAST_POSITION = 100_000
_CODE = re.compile(r"[A-Z0-9]{1,5}(\.[1-9]\d?)?")


def _section(code: str) -> str:
    return code.partition(".")[0]


@cache
def _statement(file: Path) -> str:
    return file.with_suffix(".sql").read_text(encoding="utf-8")


def position(code: str) -> int:
    """Order in the forms; what an earlier plan had and none has now comes last."""
    return next((each.position for each in indicators() if each.code == code), LAST_POSITION)


@cache
def library() -> dict[str, Indicator]:
    """What there is to choose from, by the code in the file: the project's and the province's own. Raises
    ValueError naming the file, the key and what is expected."""
    found: dict[str, Indicator] = {}
    for path in (*_files("indicators"), *_own_files("indicators")):
        each = _indicator(path)
        if each.code in found:
            raise _slip(path.stem, "code", each.code, "a code of no other file")
        found[each.code] = each
    return found


@cache
def indicators() -> tuple[Indicator, ...]:
    """Those of the plan, which are those that its reports name, in the order of the forms. Raises ValueError naming
    the file, the key and what is expected."""
    codes = list(dict.fromkeys(code for kind in KINDS for code in _codes_of(kind)))
    sections = list(dict.fromkeys(map(_section, codes)))
    differing = _differing()
    for code in differing.keys() - set(codes):
        raise ValueError(f"plan.yml: {code}: no report names it")
    found = []
    for code in codes:
        changes = dict(differing.get(code, {}))
        of = changes.pop("of", code)
        if of not in library():
            told = f"no indicator {of!r}; known: {', '.join(library())}"
            raise ValueError(f"reports or plan.yml: rows: {told}")
        number = sections.index(_section(code)) + 1
        found.append(replace(library()[of], code=code, of=of, section_number=number, **changes))
    return tuple(sorted(found, key=lambda indicator: indicator.position))


def _codes_of(kind: str) -> list[str]:
    """The codes that a report's rows name; report_forms.form reads the rest."""
    path = installation.FOLDER / "reports" / f"{kind}.yml"
    if not path.is_file():
        return []
    rows = load(path)["rows"]
    return [row for row in rows if isinstance(row, str)]


def _differing() -> dict[str, dict[str, Any]]:
    """By code of the plan, what its plan.yml says differently than the library's file."""
    path = installation.FOLDER / "plan.yml"
    if not path.is_file():
        return {}
    spec = load(path) or {}
    found: dict[str, dict[str, Any]] = {}
    for code, changes in spec.items():
        with told_with_line(spec, code):
            found[code] = _changes(code, changes)
    return found


def _changes(code: object, changes: object) -> dict[str, Any]:
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise _slip(
            "plan", "code", code, "a code as I, III.2 or A.1, in quotes where it is a number"
        )
    if not isinstance(changes, Mapping):
        raise _slip("plan", code, changes, f"a mapping with of, {', '.join(_CHANGEABLE)}")
    for key in changes:
        if key != "of" and key not in _CHANGEABLE:
            expected = f"one of the keys of, {', '.join(_CHANGEABLE)}"
            raise _slip("plan", f"{code}, {key}", changes[key], expected)
    read: dict[str, Any] = {}
    for key, value in changes.items():
        with told_with_line(changes, key):
            if value is not None or key not in _MAY_BE_NONE:
                value = (_text if key == "of" else _KEYS[key])("plan", f"{code}, {key}", value)
            if key == "base" and value is not None and value not in bases():
                raise _slip("plan", f"{code}, {key}", value, f"one of {', '.join(bases())}")
            read[key] = value
    return read


def indicator(code: str) -> Indicator:
    """Raises KeyError naming the known codes."""
    for each in indicators():
        if each.code == code:
            return each
    known = ", ".join(each.code for each in indicators())
    raise KeyError(f"no indicator {code!r}; known: {known}")


@cache
def bases() -> dict[str, Base]:
    """All bases by name. Raises ValueError naming the file, the key and what is expected."""
    return {path.stem: _base(path) for path in (*_files("bases"), *_own_files("bases"))}


def _files(thing: str) -> list[Path]:
    return sorted((FIGURES / thing).glob("*.yml"))


def _own_files(thing: str) -> list[Path]:
    return sorted((installation.FOLDER / thing).glob("*.yml"))


def columns_read(codes: tuple[str, ...] | None = None) -> dict[str, tuple[str, ...]]:
    """By entity of core, the columns that the indicators of ``codes`` (null: all) and their bases read."""
    found: dict[str, set[str]] = {}
    for each in indicators():
        if codes is not None and each.code not in codes:
            continue
        sources = [each.reads, bases()[each.base].reads] if each.base else [each.reads]
        for reads in sources:
            for entity, columns in reads.items():
                found.setdefault(entity, set()).update(columns)
    return {entity: tuple(sorted(columns)) for entity, columns in sorted(found.items())}


# ---------------------------------------------------------------- reading


def _slip(stem: str, key: str, value: object, expected: str) -> ValueError:
    return ValueError(f"{stem}.yml: {key}: {value!r} is not {expected}")


def _text(stem: str, key: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _slip(stem, key, value, "a text")
    return value


def _one_of(*choices: str) -> Callable[[str, str, object], str]:
    def read(stem: str, key: str, value: object) -> str:
        if value not in choices:
            raise _slip(stem, key, value, f"one of {', '.join(choices)}")
        return str(value)

    return read


def _list_of(
    item: Callable[[str, str, object], str], least: int, most: int
) -> Callable[[str, str, object], tuple[str, ...]]:
    def read(stem: str, key: str, value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not least <= len(value) <= most:
            raise _slip(stem, key, value, f"a list of {least} to {most}")
        return tuple(item(stem, key, each) for each in value)

    return read


def _is(kind: type, expected: str) -> Callable[[str, str, object], Any]:
    def read(stem: str, key: str, value: object) -> object:
        if type(value) is not kind:
            raise _slip(stem, key, value, expected)
        return value

    return read


def _code_of(stem: str, key: str, value: object) -> str:
    if not isinstance(value, str) or not _CODE.fullmatch(value):
        raise _slip(stem, key, value, "a code as I or III.2")
    if not stem.startswith(f"{value}_"):
        raise _slip(stem, key, value, "what the file's name begins with")
    return value


_NAME = re.compile(r"[a-z][a-z0-9_]*")


def _reads(stem: str, key: str, value: object) -> Reads:
    if not isinstance(value, Mapping):
        raise _slip(stem, key, value, "entities of core with their columns")
    found = {}
    for entity, columns in value.items():
        names = [entity, *columns] if isinstance(columns, list) and columns else [None]
        if not all(isinstance(name, str) and _NAME.fullmatch(name) for name in names):
            raise _slip(stem, f"{key}.{entity}", columns, "a list of columns")
        found[str(entity)] = tuple(columns)
    return found


def _lacking(stem: str, key: str, value: object) -> tuple[str, str]:
    if not isinstance(value, Mapping) or set(value) != {"title", "statement"}:
        raise _slip(stem, key, value, "a title and a statement of figures/notes")
    return _text(stem, key, value["title"]), _text(stem, key, value["statement"])


_KEYS: dict[str, Callable[[str, str, object], Any]] = {
    "code": _code_of,
    "label": _text,
    "short": _text,
    "unit_of_measure": _text,
    "legal_basis": _text,
    "channels": _list_of(_one_of(*CHANNELS), 1, len(CHANNELS)),
    "province": _list_of(_one_of(*OF_UNITS), 1, 2),
    "checked_by": _text,
    "checked_on": _is(date, "a day as 2021-11-18"),
    "reads": _reads,
    "units": _is(bool, "true or false"),
    "decimals": _is(int, "a number of decimals"),
    "in_period": _one_of(*IN_PERIOD),
    "cumulative": _one_of(*CUMULATIVE),
    "base": _text,
    "places": _one_of(*PLACES),
    "note_hint": _text,
    "label_aliases": _list_of(_text, 1, 20),
    "training_topic": _text,
    "latest": _text,
    "proved_by": _list_of(_text, 1, 3),
}
_CHANGEABLE = (
    "label", "short", "unit_of_measure", "legal_basis", "base", "decimals", "note_hint", "label_aliases",
    "training_topic", "latest", "checked_by", "checked_on",
)  # fmt: skip
"""What a plan may say of an indicator of the library; how it is counted is another indicator."""
_MAY_BE_NONE = ("base", "note_hint")
_REQUIRED = tuple(_KEYS)[: tuple(_KEYS).index("reads")]
_BASE_KEYS: dict[str, Callable[[str, str, object], Any]] = {
    "achieved": _one_of(*ACHIEVED),
    "reads": _reads,
    "lacking": _lacking,
}


def _read(
    path: Path, keys: Mapping[str, Callable[[str, str, object], Any]], required: tuple[str, ...]
) -> dict[str, Any]:
    spec = load(path)
    if not isinstance(spec, Mapping):
        raise ValueError(f"{path.name}: expected are the keys {', '.join(required)}")
    for key in spec:
        if key not in keys:
            raise ValueError(
                f"{path.name}: unknown key {key!r}; expected: {', '.join(keys)}{line_of(spec, key)}"
            )
    for key in required:
        if key not in spec:
            raise ValueError(f"{path.name}: the key {key!r} is missing")
    found = {}
    for key, value in spec.items():
        with told_with_line(spec, key):
            found[key] = keys[key](path.stem, key, value)
    return found


def _indicator(path: Path) -> Indicator:
    found = Indicator(stem=path.stem, file=path, **_read(path, _KEYS, _REQUIRED))
    has_sql = path.with_suffix(".sql").is_file()
    if found.has_platform != has_sql:
        expected = "with platform where there is a .sql, and without where there is none"
        raise _slip(path.stem, "channels", list(found.channels), expected)
    for key in ("in_period", "cumulative"):
        if (getattr(found, key) is not None) != found.has_platform:
            expected = "given where platforms tell, and only there"
            raise _slip(path.stem, key, getattr(found, key), expected)
    if found.base is not None and found.base not in bases():
        raise _slip(path.stem, "base", found.base, f"one of {', '.join(bases())}")
    if bool(found.reads) != found.has_platform:
        raise _slip(path.stem, "reads", dict(found.reads), "what the .sql reads")
    return found


def _base(path: Path) -> Base:
    if not path.with_suffix(".sql").is_file():
        raise ValueError(f"{path.name}: {path.stem}.sql is missing")
    return Base(name=path.stem, file=path, **_read(path, _BASE_KEYS, ("achieved", "reads")))
