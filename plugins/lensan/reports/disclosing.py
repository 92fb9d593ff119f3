"""What a package for the public shows of a report's figures (docs/rules/privacy.md).

A unit's cumulative is shown again once what changed since it was last shown passes the rule (primary suppression);
where the packages so far would then give away what another one withholds, some that pass are withheld as well
(complementary suppression). What was shown stays as it is: each package is decided once, in the order of publication.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, text

from lensan import warehouse
from lensan.domain import disclosure, indicators, periods
from lensan.domain.disclosure import DisclosureRule
from lensan.domain.indicators import Indicator
from lensan.domain.office import PROVINCE
from lensan.domain.periods import Period
from lensan.figures import measuring, things
from lensan.reports import protection
from lensan.reports.protection import Series

LOCK = 202_2026_11_27
_MOST = 500_000_000
"""A figure's sum in the whole numbers that flows are computed in."""
Contributions = dict[str, dict[str, Decimal]]
"""Unit → contributor → things or tonnes."""


@dataclass
class PublicFigure:
    """A part of an indicator through all packages. ``values`` and ``shown``: by unit, the province among them, one
    for each package so far; ``until``: the last period's end among them."""

    indicator: Indicator
    part: int
    kind: str
    values: dict[str, list[Decimal]] = field(default_factory=dict)
    shown: dict[str, list[bool]] = field(default_factory=dict)
    packages: int = 0
    until: date | None = None

    def last_shown(self, unit: str) -> Decimal:
        """The value that was shown last; 0 where none was."""
        pairs = zip(self.values.get(unit, ()), self.shown.get(unit, ()), strict=True)
        return next((value for value, is_shown in reversed(list(pairs)) if is_shown), Decimal(0))

    def add(self, values: Mapping[str, Decimal]) -> None:
        """Another package; nothing of it is shown yet. Units that it does not have keep their value."""
        for unit in values.keys() - self.values.keys():
            self.values[unit] = [Decimal(0)] * self.packages
            self.shown[unit] = [False] * self.packages
        for unit, known in self.values.items():
            known.append(values.get(unit, known[-1] if known else Decimal(0)))
            self.shown[unit].append(False)
        self.packages += 1


def settle(connection: Connection, period: Period, revision: int) -> None:
    """Decide the packages of all reports that were published until this one and have none, in the order of publication;
    before the first package, of this one alone. Leaves the session's work tables of another period."""
    warehouse.run(connection, "warehouse/session/lock", key=LOCK)
    asked = {"report_kind": period.kind, "period": period.name, "revision": revision}
    for row in warehouse.rows(connection, "reports/disclosing/open_reports", **asked):
        each = periods.parse(row["report_kind"], row["period"])
        with warehouse.as_known_at(connection, row["known_at"]):
            _decide(connection, each, row["revision"])


def _decide(connection: Connection, period: Period, revision: int) -> None:
    where = {"report_kind": period.kind, "period": period.name, "revision": revision}
    printed = warehouse.rows(connection, "reports/disclosing/printed", **where)
    number = warehouse.scalar(connection, "reports/disclosing/next_number")
    rule = disclosure.rule()
    codes = {row["indicator_code"] for row in printed}
    measuring.open_period(connection, period)
    for indicator in indicators.indicators():
        if indicator.code not in codes:
            continue
        rows = [row for row in printed if row["indicator_code"] == indicator.code]
        known = _contributions(connection, indicator, rule)
        for part, kind in enumerate(rule.figures.get(indicator.of, ()), 1):
            if kind is None:
                continue
            figure = _figure_before(connection, indicator, part, kind)
            if figure.until is not None and period.end < figure.until:
                # Beside values of later days it would tell of the few days between.
                figure.add({})
            else:
                column = "cumulative" if part == 1 else "cumulative_2"
                figure.add({r["unit_code"]: r[column] for r in rows if r[column] is not None})
                declared = {row["unit_code"] for row in rows if row["channel"] != "platform"}
                changed = _changed(connection, figure, known.get(part, {}), declared)
                show(figure, changed, rule)
            _keep(connection, figure, known.get(part, {}), number, where, period)


def _contributions(
    connection: Connection, indicator: Indicator, rule: DisclosureRule
) -> dict[int, Contributions]:
    """By part, what each producer has in the values that platforms tell; empty for those that count producers."""
    kinds = {kind for kind in rule.figures.get(indicator.of, ()) if kind not in (None, "each")}
    if not kinds or not indicator.has_platform:
        return {}
    things.show_things(connection, indicator)
    body = warehouse.sql("figures/things/traced")
    statement = text(warehouse.sql("figures/frames/contributions").format(body=body))
    parameters = things.platform_parameters(indicator, PROVINCE) | {"kind": kinds.pop()}
    found: dict[int, Contributions] = defaultdict(lambda: defaultdict(dict))
    for row in connection.execute(statement, parameters):
        if row.amount is not None:
            found[row.part][row.unit_code][row.contributor] = Decimal(row.amount)
    return found


