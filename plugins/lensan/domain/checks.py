"""Which checks there are: derived from the contracts' columns, and those declared beside them.

A check is written once: what a column may hold stands in its contract and is obeyed by the row rules; what
spans columns or sources stands in include/quality. The gates (lensan.gates.judge) ask all of them.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from pydantic import Field

from lensan.domain import contracts, installation
from lensan.domain.contracts import (
    QUALITY,
    Contract,
    ContractColumn,
    DeclaredCheck,
    Entity,
    Mender,
    Severity,
)
from lensan.domain.yaml_file import Spec, Text, YamlFile

FIRST_EVENT_ON = date(2015, 1, 1)
NAMES = {
    "district": "Địa phương",
    "officer": "Cán bộ phụ trách báo cáo",
    "steward": "Người quản lý dữ liệu",
    "engineer": "Kỹ sư dữ liệu",
}


@dataclass(frozen=True)
class Check:
    """What is expected at a gate (rows, core, figures), how bad it is otherwise, why, and who can mend it.

    ``expect`` holds one expectation: ``problem`` (none of that name), ``filled``, ``words``, ``known``, ``least`` (and
    ``is_strict``), ``between``, ``lengths``, ``order``, ``unique``, ``no_rows`` (a file of include/sql/gates/checks).
    """

    name: str
    gate: str
    severity: str
    label: str
    reason: str
    mended_by: str
    mended_by_name: str
    source: str | None = None
    entity: str | None = None
    expect: Mapping[str, Any] = field(default_factory=dict, hash=False)


@cache
def rules() -> dict[str, dict[str, str]]:
    """include/reference/rules.csv by rule."""
    with (installation.REFERENCE / "rules.csv").open(encoding="utf-8", newline="") as stream:
        return {row["rule"]: row for row in csv.DictReader(stream)}


_BY_TYPE = {
    "text": ("lost_letters", "date_in_code"),
    "identifier": ("spoiled_code", "lost_zeros", "date_in_code"),
    "code": ("spoiled_code", "lost_zeros", "date_in_code"),
    "number": ("text_in_number", "wrong_unit", "thousands_or_decimal"),
    "percent": ("text_in_number", "wrong_unit", "thousands_or_decimal"),
    "integer": ("text_in_number", "fraction_in_count"),
    "price_range": ("text_in_number", "wrong_unit"),
    "stars": ("text_in_number", "unknown_word"),
    "year": ("text_in_number", "no_such_date"),
    "month": ("no_such_date", "several_months"),
    "date": ("no_such_date", "swapped_date", "month_first"),
    "moment": ("no_such_date", "swapped_date", "month_first"),
    "word": ("unknown_word",),
    "unit": ("unknown_place", "ambiguous_place"),
    "unit_of_province": ("unknown_place", "ambiguous_place"),
    "province": ("unknown_place", "ambiguous_place"),
    "country": ("unknown_place", "ambiguous_place"),
    "phone": ("bad_phone", "several_phones", "unassigned_phone"),
    "paper_number": ("bad_paper_number", "two_papers"),
}
_DOUBTS = {
    "text": ("two_fonts", "maybe_lost_letters"),
    "number": ("unit_converted", "header_unit"),
    "percent": ("unit_converted", "header_unit"),
    "price_range": ("unit_converted", "header_unit"),
    "date": ("maybe_swapped",),
    "moment": ("maybe_swapped",),
}
REFERENCES = {
    "unit": ("unit", "unit_code"),
    "unit_of_province": ("unit", "unit_code"),
    "province": ("province", "province_code"),
    "country": ("country", "country_code"),
}
"""By type: the reference table of core and its key."""
_OF_ENTITY = {
    "order_line": (
        "rows.unknown_stall",
        "rows.unknown_listing",
        "rows.no_weight",
        "doubts.no_province",
    ),
}
_OF_SUBMISSIONS = (
    "rows.text_in_number",
    "rows.wrong_unit",
    "rows.thousands_or_decimal",
    "doubts.unit_converted",
    "rows.negative",
    "rows.fraction_in_count",
    "rows.date_in_two_parts",
    "rows.unknown_label",
    "rows.twice",
    "doubts.cumulative_not_sum",
    "doubts.cumulative_fell",
    "doubts.cumulative_above_base",
    "doubts.training_list_short",
)


def _problems_of(column: ContractColumn) -> set[str]:
    """What the row rules may say of a column, as rows.<rule> (held back) or doubts.<rule>."""
    is_doubt = column.lenient or column.type in ("phone", "paper_number")
    kind = "doubts" if is_doubt else "rows"
    found = {f"{kind}.{rule}" for rule in _BY_TYPE.get(column.type, ())}
    found |= {"rows.formula_without_value"}
    found |= {f"{kind}.error_value"} if column.type not in ("phone", "paper_number") else set()
    found |= {f"doubts.{rule}" for rule in _DOUBTS.get(column.type, ())}
    if column.required:
        found.add("rows.missing")
    if column.minimum is not None or column.positive:
        found.add("rows.negative")
    if column.positive:
        found.add("rows.zero")
    if column.whole:
        found.add("rows.fraction_in_count")
    if column.event:
        found |= {"rows.in_future", "rows.too_early"}
    return found


def problem_check(contract: Contract, problem: str) -> Check:
    """The check that a problem of the rows as read (``rows.missing``) does not occur in a source."""
    kind, rule = problem.split(".", 1)
    told = rules().get(rule, {"label": rule, "reason": "", "mended_by": "engineer"})
    return _check(
        contract,
        name=f"{contract.source}.{problem}",
        gate="rows",
        severity="warn" if kind == "doubts" else "fail",
        label=told["label"],
        reason=told["reason"],
        mended_by=told["mended_by"],
        expect={"problem": problem},
    )


def of_rows(contract: Contract) -> list[Check]:
    """Gate rows: the row rules of a source's columns. What kept whole files out is added where it happened."""
    problems: set[str] = set()
    for entity in contract.entities:
        problems.update(_OF_ENTITY.get(entity.name, ()))
        for column in entity.columns:
            problems |= _problems_of(column)
    if contract.kind == "submission":
        problems.update(_OF_SUBMISSIONS)
    return [problem_check(contract, problem) for problem in sorted(problems)]


