"""Who owes what of the plan: every omission is told to the right actor in the first sweep, once, and no other."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, datetime, timedelta
from email.message import EmailMessage

import pytest
from smtp_server import Scripted, free_port, serving
from sqlalchemy import Engine, text

from lensan.domain import duties, duty_terms, periods
from lensan.domain.duties import UNITS, Duty
from lensan.domain.duty_terms import DutyTerm
from lensan.domain.office import PROVINCE
from lensan.domain.periods import ICT
from lensan.intake import locations
from lensan.mail.transport.smtp import SmtpServer
from lensan.units import duties as standings
from lensan.units import duty_mails

Owed = tuple[str, str, str]
"""Duty, actor, term."""
BEGIN, END = datetime(2021, 10, 20, 16, 5, tzinfo=ICT), datetime(2022, 5, 1, tzinfo=ICT)
MET_BY_ONE_FOR_ALL = {"thong-tin-cho-ho"}
"""A file from anybody proves it for both of its actors."""


class World:
    """All proofs of all duties, but those that are left out."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.statements: list[tuple[str, dict[str, object]]] = []
        self.tables = 0
        self.run("insert into ops.source_file (source, name, sha256, size_bytes, received_at, export_date, status) "
                 "values ('districts', 'forms', 'forms', 1, :at, :day, 'received')", at=BEGIN, day=BEGIN.date())  # fmt: skip

    def run(self, statement: str, **values: object) -> None:
        self.statements.append((statement, values))

    def write(self) -> None:
        with self.engine.begin() as connection:
            for statement, values in self.statements:
                connection.execute(text(statement), values)
        self.statements = []

    def prove(self, duty: Duty, actor: str, term: DutyTerm, at: datetime) -> None:
        proof, period = duty.proof, term.period
        if proof.file:
            self.file(duty, actor, at)
        elif proof.document:
            self.run("insert into ops.duty_document values (:d, :a, :t, '1/BC', :on, 'A', :at)",
                     d=duty.code, a=actor, t=term.name, on=at.date(), at=at)  # fmt: skip
        elif proof.form and period:
            self.tables += 1
            self.run("insert into raw.source_table (table_id, file_id, entity, headers) values (:id, 1, 'submission', '{}')", id=self.tables)  # fmt: skip
            self.run(
                "insert into core.submission_version (submission_id, file_id, sender, unit_code, report_kind, "
                "period_start, period_end, received_at, known_from) values (:id, 1, :a, :u, :k, :s, :e, :at, :at)",
                id=self.tables, a=actor, u=actor if actor.isdigit() else None, k=period.kind,
                s=period.start, e=period.end, at=at,
            )  # fmt: skip
        elif proof.figures:
            self.figures(actor if actor.isdigit() else PROVINCE, proof.figures, 100)

    def file(self, duty: Duty, actor: str, at: datetime, entity: str | None = None) -> None:
        wanted = duty.proof.file
        assert wanted
        known = duties.register().actor(actor)
        word = known.files[-1] if known and known.files else actor
        self.run(
            "insert into ops.source_file (source, name, sha256, size_bytes, received_at, export_date, status, "
            "entity, unit_code, rows_read, rows_accepted, rows_quarantined, rows_superseded, rows_ignored) "
            "values (:source, :name, :name, 1, :at, :day, 'loaded', :entity, :unit, 1, 1, 0, 0, 0)",
            source=wanted.source, name=f"x/{word}_{duty.code}_{at:%Y%m%d}.xlsx", at=at, day=at.date(),
            entity=entity or ",".join((*wanted.holds, "training")), unit=actor if actor.isdigit() else None,
        )  # fmt: skip

    def figures(self, unit: str, codes: tuple[str, ...], pct: int) -> None:
        for code in codes:
            self.run(
                "insert into mart.indicator_published (report_kind, period, period_start, period_end, revision, "
                "unit_code, indicator_code, completion_pct, published_at, sha256) values ('week', '2021-11-25', "
                "'2021-11-18', '2021-11-25', 0, :u, :c, :p, '2021-11-25 13:30+07', '') "
                "on conflict do nothing",
                u=unit, c=code, p=pct,
            )  # fmt: skip


def sweeps() -> list[datetime]:
    """Wednesdays and Thursdays, as the reminders run."""
    found, moment = [], BEGIN
    while moment < END:
        found += [moment, moment + timedelta(hours=17)]
        moment += timedelta(days=7)
    return found


def all_owed() -> dict[Owed, tuple[Duty, DutyTerm]]:
    """Whatever any actor owes at any of the sweeps."""
    found = {}
    for moment in sweeps():
        for duty in duties.register().duties:
            term = duty_terms.asked(duty, moment)
            if term:
                for actor in standings.owing(duty, term, moment):
                    found[duty.code, actor, term.name] = (duty, term)
    return found


def address(actor: str) -> str:
    return f"{actor}@example.vn"


