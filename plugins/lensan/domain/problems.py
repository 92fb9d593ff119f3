"""What is wrong, as a rule and its parameters; the sentence is made where it is shown, and only here.

Templates and which parameters are personal: include/messages/problems.yml. The rules as printed, without
values: include/reference/rules.csv. Nothing takes a sentence apart: whoever may not see what people wrote
asks for the impersonal one.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, NamedTuple

from lensan.domain import installation

TEMPLATES = installation.INCLUDE / "messages" / "problems.yml"
LONGEST_VALUE = 80
"""Characters of a value that a sentence quotes."""
LONGEST_KEPT = 500
"""Characters of a value that are kept beside its problem."""
_ADVICE = "Đề nghị kiểm tra lại."

Parameters = Mapping[str, Any]
"""Plain values that JSON holds: text, numbers, lists of text; days as ISO text."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a value, a row or a file is held back; of the same shape: why it is doubted.

    ``parameters``: what the rule's template names, but the value; ``case`` picks one of several sentences.
    The place: ``sheet`` (null: CSV, JSON Lines), ``row`` (as a person counts in the opened file, from 1),
    ``column`` (from 1), ``field`` (the column's header as in the file), ``value`` as read. Parts of the
    place that nobody knows, or that say nothing, are null.
    """

    rule: str
    parameters: Parameters = field(default_factory=dict)
    field: str | None = None
    value: str | None = None
    sheet: str | None = None
    row: int | None = None
    column: int | None = None

    def at(self, sheet: str | None, row: int) -> Problem:
        """The same, in a row of a sheet."""
        return replace(self, sheet=sheet, row=row)

    @property
    def stored(self) -> str:
        """Its parameters as the warehouse keeps them: a JSON object."""
        return json.dumps(self.parameters, ensure_ascii=False)


class Told(NamedTuple):
    """A problem in Vietnamese: what is wrong, and what is to be done."""

    wrong: str
    advice: str


class Rejection(Exception):
    """A file is refused whole: the problem for its sender, ``detail`` in English for engineers.

    ``unit_code``: whose it is, where that is known.
    """

    def __init__(self, problem: Problem, detail: str, *, unit_code: str | None = None) -> None:
        super().__init__(f"{problem.rule}: {detail}")
        self.problem, self.detail, self.unit_code = problem, detail, unit_code


def unexpected(error: Exception) -> Rejection:
    """The verdict on a file that met a fault of ours. The detail names the place in the code; what the
    file says, which the error's own text may repeat, is left out."""
    last = traceback.extract_tb(error.__traceback__)[-1:]
    place = "".join(f" at {Path(at.filename).name}:{at.lineno} in {at.name}" for at in last)
    return Rejection(Problem("unexpected"), f"{type(error).__name__}{place}")


def sentence(problem: Problem, *, impersonal: bool = False) -> str:
    """What is wrong and what is to be done, for the officer. ``impersonal``: without what people wrote."""
    template = _template(problem)
    told = _wrong(template, problem, impersonal)
    return f"{told} {_filled(template.advice, problem)}" if template.advice else told


def told(problem: Problem, *, impersonal: bool = False) -> Told:
    """The same in two parts, for a table with a column for each; the advice is never empty."""
    template = _template(problem)
    advice = template.advice or template.apart or _ADVICE
    return Told(_wrong(template, problem, impersonal), _filled(advice, problem))


def stored(
    rule: str, parameters: Parameters | None, *, value: str | None = None, kept: str, label: str
) -> tuple[Told, Told]:
    """A problem of the warehouse as told to who may see all, and to who may not.

    ``kept``: its sentence as it was stored. Rows of before parameters were kept have null there: they are
    told by that sentence, and impersonally by the rule's ``label`` (include/reference/rules.csv).
    """
    if parameters is None or not is_known(rule, parameters):
        return Told(kept, _ADVICE), Told(f"{label}.", _ADVICE)
    problem = Problem(rule, parameters, value=value)
    return told(problem), told(problem, impersonal=True)


def is_known(rule: str, parameters: Parameters) -> bool:
    """Whether there is a template for what was stored, by this version or an older one."""
    cases = _templates().get(_name(rule))
    return cases is not None and parameters.get("case", "") in cases


def is_personal(parameter: str) -> bool:
    """Whether people wrote what a parameter holds. Raises KeyError for one that is not declared."""
    return bool(_spec()["parameters"][parameter] == "personal")


# ---------------------------------------------------------------- templates


class _Template(NamedTuple):
    wrong: str
    impersonal: str
    advice: str
    apart: str


@cache
def _spec() -> dict[str, Any]:
    import yaml

    # By libyaml where it is there: a tenth of the time.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return dict(yaml.load(TEMPLATES.read_text(encoding="utf-8"), Loader=loader))  # noqa: S506


@cache
def _templates() -> dict[str, dict[str, _Template]]:
    """By rule and case. Raises ValueError for a template that would show what is personal."""
    found: dict[str, dict[str, _Template]] = {}
    for rule, spec in _spec()["problems"].items():
        for case, texts in spec.get("cases", {"": spec}).items():
            template = _Template(
                texts["wrong"],
                texts.get("impersonal", texts["wrong"]),
                texts.get("advice", ""),
                texts.get("apart", ""),
            )
            for text in template[1:]:
                if any(is_personal(name) for name in _names(text)):
                    raise ValueError(f"{TEMPLATES.name}: {rule}: {text!r} is not impersonal")
            found.setdefault(rule, {})[case] = template
    return found


@cache
def _names(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name)


def _name(rule: str) -> str:
    # A rule with a dot is the name of a check that stopped a file: its label is a parameter.
    return "check_failed" if "." in rule else rule


def _template(problem: Problem) -> _Template:
    return _templates()[_name(problem.rule)][problem.parameters.get("case", "")]


def rules() -> frozenset[str]:
    """All rules that have a sentence."""
    return frozenset(_templates())


def _wrong(template: _Template, problem: Problem, impersonal: bool) -> str:
    return _filled(template.impersonal if impersonal else template.wrong, problem)


def _filled(text: str, problem: Problem) -> str:
    return text.format_map(
        {name: _shown(name, problem.parameters, problem.value) for name in _names(text)}
    )


def _shown(name: str, parameters: Parameters, value: str | None) -> str:
    """A parameter as it stands in a sentence."""
    if name == "expected":
        from lensan.domain.office import OFFICES

        expected = str(_spec()["expected"][parameters.get("expected", "")])
        return expected.format(
            words=", ".join(parameters.get("words", ())),
            whole_province=OFFICES.entries[-1].whole_province,
        )
    if name == "weekdays":
        return _weekdays(*parameters["weeks"][0]) if parameters.get("weeks") else ""
    given = value if name == "value" else parameters.get(name)
    if given is None:
        return ""
    if name in ("first", "last"):
        return f"{date.fromisoformat(given):%d/%m/%Y}"
    if name == "weeks":
        return " hoặc ".join(_span(*days) for days in given)
    if isinstance(given, Sequence) and not isinstance(given, str):
        return ", ".join(map(str, given))
    text = str(given)
    return (
        text if name != "value" or len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
    )


def _weekdays(first: str, last: str) -> str:
    """``từ thứ Năm đến hết thứ Tư tuần sau``, of a week's first and last day."""
    from lensan.domain.schedule import weekday_name

    start, end = date.fromisoformat(first), date.fromisoformat(last)
    later = "" if start.isocalendar()[:2] == end.isocalendar()[:2] else " tuần sau"
    return f"từ {weekday_name(start)} đến hết {weekday_name(end)}{later}"


def _span(first: str, last: str) -> str:
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return f"từ ngày {start:%d/%m/%Y} đến ngày {end:%d/%m/%Y}"
