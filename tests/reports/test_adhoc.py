"""Ad-hoc reports: every cell against the oracle, numbered, frozen, traced, mailed only when asked."""

from __future__ import annotations

import hashlib
import io
import random
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import oracle
import pytest
from smtp_server import Scripted, serving
from sqlalchemy import Engine
from taking_in import take_in

from lensan import samples, warehouse
from lensan.domain import periods, report_forms
from lensan.domain.office import PLAN_START, PROVINCE
from lensan.domain.periods import ICT, Period
from lensan.mail import adhoc_mail
from lensan.mail.transport.smtp import SmtpServer
from lensan.reports import adhoc
from lensan.samples import World
from lensan.samples.writing import write_world
from lensan.warehouse import audit

SEEN = ("in_period", "in_period_2", "previous", "growth_pct", "cumulative", "cumulative_2", "base",
        "completion_pct", "channel")  # fmt: skip


@pytest.fixture(scope="module")
def world(
    new_warehouse: Callable[[], Engine], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Engine, World]:
    """Seven weeks without mess, one of them without exports: its forms count. Read only."""
    root = tmp_path_factory.mktemp("adhoc")
    due = [date(2021, 10, 21) + timedelta(weeks=week) for week in range(7)]
    silent = frozenset({("postmart", due[-1]), ("voso", due[-1])})
    built = samples.build(seed=12, weeks=7, order_lines=300, missing_exports=silent)
    write_world(root / "landing", built, mess=False)
    engine = new_warehouse()
    moment = datetime(2021, 12, 2, 9, tzinfo=ICT)
    take_in(engine, root / "landing", root / "raw", moment=moment)
    return engine, built


NOW = datetime(2021, 12, 3, 10, tzinfo=ICT)


def random_request(chance: random.Random) -> adhoc.Request:
    """Any days from a week before the plan to the last export's, some of them a week or a month."""
    last = date(2021, 12, 2)
    kind = chance.randrange(6)
    if kind == 0:
        period = periods.week(date(2021, 10, 28) + timedelta(weeks=chance.randrange(5)))
    elif kind == 1:
        period = periods.month(date(2021, chance.choice([10, 11]), 1))
    else:
        end = PLAN_START + timedelta(days=chance.randrange(1, (last - PLAN_START).days + 1))
        length = chance.choice([1, 2, 7, chance.randrange(1, 60)])
        period = periods.span(end - timedelta(days=length), end)
    every = report_forms.adhoc().indicator_codes
    codes = chance.sample(every, chance.choice([1, 2, 5])) if chance.random() < 0.8 else []
    units = chance.sample(oracle.UNITS, chance.choice([0, 1, 1, 4]))
    return adhoc.request(
        period, title="Thử", reason="Thử ngẫu nhiên", units=units, indicators=codes, moment=NOW
    )


def differing(world: World, asked: adhoc.Request, report: Any) -> list[Any]:
    """The cells of a report in which it and the oracle differ, and those that one of them lacks."""
    known = _KNOWN.setdefault(id(world), world.as_of(date(2021, 12, 2)))
    period = asked.period
    codes = oracle.WEEKLY, oracle.MONTHLY
    try:
        oracle.WEEKLY = oracle.MONTHLY = asked.indicators
        second = oracle.figures(known, period.kind, period.name)["figures"]
    finally:
        oracle.WEEKLY, oracle.MONTHLY = codes
    shown = {PROVINCE, *(asked.units or oracle.UNITS)}
    told = {(f["unit"], f["indicator"]): f for f in second if f["unit"] in shown}
    found = {(f.unit, f.indicator): f for f in report.figures}
    wrong: list[Any] = sorted(set(told) ^ set(found))
    for where in set(told) & set(found):
        for cell in SEEN:
            mine, value = getattr(found[where], cell), told[where][cell]
            if (mine is None) != (value is None) or (
                mine != value if isinstance(value, str | None) else abs(float(mine) - value) > 1e-6
            ):
                wrong.append((period.name, *where, cell, mine, value))
    return wrong


_KNOWN: dict[int, Any] = {}


def compare(world: tuple[Engine, World], count: int, seed: int) -> list[float]:
    engine, truth = world
    chance = random.Random(seed)
    took = []
    for number in range(count):
        asked = random_request(chance)
        began = time.monotonic()
        report = adhoc.build(engine, asked, f"2021-{number}", moment=NOW)
        took.append(time.monotonic() - began)
        assert differing(truth, asked, report) == [], (seed, number)
    return took


def test_random_requests_equal_the_oracle_in_every_cell(world: tuple[Engine, World]) -> None:
    compare(world, 6, seed=1)


@pytest.mark.soak
@pytest.mark.system
def test_five_hundred_random_requests_equal_the_oracle(world: tuple[Engine, World]) -> None:
    took = compare(world, 500, seed=2)
    print(f"longest {max(took):.2f} s, median {sorted(took)[len(took) // 2]:.2f} s")


def two_weeks(**more: Any) -> adhoc.Request:
    days = periods.span(date(2021, 11, 3), date(2021, 11, 15))
    said = {"title": "Nửa đầu tháng 11 {thử}", "reason": "UBND tỉnh yêu cầu"}
    return adhoc.request(days, **{**said, "moment": NOW, **more})