@pytest.fixture
def post(warehouse_engine: Engine) -> Iterator[tuple[Scripted, SmtpServer]]:
    mails, smtp = Scripted(), SmtpServer("127.0.0.1", free_port(), timeout_s=2, accept_timeout_s=5)
    actors = [actor.key for actor in duties.register().actors]
    units = {a for _d, a, _t in all_owed() if a.isdigit()}
    for actor in (*actors, *sorted(units)):
        locations.add_address(warehouse_engine, address(actor), actor, moment=BEGIN)
    with ExitStack() as stack:
        stack.enter_context(serving(mails, smtp.port))
        yield mails, smtp


def told(mail: EmailMessage) -> set[tuple[str, str]]:
    """What a mail says that is owed: the beginnings of its lines, as a reader takes them."""
    body = mail.get_body(("plain",))
    assert body is not None
    lines = [line[2:] for line in body.get_content().splitlines() if line.startswith("- ")]
    known = {}
    for (code, _actor, _term), (duty, term) in all_owed().items():
        label = standings.term_label(term)
        said = duty.what[0].upper() + duty.what[1:] + (f", {label}" if label else "")
        known[said] = (code, term.name)
    return {known[line.split(": ", 1)[0]] for line in lines}


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=[pytest.mark.system, pytest.mark.soak])])
def test_200_omissions_are_each_told_to_who_owes_it_in_the_first_sweep_once(
    warehouse_engine: Engine, post: tuple[Scripted, SmtpServer], seed: int
) -> None:
    mails, smtp = post
    owed, draw = all_owed(), random.Random(seed)
    tellable = [
        key
        for key, (duty, _term) in owed.items()
        if not duty.is_reminded_elsewhere
        and duty.code not in MET_BY_ONE_FOR_ALL
        and not (duty.proof.figures and not key[1].isdigit())
    ]
    forms = [key for key, (duty, _t) in owed.items() if duty.proof.form and UNITS in duty.actors]
    # At least one of each actor, then any.
    left_out = {draw.choice([k for k in tellable if k[1] == a]) for _d, a, _t in sorted(tellable)}
    rest = sorted(set(tellable) - left_out)
    left_out |= set(draw.sample(rest, 200 - len(left_out)))
    of_forms = set(draw.sample(forms, 40))
    assert len(left_out) == 200
    assert {actor for _d, actor, _t in tellable} == {a for _d, a, _t in left_out}
    world = World(warehouse_engine)
    for key, (duty, term) in owed.items():
        if key in left_out | of_forms:
            if duty.proof.figures:
                world.figures(key[1], duty.proof.figures, 50)
        elif not duty.proof.report:
            at = max(term.asked_at - timedelta(minutes=1), term.opens_at)
            world.prove(duty, key[1], term, at)
    world.write()
    before = datetime(2021, 10, 1, tzinfo=ICT)
    found: set[Owed] = set()
    for moment in sweeps():
        mails.taken.clear()
        duty_mails.remind(warehouse_engine, smtp, moment=moment)
        now = defaultdict(set)
        for to, mail in mails.taken:
            assert to not in now, "two mails to one actor"
            now[to] |= told(mail)
        expected = defaultdict(set)
        for code, actor, name in left_out:
            if before < owed[code, actor, name][1].asked_at <= moment:
                expected[address(actor)].add((code, name))
        assert now == expected, moment
        named = {
            (s.duty.code, s.actor, s.term.name)
            for s in standings.matrix(warehouse_engine, moment=moment)
            if s.state in standings.OWED and not s.duty.proof.report
        }
        asked = {
            k for k in left_out | of_forms if duty_terms.asked(owed[k][0], moment) == owed[k][1]
        }
        assert named == asked, moment
        found |= {(c, a, t) for a, those in now.items() for c, t in those}
        before = moment
    assert len(found) == 200


# ---------------------------------------------------------------- one by one


def of(code: str) -> Duty:
    return next(duty for duty in duties.register().duties if duty.code == code)


def standing(engine: Engine, code: str, actor: str, moment: datetime) -> standings.DutyStanding:
    (found,) = [
        s
        for s in standings.matrix(engine, moment=moment)
        if (s.duty.code, s.actor) == (code, actor)
    ]
    return found


def test_a_list_is_there_late_after_its_day_and_missing_until_then(
    warehouse_engine: Engine,
) -> None:
    world = World(warehouse_engine)
    came = datetime(2021, 11, 12, 9, tzinfo=ICT)
    world.file(of("gia-thi-truong"), "so-cong-thuong", came)
    world.write()
    states = {
        day: standing(
            warehouse_engine,
            "gia-thi-truong",
            "so-cong-thuong",
            datetime(2021, 11, day, 8, tzinfo=ICT),
        ).state
        for day in (8, 11, 13)
    }
    assert states == {8: "open", 11: "missing", 13: "late"}


def test_a_file_proves_what_it_holds_for_whom_its_name_says(warehouse_engine: Engine) -> None:
    world, moment = World(warehouse_engine), datetime(2022, 1, 25, tzinfo=ICT)
    world.file(of("danh-sach-ho"), "193", moment - timedelta(days=1), entity="ocop, training")
    world.file(of("vi-dien-tu"), "buu-chinh-viettel", moment - timedelta(days=1))
    world.write()
    expected = {
        ("danh-sach-ho", "193"): "open", ("danh-muc-ocop", "193"): "done", ("danh-muc-ocop", "194"): "open",
        ("vi-dien-tu", "buu-chinh-viettel"): "late", ("vi-dien-tu", "buu-dien-tinh"): "missing",
    }  # fmt: skip
    assert {key: standing(warehouse_engine, *key, moment).state for key in expected} == expected


