"""Indicators and the bases of their targets as declared.

An indicator is what its .yml says and, where platforms tell of it, which things count (.sql). All that is
known of it stands there and nowhere else: its names, how it is counted, what a form's cell may hold, what it
reads. include/sql/figures/indicators and bases are the library; folders of the same names in the province's
folder hold its own. The rows of its reports name which ones its plan has, its plan.yml what the plan calls or
asks differently than the library (docs/rules/indicators.md#any-plan).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, RootModel, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from lensan.domain import form_files, installation, plans
from lensan.domain.plans import Plan
from lensan.domain.yaml_file import Day, Slips, Spec, Text, YamlFile, Yes, whole

FIGURES = installation.INCLUDE / "sql" / "figures"
Channel = Literal["platform", "submission"]
CHANNELS: tuple[str, ...] = get_args(Channel)
Places = Literal["province", "country"]
PLACES: tuple[str, ...] = get_args(Places)

_CODE = r"^[A-Z0-9]{1,5}(\.[1-9]\d?)?$"
Code = Annotated[str, StringConstraints(pattern=_CODE), Field(examples=["I", "III.2", '"5"'])]
Name = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$"), Field(examples=["seller_id"])
]
Decimals = Annotated[int, whole(0, 6)]
Aliases = Annotated[tuple[Text, ...], Field(min_length=1, max_length=20)]
Reads = Mapping[Name, Annotated[tuple[Name, ...], Field(min_length=1)]]
"""Entity of core → the columns of core.<entity>_version that are read."""


class Indicator(Spec):
    """What an indicator's .yml says; ``of`` is its code there, ``code`` the plan's, ``plan`` which plan's.

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

    code: Code
    label: Text
    short: Text
    unit_of_measure: Text
    legal_basis: Text
    channels: Annotated[tuple[Channel, ...], Field(min_length=1, max_length=2)]
    province: Annotated[tuple[Literal["sum", "distinct"], ...], Field(min_length=1, max_length=2)]
    checked_by: Text
    checked_on: Day
    reads: Reads = Field(default={})
    units: Yes = True
    decimals: Decimals = 0
    in_period: Literal["first", "each", "sum"] | None = None
    cumulative: Literal["live", "since_plan", "sum"] | None = None
    base: Text | None = None
    places: Places | None = None
    note_hint: Text | None = None
    label_aliases: Aliases = ()
    training_topic: Text | None = None
    latest: Text | None = None
    proved_by: Annotated[tuple[Text, ...], Field(min_length=1, max_length=3)] = ()
    of: SkipJsonSchema[str] = ""
    file: SkipJsonSchema[Path] = Path()
    section_number: SkipJsonSchema[int] = 1
    plan: SkipJsonSchema[str] = ""

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


class Lacking(Spec):
    """The note of things without a base: its title, and the statement of figures/notes that finds them."""

    title: Text
    statement: Text


class Base(Spec):
    """The whole that a target is a share of. ``achieved``: the indicator's cumulative, or counted by the base's own
    SQL (then it needs the platforms). ``lacking``: how the things without a base are told."""

    achieved: Literal["cumulative", "own"]
    reads: Annotated[Reads, Field(min_length=1)]
    lacking: Lacking | None = None
    name: SkipJsonSchema[str]
    file: SkipJsonSchema[Path]

    @property
    def statement(self) -> str:
        """The rows of the base."""
        return _statement(self.file)

    @property
    def is_of_cumulative(self) -> bool:
        """Whether completion is the cumulative over the base, not a count of its own."""
        return self.achieved == "cumulative"


_LEFT: Any = None
"""What a key holds that a plan does not say."""


class PlanEntry(Spec):
    """What a plan may say of an indicator of the library, each key as in its file; how it is counted is another
    indicator."""

    of: Code = _LEFT
    label: Text = _LEFT
    short: Text = _LEFT
    unit_of_measure: Text = _LEFT
    legal_basis: Text = _LEFT
    base: Text | None = None
    decimals: Decimals = _LEFT
    note_hint: Text | None = None
    label_aliases: Aliases = _LEFT
    training_topic: Text = _LEFT
    latest: Text = _LEFT
    checked_by: Text = _LEFT
    checked_on: Day = _LEFT


class PlanFile(RootModel[Mapping[Code, PlanEntry]]):
    """plan.yml: by code of the plan, what it calls or asks differently than the library."""