def test_a_report_is_numbered_frozen_and_traced(
    world: tuple[Engine, World], copy_warehouse: Callable[[Engine], Engine], tmp_path: Path
) -> None:
    engine = copy_warehouse(world[0])
    first = adhoc.make(engine, two_weeks(), tmp_path, moment=NOW, by="cán bộ")
    second = adhoc.make(
        engine,
        two_weeks(units=["193"], indicators=["III.2", "II.3"]),
        tmp_path,
        moment=NOW,
        by="op",
    )
    assert (first.number, second.number) == ("2021-1", "2021-2")
    kept = adhoc.load(engine, "2021-2")
    assert kept.files == second.files and kept.request == second.request
    assert kept.report.figures == second.report.figures
    again = adhoc.render(kept.report, adhoc.form_of(kept.request, "2021-2"))
    assert {n: hashlib.sha256(c).hexdigest() for n, c in again.items()} == {
        n: hashlib.sha256(c).hexdigest() for n, c in second.files.items()
    }
    folder = tmp_path / "adhoc" / "2021-2"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == second.files
    for code in kept.request.indicators:
        traced = adhoc.trace(engine, "2021-2", code)
        figure = kept.report.figure("193", code)
        assert traced.differences == () and traced.figure["in_period"] == figure.in_period
        assert traced.figure["cumulative"] == figure.cumulative
    acts = [act for act in audit.acts(engine) if act["action"] == "report.adhoc"]
    assert {act["actor"] for act in acts} == {"cán bộ", "op"}
    with engine.begin() as connection:
        assert warehouse.rows(connection, "operations/obligations/drafts") == []
        assert connection.exec_driver_sql("select count(*) from mart.indicator_value").scalar() == 0


def test_the_form_bears_title_number_reason_days_and_only_what_was_asked_for(
    world: tuple[Engine, World], copy_warehouse: Callable[[Engine], Engine], tmp_path: Path
) -> None:
    engine = copy_warehouse(world[0])
    asked = two_weeks(units=["193"], indicators=["II.3", "III.2"])
    made = adhoc.make(engine, asked, tmp_path, moment=NOW, by="op")
    name = "bao-cao-dot-xuat-2021-1-2021-11-03-2021-11-14.xlsx"
    book = openpyxl.load_workbook(io.BytesIO(made.files[name]))
    assert book.sheetnames == ["Báo cáo đột xuất", "Theo địa phương"]
    text = "\n".join(str(c.value) for row in book.worksheets[0].iter_rows() for c in row if c.value)
    for said in ("BÁO CÁO ĐỘT XUẤT: Nửa đầu tháng 11 {thử}", "Số 2021-1. Lý do: UBND tỉnh yêu cầu",
                 "Từ ngày 03/11/2021 đến hết ngày 14/11/2021", "TP Hạ Long",
                 "ngày 03 tháng 12 năm 2021"):  # fmt: skip
        assert said in text
    codes = {row.indicator for row in adhoc.form_of(asked, "x").lines}
    assert codes == {"II.3", "III.2"} and "OCOP" not in text
    whole = adhoc.make(engine, two_weeks(), tmp_path, moment=NOW, by="op")
    names = openpyxl.load_workbook(io.BytesIO(next(iter(whole.files.values())))).sheetnames
    assert names == ["Báo cáo đột xuất", "Theo địa phương", "Nguồn gốc"]


def test_days_that_are_a_week_or_a_month_are_that() -> None:
    assert periods.span(date(2021, 11, 11), date(2021, 11, 18)) == periods.week(date(2021, 11, 18))
    assert periods.span(date(2021, 11, 1), date(2021, 12, 1)) == periods.month(date(2021, 11, 1))
    odd = periods.span(date(2021, 11, 2), date(2021, 12, 1))
    assert odd == Period("span", date(2021, 11, 2), date(2021, 12, 1))
    assert odd.previous() == Period("span", date(2021, 10, 4), date(2021, 11, 2))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"title": "  "}, "a title"),
        ({"reason": ""}, "a reason"),
        ({"indicators": ["IX"]}, "no indicator IX"),
        ({"moment": datetime(2021, 11, 14, 23, tzinfo=ICT)}, "not over"),
    ],
)
def test_what_cannot_be_reported_is_refused_in_a_sentence(more: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        two_weeks(**more)


def test_a_unit_that_there_was_not_on_the_last_day_is_named(world: tuple[Engine, World]) -> None:
    with pytest.raises(LookupError, match="no unit 999 on 14/11/2021; units: 193"):
        adhoc.build(world[0], two_weeks(units=["999"]), "x", moment=NOW)


def test_it_is_mailed_to_those_named_once_and_to_nobody_else(
    world: tuple[Engine, World], copy_warehouse: Callable[[Engine], Engine], tmp_path: Path
) -> None:
    engine = copy_warehouse(world[0])
    made = adhoc.make(engine, two_weeks(indicators=["II.3"]), tmp_path, moment=NOW, by="op")
    script = Scripted()
    with serving(script) as port:
        server = SmtpServer("127.0.0.1", port)
        for _ in range(2):
            both = ["UBND@example.vn", "ubnd@example.vn"]
            states = adhoc_mail.send(engine, server, made.number, both, moment=NOW, by="op")
            assert states == {"ubnd@example.vn": "sent"}
    ((recipient, mail),) = script.taken
    assert recipient == "ubnd@example.vn"
    assert str(mail["Subject"]) == "[Báo cáo đột xuất] Nửa đầu tháng 11 {thử}"
    names = [part.get_filename() for part in mail.iter_attachments()]
    assert [str(name).rpartition(".")[2] for name in names] == ["pdf", "xlsx"]
    assert [row["state"] for row in adhoc_mail.states(engine, made.number)] == ["sent"]