def test_the_years_targets_are_met_when_all_are(warehouse_engine: Engine) -> None:
    world, moment = World(warehouse_engine), datetime(2021, 12, 9, tzinfo=ICT)
    codes = of("chi-tieu-nam").proof.figures
    assert codes
    world.figures("193", codes, 100)
    world.figures("194", codes[:4], 99)
    world.figures("194", codes[4:], 120)
    world.write()
    ha_long, mong_cai, cam_pha = (
        standing(warehouse_engine, "chi-tieu-nam", unit, moment) for unit in ("193", "194", "195")
    )
    assert (ha_long.state, ha_long.detail) == ("done", "10/10 chỉ tiêu")
    assert (mong_cai.state, mong_cai.detail) == ("open", "6/10 chỉ tiêu")
    assert (cam_pha.state, cam_pha.detail) == ("open", None)


def test_a_document_is_noted_and_proves_its_term(warehouse_engine: Engine) -> None:
    moment = datetime(2021, 11, 20, tzinfo=ICT)
    values = {
        "reference": "12/KH-UBND",
        "dated_on": date(2021, 11, 10),
        "by": "A",
        "moment": moment,
    }
    standings.note(warehouse_engine, "ke-hoach-dia-phuong", "193", "once", **values)
    found = standing(warehouse_engine, "ke-hoach-dia-phuong", "193", moment)
    assert (found.state, found.detail) == ("done", "12/KH-UBND")
    for wrong in (
        ("bao-cao-tuan", "193", "2021-11-18"),
        ("ke-hoach-dia-phuong", "so-tai-chinh", "once"),
        ("ke-hoach-dia-phuong", "193", "2021"),
    ):
        with pytest.raises(ValueError):
            standings.note(warehouse_engine, *wrong, **values)
    with pytest.raises(ValueError, match="number and symbol"):
        standings.note(warehouse_engine, "ke-hoach-dia-phuong", "193", "once", **values | {"reference": " "})  # fmt: skip


def test_what_waits_for_a_server_goes_out_later_unless_it_has_been_done(
    warehouse_engine: Engine,
) -> None:
    moment = datetime(2021, 11, 8, 9, tzinfo=ICT)
    for actor in ("so-cong-thuong", "so-nong-nghiep"):
        locations.add_address(warehouse_engine, address(actor), actor, moment=moment)
    smtp = SmtpServer("127.0.0.1", free_port(), timeout_s=2, accept_timeout_s=5)
    assert duty_mails.remind(warehouse_engine, smtp, moment=moment)["pending"] == 2
    world = World(warehouse_engine)
    for duty, month in (("lich-mua-vu", 11), ("bao-cao-so-nganh", 10)):
        term = duty_terms.parse(of(duty), f"2021-{month}")
        world.prove(of(duty), "so-nong-nghiep", term, moment)
    world.write()
    mails = Scripted()
    with serving(mails, smtp.port):
        later = moment + timedelta(hours=1)
        assert duty_mails.remind(warehouse_engine, smtp, moment=later)["sent"] == 1
        assert "sent" not in duty_mails.remind(warehouse_engine, smtp, moment=later)
    assert [to for to, _mail in mails.taken] == [address("so-cong-thuong")]


def test_who_has_no_address_is_told_once_it_has_one(warehouse_engine: Engine) -> None:
    moment = datetime(2021, 11, 8, 9, tzinfo=ICT)
    smtp = SmtpServer("127.0.0.1", free_port(), timeout_s=2, accept_timeout_s=5)
    found = duty_mails.remind(warehouse_engine, smtp, moment=moment)
    assert found.get("told", 0) == 0 and found["without_address"] > 0
    locations.add_address(warehouse_engine, address("so-cong-thuong"), "so-cong-thuong", moment=moment)  # fmt: skip
    mails = Scripted()
    with serving(mails, smtp.port):
        found = duty_mails.remind(warehouse_engine, smtp, moment=moment)
    assert (found["told"], found["sent"]) == (2, 1)
    ((_to, mail),) = mails.taken
    assert mail["Subject"] == "[Kế hoạch 201/KH-UBND] Nhắc việc – Sở Công Thương"
    body = mail.get_body(("plain",))
    assert body is not None
    assert "tháng 11/2021: hạn 10/11/2021 (hạn do cơ quan đầu mối đặt)" in body.get_content()


def test_the_units_of_the_day_owe_the_forms(warehouse_engine: Engine) -> None:
    form = of("bao-cao-tuan")
    for day, many in ((date(2021, 11, 17), 13), (date(2025, 7, 9), 54)):
        period = periods.week_of(day)
        moment = period.due_at
        term = duty_terms.asked(form, moment)
        assert term is not None
        assert len(list(standings.owing(form, term, moment))) == many
