"""Alerts of published reports: each to whoever is to act, once; acknowledged; closed with what came."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import harvest_worlds
import pytest
from smtp_server import Scripted, free_port, serving
from sqlalchemy import Engine

from lensan.domain import periods
from lensan.domain.periods import ICT, Period
from lensan.forecast import judging
from lensan.forecast.forecasting import Replay, replay_of
from lensan.forecast.replay import Alert
from lensan.intake import locations
from lensan.mail.transport.smtp import SmtpServer
from lensan.reports import publishing
from lensan.units import glut_alerts, promise_form

LAST = datetime(2024, 6, 27, 12, tzinfo=ICT)
ASKED = ("buu-dien-tinh", "buu-chinh-viettel", "so-cong-thuong", "trung-tam-truyen-thong")


@pytest.fixture(scope="module")
def told(new_warehouse: Callable[[], Engine]) -> Engine:
    engine = new_warehouse()
    harvest_worlds.into_warehouse(harvest_worlds.make(3), engine)
    for actor in (*ASKED, *harvest_worlds.UNITS):
        locations.add_address(engine, f"{actor}@example.vn", actor, moment=LAST)
    return engine


@pytest.fixture(scope="module")
def replay(told: Engine) -> Replay:
    with told.begin() as connection:
        return replay_of(connection, periods.due_at_or_before("week", LAST))


def week_of(replay: Replay, edge: int) -> Period:
    return periods.week(replay.history.edge(edge))


def published(engine: Engine, period: Period, folder: Path) -> datetime:
    moment = period.due_at - timedelta(minutes=30)
    publishing.freeze(engine, period, folder, moment=moment)
    return moment


def sent(
    engine: Engine, moment: datetime, board: str | None = None
) -> tuple[dict[str, int], dict[str, EmailMessage]]:
    script = Scripted()
    with serving(script, free_port()) as port:
        found = glut_alerts.send(engine, SmtpServer("127.0.0.1", port), moment=moment, board=board)
    taken = {to.partition("@")[0]: mail for to, mail in script.taken}
    assert len(taken) == len(script.taken)
    return found, taken


def body(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


@dataclass(frozen=True)
class Given:
    """A report that gave alerts: ``said`` is its sheet, ``registered`` what was taken of it, both by unit and product;
    ``alert`` is one of them that is over later."""

    week: Period
    moment: datetime
    alert: Alert
    key: tuple[str, str]
    product: str
    said: dict[tuple[str, str], dict[str, Any]]
    registered: dict[tuple[str, str], dict[str, Any]]

    @property
    def number(self) -> int:
        return int(self.registered[self.key]["alert_id"])


@pytest.fixture(scope="module")
def given(told: Engine, replay: Replay, tmp_path_factory: pytest.TempPathFactory) -> Given:
    alert = next(a for a in replay.alerts() if a.over is not None and a.given > replay.judged.start)
    row = replay.history.series.iloc[alert.series]
    week = week_of(replay, alert.given)
    moment = published(told, week, tmp_path_factory.mktemp("reports"))
    assert glut_alerts.read(told, week, moment=moment)
    assert glut_alerts.read(told, week, moment=moment) == []
    report, _files = publishing.load(told, week)
    lines = [r for r in report.tables["season_forecast"].records() if r["warned_on"]]
    return Given(
        week,
        moment,
        alert,
        (row["unit"], row["name"]),
        row["product"],
        {(line["unit"], line["product"]): line for line in lines},
        {(line["unit_code"], line["product"]): line for line in glut_alerts.listed(told)},
    )


def test_the_register_says_what_the_report_says(told: Engine, given: Given) -> None:
    assert given.registered.keys() == given.said.keys() and given.key in given.said
    for key, line in given.said.items():
        for name in (
            "warned_on",
            "peak_on",
            "peak_interval",
            "chance_pct",
            "unsold",
            "unsold_interval",
        ):
            assert given.registered[key][name] == line[name]
    report, _files = publishing.load(told, given.week)
    weeks = report.tables["season_weeks"].records()
    kept = glut_alerts.weeks(told)
    assert len(weeks) == 8 * len(given.said) and kept.keys() == {
        row["alert_id"] for row in given.registered.values()
    }
    for key, row in given.registered.items():
        of = [week for week in weeks if (week["unit"], week["product"]) == key]
        for week, again in zip(of, kept[row["alert_id"]], strict=True):
            assert all(again[name] == week[name] for name in again if name != "alert_id")
            assert week["harvested_low"] <= week["harvested"] <= week["harvested_high"]
        assert [week["week_on"] for week in of if week["is_peak"]] in ([row["peak_on"]], [])
    ready = glut_alerts.readiness(told, given.moment.date())
    assert ready.keys() == {row["alert_id"] for row in given.registered.values()}
    with told.connect() as connection:
        listed = connection.exec_driver_sql(
            "select count(*), count(distinct seller_id) from core.counted_listing where unit_code = %s "
            "and category_key = %s",
            (given.key[0], given.product),
        ).one()
    assert ready[given.number] == tuple(listed) and listed[0] > 0


def test_an_alert_goes_once_to_whoever_is_to_act(told: Engine, given: Given) -> None:
    states, mails = sent(told, given.moment)
    units = {unit for unit, _product in given.said}
    assert set(mails) == {*ASKED, *units} and states == {"sent": len(mails)}
    for unit in units:
        lines = [line for line in body(mails[unit]).splitlines() if line.startswith("- ")]
        assert len(lines) == sum(key[0] == unit for key in given.said)
    unit, name = given.key
    line = given.said[given.key]
    for mail in (mails[unit], mails["so-cong-thuong"]):
        assert f"{name}, " in body(mail)
        assert f"cao điểm từ {line['peak_on']:%d/%m/%Y}" in body(mail)
        assert f"{line['unsold']:.1f} tấn".replace(".", ",") in body(mail)
    assert "Đề nghị Quý đơn vị: xúc tiến tiêu thụ" in body(mails["so-cong-thuong"])
    assert "Đề nghị Quý đơn vị: rà soát" in body(mails[unit])
    assert sent(told, given.moment + timedelta(hours=1)) == ({}, {})


def test_an_enterprise_s_mail_bears_the_link_of_its_form(told: Engine, given: Given) -> None:
    for actor in ("buu-dien-tinh", "so-cong-thuong"):
        locations.add_address(told, f"{actor}-2@example.vn", actor, moment=LAST)
    _states, mails = sent(told, given.moment, "https://lensan.example.vn/board")
    link = promise_form.address(told, "https://lensan.example.vn/board", "buu-dien-tinh", moment=given.moment)  # fmt: skip
    assert link in body(mails["buu-dien-tinh-2"]) and "/promise/" not in body(
        mails["so-cong-thuong-2"]
    )


def test_a_product_written_in_other_letters_is_the_same_alert(
    told: Engine, given: Given, copy_warehouse: Callable[[Engine], Engine], tmp_path: Path
) -> None:
    engine = copy_warehouse(told)
    before = {row["alert_id"] for row in glut_alerts.listed(engine)}
    with engine.begin() as connection:
        connection.exec_driver_sql("update core.season_version set name = upper(name)")
    after = given.week.next()
    moment = published(engine, after, tmp_path)
    report, _files = publishing.load(engine, after)
    again = {
        (row["unit"], row["product"]): row["warned_on"]
        for row in report.tables["season_forecast"].records()
        if row["warned_on"]
    }
    new = glut_alerts.read(engine, after, moment=moment)
    rows = {row["alert_id"]: row for row in glut_alerts.listed(engine)}
    old = rows[given.number]
    assert (given.key[0], given.key[1].upper()) in again and old["closed_at"] is None
    assert old["product"] == given.key[1].upper() and old["warned_on"] == given.week.end
    assert before.isdisjoint(new) and set(glut_alerts.weeks(engine)) == {
        number for number, row in rows.items() if row["closed_at"] is None
    }
    assert glut_alerts.readiness(engine, moment.date())[given.number][0] > 0
    with engine.begin() as connection:
        history = replay_of(connection, after).history
    assert len(glut_alerts.given(engine, history)) == len(rows)


def test_it_is_acknowledged_and_closed_with_what_came(
    told: Engine, replay: Replay, given: Given, tmp_path: Path
) -> None:
    by: dict[str, Any] = {"by": "Nguyễn Văn An", "moment": given.moment}
    for said in (" Đã mời ba siêu thị ", "Đã mời bốn siêu thị"):
        glut_alerts.acknowledge(told, given.number, "so-cong-thuong", said, **by)
    for number, actor, wrong in (
        (given.number, "so-tai-chinh", ValueError),
        (999, "so-cong-thuong", LookupError),
    ):
        with pytest.raises(wrong):
            glut_alerts.acknowledge(told, number, actor, "", **by)

    over = week_of(replay, given.alert.over or 0)
    moment = published(told, over, tmp_path)
    glut_alerts.read(told, over, moment=moment)
    after = next(r for r in glut_alerts.listed(told) if r["alert_id"] == given.number)
    assert [(a["actor"], a["said"]) for a in after["answers"]] == [
        ("so-cong-thuong", "Đã mời bốn siêu thị")
    ]
    came = [
        glut
        for glut in judging.seen(replay.now)
        if glut.series == given.alert.series
        and glut.first <= given.alert.last_week
        and glut.last >= given.alert.given
    ]
    assert (after["closed_at"], after["outcome"]) == (moment, "glut" if came else "none")
    assert glut_alerts.read(told, given.week, moment=moment) == []