def stopping(contract: Contract, entities: set[str]) -> list[Check]:
    """The checks that are asked while a file of these entities is merged, and stop the merge."""
    return [
        _declared(contract, entity, declared, {"no_rows": declared.stops})
        for entity in contract.entities
        if entity.merges_into in entities
        for declared in entity.checks
        if declared.stops
    ]


def of_core(contract: Contract) -> list[Check]:
    """Gate core, of one source: types, words and ranges of its columns once more, over all that is known;
    the checks declared for its entities; that none of its files is stopped."""
    found = []
    for entity in contract.entities:
        if entity.name != entity.merges_into:
            continue
        for column in entity.columns:
            found += _of_column(contract, entity, column)
        for check in entity.checks:
            if check.stops:
                name = f"{contract.source}.{entity.name}.{check.name}"
                expect: dict[str, Any] = {"problem": f"stopped.{name}"}
            elif check.order:
                expect = {"order": check.order}
            elif check.between:
                expect = {"between": check.between}
            else:
                expect = {"unique": check.unique}
            found.append(_declared(contract, entity, check, expect))
    return found


def _of_column(contract: Contract, entity: Entity, column: ContractColumn) -> list[Check]:
    expected: list[tuple[str, str, dict[str, Any]]] = []
    name = column.name
    if column.required:
        expected.append(("filled", "missing", {"filled": name}))
    if column.words:
        expected.append(("words", "unknown_word", {"words": (name, sorted(column.words))}))
    if column.type == "stars":
        expected.append(("range", "unknown_word", {"between": (name, 1, 5)}))
    if column.positive:
        expected.append(("range", "zero", {"least": (name, 0), "is_strict": True}))
    elif column.minimum is not None:
        expected.append(("range", "negative", {"least": (name, column.minimum)}))
    if column.event:
        expected.append(("range", "too_early", {"least": (name, FIRST_EVENT_ON)}))
    if column.type == "paper_number":
        expected.append(("length", "bad_paper_number", {"lengths": (name, [9, 10, 12, 13])}))
    if column.type == "phone":
        expected.append(("length", "bad_phone", {"lengths": (name, [10, 11])}))
    if column.type in REFERENCES:
        expected.append(("known", "unknown_place", {"known": name}))
    return [
        _check(
            contract,
            name=f"{contract.source}.{entity.name}.{name}.{what}",
            gate="core",
            severity="fail",
            label=f"{entity.label}, cột “{column.headers[0]}”: {rules()[rule]['label'].lower()}",
            reason="Bước đọc đã phải giữ lại dòng như vậy; có lỗi trong chương trình hoặc ai đó sửa tay",
            mended_by="engineer",
            entity=entity.name,
            expect=expect,
        )
        for what, rule, expect in expected
    ]