LAST_POSITION = 100_000
_POSITIONS_OF_PLAN = 100


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
    Slips with file, line and what is expected."""
    found: dict[str, Indicator] = {}
    for path in _files("indicators"):
        file = YamlFile(path)
        each = _indicator(file)
        if each.code in found:
            raise file.slip(
                f"expected a code of no other file: {found[each.code].file.name}", "code"
            )
        found[each.code] = each
    return found


@cache
def indicators() -> tuple[Indicator, ...]:
    """Those of all plans, plan by plan, which are those that their reports name, in the order of the forms. A code
    is of one plan. Raises Slips with file, line and what is expected."""
    found: dict[str, Indicator] = {}
    for number, plan in enumerate(plans.plans()):
        for each in _of_plan(plan, number * _POSITIONS_OF_PLAN):
            if each.code in found:
                told = "expected a code of no other plan; plan.yml says what it is of"
                raise _at_row(plan, each.code, told)
            found[each.code] = each
    return tuple(found.values())


def of_plan(key: str) -> tuple[Indicator, ...]:
    """Those of one plan, in the order of its forms."""
    return tuple(each for each in indicators() if each.plan == key)


def _of_plan(plan: Plan, first: int) -> list[Indicator]:
    """``first``: how many sections come before those of this plan."""
    codes = list(dict.fromkeys(code for kind in reversed(plan.kinds) for code in _codes_of(kind)))
    sections = list(dict.fromkeys(map(_section, codes)))
    differing = _differing(plan, codes)
    found = []
    for code in codes:
        changes = dict(differing.get(code, {}))
        of = changes.pop("of", code)
        if of not in library():
            raise _nowhere(plan, code, of, is_of_plan=code in differing)
        number = first + sections.index(_section(code)) + 1
        given = {"code": code, "of": of, "section_number": number, "plan": plan.key, **changes}
        found.append(library()[of].model_copy(update=given))
    return sorted(found, key=lambda indicator: indicator.position)


def _nowhere(plan: Plan, code: str, of: str, *, is_of_plan: bool) -> Slips:
    """What to raise for a code that no file of indicators has, at the place that names it."""
    told = f"expected the code of an indicator, not {of!r}; known: {', '.join(library())}"
    if is_of_plan:
        return YamlFile(_plan_file(plan)).slip(told, code, "of")
    return _at_row(plan, code, told)


def _at_row(plan: Plan, code: str, told: str) -> Slips:
    """What to raise for a code, at the row that names it."""
    kind = next(kind for kind in reversed(plan.kinds) if code in _codes_of(kind))
    return form_files.file_of(kind).slip(told, "rows", form_files.form_file(kind).rows.index(code))


def _codes_of(kind: str) -> list[str]:
    """The codes that a report's rows name; report_forms.form asks for the rest."""
    try:
        return form_files.form_file(kind).codes
    except FileNotFoundError:
        return []


def _plan_file(plan: Plan) -> Path:
    return plan.folder / "plan.yml"


def _differing(plan: Plan, codes: list[str]) -> dict[str, dict[str, Any]]:
    """By code of the plan, what its plan.yml says differently than the library's file."""
    if not _plan_file(plan).is_file():
        return {}
    file = YamlFile(_plan_file(plan))
    if file.data is None:
        return {}
    found = {
        code: {name: getattr(change, name) for name in change.model_fields_set}
        for code, change in file.read(PlanFile).root.items()
    }
    for code, changes in found.items():
        if code not in codes:
            raise file.slip("expected a code that a report names", code)
        if changes.get("base") is not None and changes["base"] not in bases():
            raise file.slip(f"expected one of {', '.join(bases())}", code, "base")
    return found


def indicator(code: str) -> Indicator:
    """Raises KeyError naming the known codes."""
    for each in indicators():
        if each.code == code:
            return each
    known = ", ".join(each.code for each in indicators())
    raise KeyError(f"no indicator {code!r}; known: {known}")


@cache
def bases() -> dict[str, Base]:
    """All bases by name. Raises Slips with file, line and what is expected."""
    found = {}
    for path in _files("bases"):
        file = YamlFile(path)
        if not path.with_suffix(".sql").is_file():
            raise file.slip(f"expected {path.stem}.sql beside it")
        found[path.stem] = file.read(Base, name=path.stem, file=path)
    return found


def _files(thing: str) -> list[Path]:
    """Those of the library, then the province's own."""
    return [
        *sorted((FIGURES / thing).glob("*.yml")),
        *sorted((installation.FOLDER / thing).glob("*.yml")),
    ]


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


def _indicator(file: YamlFile) -> Indicator:
    """What a file says, and what its .sql beside it asks for."""
    stem = file.path.stem
    found = file.read(Indicator, file=file.path)
    if not stem.startswith(f"{found.code}_"):
        raise file.slip("expected what the file's name begins with", "code")
    if found.has_platform != file.path.with_suffix(".sql").is_file():
        told = "expected with platform where there is a .sql, and without where there is none"
        raise file.slip(told, "channels")
    for key in ("in_period", "cumulative", "reads"):
        if bool(getattr(found, key)) != found.has_platform:
            raise file.slip("expected where platforms tell, and only there", key)
    if found.base is not None and found.base not in bases():
        raise file.slip(f"expected one of {', '.join(bases())}", "base")
    return found
