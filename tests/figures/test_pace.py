"""What a week must bring, what it brought of late and who will miss: against a second computation, in whole and
exact fractions, over histories with gaps, other channels and other years."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from office import WEEKS, Office
from sqlalchemy import Engine, text

from lensan.domain import periods, targets
from lensan.domain.office import PROVINCE
from lensan.domain.periods import ICT, Period
from lensan.figures import pace
from lensan.reports import building, revisions
from lensan.reports import pace as paces

MOMENT = datetime(2022, 12, 30, 9, tzinfo=ICT)
KEPT = text(
    "insert into mart.indicator_value (report_kind, period_start, period_end, unit_code, indicator_code,"
    " achieved, base, target_share, is_target_met, channel, computed_at)"
    " values (:kind, :start, :end, :unit, :code, :achieved, :base, :share, :met, :channel, :at)"
)


@dataclass(frozen=True)
class Kept:
    """What was computed of a period, for one unit and indicator."""

    achieved: Decimal | None
    base: Decimal | None
    channel: str | None = "platform"


def keep(engine: Engine, code: str, unit: str, history: dict[Period, Kept]) -> None:
    share_of = {each.year: each for each in targets.read() if each.indicator == code}
    with engine.begin() as connection:
        for period, kept in history.items():
            target = share_of[period.year]
            met = None
            if kept.base and kept.achieved is not None:
                aim = target.share * kept.base
                met = kept.achieved > aim if target.is_strict else kept.achieved >= aim
            connection.execute(
                KEPT,
                {"kind": period.kind, "start": period.start, "end": period.end, "unit": unit,
                 "code": code, "achieved": kept.achieved, "base": kept.base, "share": target.share,
                 "met": met, "channel": kept.channel, "at": MOMENT},
            )  # fmt: skip


def asked(engine: Engine, period: Period) -> dict[tuple[str, str], dict]:
    with engine.begin() as connection:
        return {(row["indicator"], row["unit"]): row for row in paces.of(connection, period)}


def expected(code: str, period: Period, history: dict[Period, Kept]) -> dict | None:
    """The same in words of arithmetic: exact fractions, a loop over the days."""
    now = history[period]
    target = next(t for t in targets.read() if (t.year, t.indicator) == (period.year, code))
    if now.base is None or now.base == 0:
        return None
    step = Fraction(1, 1000) if code == "III.2" else Fraction(1)
    aim = Fraction(target.share) * Fraction(now.base)
    goal = math.ceil(aim / step) * step
    if target.is_strict and goal == aim:
        goal += step
    achieved = None if now.achieved is None else Fraction(now.achieved)
    days_left = (date(period.year, 12, 31) - period.last_day).days
    window = 31 if period.kind == "week" else 93
    earlier = [
        (p.end, Fraction(k.achieved))
        for p, k in history.items()
        if p.kind == period.kind and p.end < period.end and (period.end - p.end).days <= window
        and p.last_day.year == period.year and k.achieved is not None and k.channel == now.channel
    ]  # fmt: skip
    recent = None
    if len(earlier) >= 2 and achieved is not None and now.channel is not None:
        first_on, first = min(earlier)
        recent = (achieved - first) * 7 / (period.end - first_on).days
    is_met = achieved is not None and achieved >= goal
    if is_met:
        outlook = "met"
    elif days_left == 0:
        outlook = "missed"
    elif recent is None:
        outlook = "too_short"
    else:
        assert achieved is not None
        outlook = "on_pace" if achieved + recent * days_left / 7 >= goal else "behind"
    needed = None
    if not is_met and days_left and achieved is not None:
        needed = (goal - achieved) / Fraction(max(days_left, 7), 7)
    return {"goal": goal, "recent": recent, "outlook": outlook, "needed": needed}


def check(row: dict | None, told: dict | None, code: str) -> None:
    if told is None:
        assert row is None
        return
    assert row is not None
    shown = Fraction(1, 1000) if code == "III.2" else Fraction(1, 10)
    assert Fraction(row["goal"]) == told["goal"]
    assert row["outlook"] == told["outlook"]
    if told["needed"] is None:
        assert row["needed_weekly"] is None
    else:  # rounded up: less would not do
        assert 0 <= Fraction(row["needed_weekly"]) - told["needed"] < shown
    if told["recent"] is None:
        assert row["recent_weekly"] is None
    else:
        assert abs(Fraction(row["recent_weekly"]) - told["recent"]) <= shown / 2


@pytest.mark.parametrize("kind", ["week", "month"])
def test_random_histories_have_the_pace_of_a_second_computation(
    warehouse_engine: Engine, kind: str
) -> None:
    chance = random.Random(f"pace {kind}")
    first, last = ("2021-10-28", "2022-12-29") if kind == "week" else ("2021-10", "2022-12")
    run = periods.between(kind, first, last)
    histories: dict[tuple[str, str], dict[Period, Kept]] = {}
    for code in ("I", "II.1", "II.3", "III.2", "III.5"):
        for unit in (PROVINCE, "193", "207"):
            history, achieved = {}, Decimal(0)
            base = Decimal(chance.choice([0, 7, 40, 333, 5000]))
            for period in run:
                if chance.random() < 0.15:
                    continue
                if period.start.month == 1 and period.start.day <= 7:
                    achieved = Decimal(0)
                achieved += Decimal(chance.randrange(-3, 400)) / (100 if code == "III.2" else 10)
                achieved = achieved if code == "III.2" else Decimal(int(achieved))
                channel = chance.choice(["platform"] * 8 + ["submission", None])
                is_known = chance.random() > 0.05
                history[period] = Kept(
                    achieved if is_known else None,
                    base if chance.random() > 0.05 else None,
                    channel,
                )
            histories[code, unit] = history
            keep(warehouse_engine, code, unit, history)
    outlooks = set()
    for period in chance.sample(run[1:], min(14, len(run) - 1)) + run[-1:]:
        found = asked(warehouse_engine, period)
        for (code, unit), history in histories.items():
            told = expected(code, period, history) if period in history else None
            check(found.get((code, unit)), told, code)
            outlooks.add(told and told["outlook"])
    assert outlooks >= {"met", "too_short", "behind", "on_pace", None}


def weeks(count: int, last: str = "2021-12-16") -> list[Period]:
    found = [periods.parse("week", last)]
    while len(found) < count:
        found.insert(0, found[0].previous())
    return found


def test_one_earlier_week_is_too_little_to_foretell_anything(warehouse_engine: Engine) -> None:
    run = weeks(2)
    keep(warehouse_engine, "II.3", "193", {w: Kept(Decimal(10), Decimal(100)) for w in run})
    row = asked(warehouse_engine, run[-1])["II.3", "193"]
    assert (row["outlook"], row["recent_weekly"], row["recent_days"]) == ("too_short", None, None)
    assert row["needed_weekly"] == Decimal("17.5")  # 40 in the 16 days from 16 to 31 December


def test_a_unit_that_did_not_report_is_not_foretold_from_what_was_carried(
    warehouse_engine: Engine,
) -> None:
    run = weeks(4)
    history = {w: Kept(Decimal(10 + i), Decimal(100), "submission") for i, w in enumerate(run)}
    history[run[-1]] = Kept(Decimal(12), Decimal(100), None)
    keep(warehouse_engine, "II.1", "193", history)
    assert asked(warehouse_engine, run[-1])["II.1", "193"]["outlook"] == "too_short"


def test_the_last_week_of_a_year_says_who_missed(warehouse_engine: Engine) -> None:
    last = periods.month(date(2021, 12, 1))
    for unit, achieved in (("193", 50), ("194", 49)):
        keep(warehouse_engine, "II.3", unit, {last: Kept(Decimal(achieved), Decimal(100))})
    found = asked(warehouse_engine, last)
    assert found["II.3", "193"]["outlook"] == "met"
    assert found["II.3", "194"]["outlook"] == "missed"
    assert found["II.3", "194"]["needed_weekly"] is None


def test_a_report_prints_what_the_figures_kept_of_earlier_weeks_say(office: Office) -> None:
    """The third week of a real office: its sheet equals the second computation over the kept figures."""
    week = WEEKS[2]
    with office.engine.begin() as connection:
        printed = revisions.frozen_report(connection, week, 0)
        rows = warehouse_values(connection)
    found = {(r["indicator"], r["unit"]): r for r in paces.of_report(printed)}
    assert len(found) > 100
    for (code, unit), row in found.items():
        history = {
            w: Kept(*rows[w.start, unit, code]) for w in WEEKS[:3] if (w.start, unit, code) in rows
        }
        told = expected(code, week, history)
        check(row, told, code)
    assert {row["outlook"] for row in found.values()} >= {"met", "behind"}
    assert all(week.end - timedelta(days=31) < row["due_on"] for row in found.values())


def warehouse_values(connection) -> dict:  # type: ignore[no-untyped-def]
    result = connection.exec_driver_sql(
        "select period_start, unit_code, indicator_code, achieved, base, channel"
        " from mart.indicator_value where report_kind = 'week' and target_share is not null"
    )
    return {(r[0], r[1], r[2]): (r[3], r[4], r[5]) for r in result}


def test_as_known_at_a_moment_nothing_computed_later_is_looked_at(office: Office) -> None:
    week = WEEKS[2]
    then = building.build(office.engine, week, moment=MOMENT, known_at=datetime(2021, 11, 11, 11, tzinfo=ICT))  # fmt: skip
    before = {(r["indicator"], r["unit"]): r for r in paces.of_report(then)}
    with office.engine.begin() as connection:
        connection.exec_driver_sql(
            "update mart.indicator_value set achieved = 0, computed_at = '2022-01-01' where period_start < %s",
            (week.start,),
        )
    again = building.build(office.engine, week, moment=MOMENT, known_at=datetime(2021, 11, 11, 11, tzinfo=ICT))  # fmt: skip
    after = {(r["indicator"], r["unit"]): r for r in paces.of_report(again)}
    assert any(row["recent_weekly"] is not None for row in before.values())
    assert all(row["recent_weekly"] is None for row in after.values())


def test_the_window_is_long_enough_for_four_weeks_and_three_months() -> None:
    assert pace.WINDOW_DAYS == {"week": 28 + 3, "month": 31 * 3}