def whole_core() -> list[Check]:
    """Gate core: what belongs to no single source."""
    return [
        Check(
            name=check.name,
            gate="core",
            severity=check.severity,
            label=check.label,
            reason=check.reason,
            mended_by=check.mended_by,
            mended_by_name=NAMES.get(check.mended_by, "Doanh nghiệp bưu chính"),
            expect={"no_rows": check.no_rows},
        )
        for check in contracts.core_checks().whole
    ]


class FigureCheck(Spec):
    """A check of a report's figures: ``sql``, a file of include/sql/gates/checks, has a row for each that fails."""

    name: Text
    sql: Text
    severity: Severity
    mended_by: Mender
    label: Text
    reason: Text

    @property
    def told(self) -> dict[str, Any]:
        """What it shares with other checks."""
        return {**self.model_dump(exclude={"sql"}), "expect": {"no_rows": self.sql}}


class FigureChecks(Spec):
    """include/quality/figures.yml: of the report, and of each source that must send something."""

    whole: tuple[FigureCheck, ...] = Field(min_length=1)
    sources: tuple[FigureCheck, ...]


@cache
def _figure_checks() -> FigureChecks:
    return YamlFile(QUALITY / "figures.yml").read(FigureChecks)


def of_figures() -> list[Check]:
    """Gate figures: of the report, then of each source."""
    found = [
        Check(gate="figures", mended_by_name=NAMES[said.mended_by], **said.told)
        for said in _figure_checks().whole
    ]
    for contract in contracts.contracts().values():
        for said in _figure_checks().sources:
            if contract.fresh_within_days is None:
                continue
            named = {**said.told, "name": f"{contract.source}.{said.name}"}
            found.append(_check(contract, gate="figures", **named))
    return found


@cache
def catalogue() -> dict[str, Check]:
    """All checks by name."""
    found = [*whole_core(), *of_figures()]
    for contract in contracts.contracts().values():
        found += [*of_rows(contract), *of_core(contract)]
    return {check.name: check for check in found}


def _declared(
    contract: Contract, entity: Entity, check: DeclaredCheck, expect: dict[str, Any]
) -> Check:
    return _check(
        contract,
        name=f"{contract.source}.{entity.name}.{check.name}",
        gate="core",
        severity=check.severity,
        label=check.label,
        reason=check.reason,
        mended_by=check.mended_by,
        entity=entity.name,
        expect=expect,
    )


def _check(contract: Contract, *, mended_by: str, **given: Any) -> Check:
    name = contract.contact if mended_by == "sender" else NAMES[mended_by]
    return Check(source=contract.source, mended_by=mended_by, mended_by_name=name, **given)