def _figure_before(
    connection: Connection, indicator: Indicator, part: int, kind: str
) -> PublicFigure:
    figure = PublicFigure(indicator, part, kind)
    packages: dict[int, dict[str, dict[str, Any]]] = defaultdict(dict)
    for row in warehouse.rows(connection, "reports/disclosing/before", code=indicator.code):
        if row["part"] == part:
            packages[row["package_no"]][row["unit_code"]] = row
    for rows in packages.values():
        figure.add({unit: row["value"] for unit, row in rows.items()})
        for unit, row in rows.items():
            figure.shown[unit][-1] = row["is_shown"]
            figure.until = max(figure.until or row["period_end"], row["period_end"])
    return figure


def _changed(
    connection: Connection, figure: PublicFigure, known: Contributions, declared: Iterable[str]
) -> dict[str, list[Decimal] | None]:
    """By unit, what each producer changed of it since it was last shown; None: each of what is counted is one. Left
    out is what units declare themselves without saying of whom."""
    if figure.kind == "each":
        return dict.fromkeys(figure.values)
    before: Contributions = defaultdict(dict)
    for row in warehouse.rows(
        connection,
        "reports/disclosing/contributed_before",
        code=figure.indicator.code,
        part=figure.part,
    ):
        before[row["unit_code"]][row["contributor"]] = row["amount"]
    found: dict[str, list[Decimal] | None] = {}
    for unit in figure.values.keys() - set(declared):
        now, then = known.get(unit, {}), before[unit]
        found[unit] = [
            now.get(each, Decimal(0)) - then.get(each, Decimal(0))
            for each in now.keys() | then.keys()
        ]
    return found


def show(
    figure: PublicFigure, changed: Mapping[str, list[Decimal] | None], rule: DisclosureRule
) -> None:
    """Show of the newest package what passes the rule and gives nothing away. ``changed``: by unit what each producer
    changed since it was last shown; None: each of what is counted is a producer."""
    changes = {unit: figure.values[unit][-1] - figure.last_shown(unit) for unit in changed}
    passing = [unit for unit, change in changes.items() if rule.passes(change, changed[unit])]
    for unit in _protected(figure, passing, changes, rule):
        figure.shown[unit][-1] = True


def _protected(
    figure: PublicFigure,
    passing: Iterable[str],
    changes: Mapping[str, Decimal],
    rule: DisclosureRule,
) -> list[str]:
    """Those that can be shown together. Units are left out one by one, the smallest change first; where that does not
    help, the province is withheld and the units are shown."""
    smallest_last = sorted(
        set(passing) - {PROVINCE}, key=lambda unit: (abs(changes[unit]), unit), reverse=True
    )
    for with_province in (True, False) if PROVINCE in passing else (False,):
        units = list(smallest_last)
        while units or with_province:
            chosen = [*units, PROVINCE] if with_province else units
            if _gives_nothing_away(figure, chosen, rule):
                return chosen
            if not units:
                break
            units.pop()
    return []


def _gives_nothing_away(figure: PublicFigure, chosen: Iterable[str], rule: DisclosureRule) -> bool:
    scale = 10**figure.indicator.decimals
    while scale > 1 and max(map(abs, figure.values.get(PROVINCE, [Decimal(0)]))) * scale > _MOST:
        scale //= 10
    chosen = set(chosen)
    series = {
        unit: Series(
            tuple(round(value * scale) for value in values),
            (*figure.shown[unit][:-1], unit in chosen),
        )
        for unit, values in figure.values.items()
    }
    whole = series.pop(PROVINCE, None)
    if whole is None:
        return not chosen
    return protection.exposed(series, whole, rule.width * scale) is None


def _keep(
    connection: Connection,
    figure: PublicFigure,
    known: Contributions,
    number: int,
    where: Mapping[str, Any],
    period: Period,
) -> None:
    code, part = figure.indicator.code, figure.part
    warehouse.insert_rows(
        connection,
        "reports/disclosing/insert",
        [
            {
                **where,
                "package_no": number,
                "period_end": period.end,
                "code": code,
                "part": part,
                "unit_code": unit,
                "value": values[-1],
                "is_shown": figure.shown[unit][-1],
            }
            for unit, values in sorted(figure.values.items())
        ],
    )
    if figure.kind == "each":
        return
    shown = [unit for unit, marks in figure.shown.items() if marks[-1]]
    warehouse.run(
        connection, "reports/disclosing/forget_contributed", code=code, part=part, units=shown
    )
    warehouse.copy_rows(
        connection,
        "ops.public_contribution",
        ("indicator_code", "part", "unit_code", "contributor", "amount"),
        [
            (code, part, unit, contributor, amount)
            for unit in shown
            for contributor, amount in sorted(known.get(unit, {}).items())
        ],
    )
