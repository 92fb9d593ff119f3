"""Alerts of a glut go out: to the unit that harvests and to whoever the plan names, once each; they stand on the board
until a report no longer gives them, and are closed with what came.

What is told is what the published weekly report says, to the number. The forecast: lensan.forecast; the rule:
docs/rules/forecast.md#alerts-go-out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from email.message import EmailMessage
from gettext import gettext as _
from typing import Any, Literal

from sqlalchemy import Connection, Engine

from lensan import warehouse
from lensan.domain import contracts, duties, periods, values
from lensan.domain.duties import UNITS
from lensan.domain.periods import ICT, Period
from lensan.domain.report_model import Report
from lensan.forecast import forecasting, judging
from lensan.forecast.history import WEEK_DAYS, History
from lensan.forecast.replay import Alert
from lensan.intake import locations
from lensan.mail import ledger, letter, templates
from lensan.mail.transport import Transport
from lensan.reports import revisions
from lensan.units import phrases, post, promise_form
from lensan.units.duties import actor_name
from lensan.warehouse import audit

KIND = "glut"
SHEET, WEEKS = "season_forecast", "season_weeks"
LONGEST = 500
MOST = 1_000_000
"""Tonnes that nobody promises."""
Outcome = Literal["glut", "none", "unknown"]


def read(engine: Engine, period: Period, *, moment: datetime) -> list[int]:
    """Take the alerts of a published weekly report into the register, and close those that it no longer gives;
    returns the numbers of those that are new. ``moment`` (aware) is now.

    Safe to repeat: a report's alerts are read once; those of an earlier week than was read last are left alone.
    Raises LookupError where nothing was published.
    """
    with engine.begin() as connection:
        revision = revisions.find(connection, period, None).number
        this = {"period": period.name, "revision": revision}
        if warehouse.scalar(connection, "units/glut_alerts/is_read", **this):
            return []
        report = revisions.frozen_report(connection, period, revision)
        given = [row for row in report.tables[SHEET].records() if row["warned_on"]]
        before = {row["alert_id"]: row for row in warehouse.rows(connection, "units/glut_alerts/listed")}  # fmt: skip
        for number, product in _spelled_otherwise(before.values(), given):
            warehouse.run(connection, "units/glut_alerts/rename", alert_id=number, product=product)
        standing = [
            int(
                warehouse.scalar(connection, "units/glut_alerts/note", **this, **row, moment=moment)
            )
            for row in given
        ]
        _note_weeks(connection, report, given, standing)
        over = [
            row for number, row in before.items() if not row["closed_at"] and number not in standing
        ]
        for row, outcome in _outcomes(connection, period, over):
            warehouse.run(
                connection,
                "units/glut_alerts/close",
                alert_id=row["alert_id"],
                outcome=outcome,
                moment=moment,
            )
        warehouse.run(connection, "units/glut_alerts/read", **this, moment=moment)
    return [number for number in standing if number not in before]


def _spelled_otherwise(
    before: Iterable[dict[str, Any]], given: Sequence[dict[str, Any]]
) -> Iterator[tuple[int, str]]:
    """Alerts of which a report writes the product's name in other letters, as the calendar does now."""
    numbers = {_key(row["unit_code"], row): (row["alert_id"], row["product"]) for row in before}
    for row in given:
        number, product = numbers.get(_key(row["unit"], row), (0, row["product"]))
        if product != row["product"]:
            yield number, row["product"]


def _key(unit: str, row: dict[str, Any]) -> tuple[str, str | None, date]:
    return unit, values.norm(row["product"]), row["warned_on"]


def _note_weeks(
    connection: Connection, report: Report, given: Sequence[dict[str, Any]], numbers: Sequence[int]
) -> None:
    """The weeks ahead as the report's charts say them; reports of before there were charts say none."""
    table = report.tables.get(WEEKS)
    number_of = {
        (row["unit"], row["product"]): number for row, number in zip(given, numbers, strict=True)
    }
    for number in numbers:
        warehouse.run(connection, "units/glut_alerts/clear_weeks", alert_id=number)
    rows = [
        row | {"alert_id": number_of[row["unit"], row["product"]]}
        for row in (table.records() if table else ())
    ]
    warehouse.insert_rows(connection, "units/glut_alerts/note_week", rows)


def weeks(engine: Engine) -> dict[int, list[dict[str, Any]]]:
    """Number of each alert that stands → its weeks ahead, as the last report said: tonnes a week."""
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    with engine.begin() as connection:
        for row in warehouse.rows(connection, "units/glut_alerts/weeks"):
            found[row["alert_id"]].append(row)
    return dict(found)


def _outcomes(
    connection: Connection, period: Period, over: Sequence[dict[str, Any]]
) -> Iterator[tuple[dict[str, Any], Outcome]]:
    """Whether the market's prices showed a glut in the weeks of which an alert spoke."""
    if not over:
        return
    replay = forecasting.replay_of(connection, period)
    series = replay.history.series
    place = {key: at for at, key in enumerate(zip(series["unit"], series["product"], strict=True))}
    came = judging.seen(replay.now)
    told = {(each.series, replay.history.edge(each.given)): each for each in replay.alerts()}
    for row in over:
        at = place.get((row["unit_code"], values.norm(row["product"])), -1)
        alert = told.get((at, row["warned_on"]))
        if alert is None:
            yield row, "unknown"
            continue
        is_borne_out = any(
            glut.series == at and glut.first <= alert.last_week and glut.last >= alert.given
            for glut in came
        )
        yield row, "glut" if is_borne_out else "none"


def listed(engine: Engine) -> list[dict[str, Any]]:
    """The register, alerts that stand first, the nearest peak first: each with ``asked``, who is to act (keys), and
    ``answers``, who has taken it in hand, and ``promised``: what the enterprises promise together."""
    with engine.begin() as connection:
        rows = warehouse.rows(connection, "units/glut_alerts/listed")
        answers = warehouse.rows(connection, "units/glut_alerts/answers")
    for row in rows:
        row["asked"] = list(_asked(row["unit_code"]))
        row["answers"] = [each for each in answers if each["alert_id"] == row["alert_id"]]
        row["promised"] = Promise(
            *(_sum(row["answers"], name) for name in ("storage_tonnes", "transport_tonnes"))
        )
    return rows


def _sum(answers: Sequence[dict[str, Any]], name: str) -> Decimal | None:
    known = [each[name] for each in answers if each[name] is not None]
    return sum(known, Decimal(0)) if known else None


def given(engine: Engine, history: History) -> list[Alert]:
    """The register's alerts at the edges of a history, those of its series."""
    series = history.series
    place = {key: at for at, key in enumerate(zip(series["unit"], series["product"], strict=True))}

    def edge(day: date) -> int:
        return (day - history.first_edge).days // WEEK_DAYS

    return [
        Alert(
            place[row["unit_code"], values.norm(row["product"])],
            edge(row["warned_on"]),
            edge(row["closed_at"].astimezone(ICT).date()) if row["closed_at"] else None,
        )
        for row in listed(engine)
        if (row["unit_code"], values.norm(row["product"])) in place
    ]


def readiness(engine: Engine, on: date) -> dict[int, tuple[int, int]]:
    """Number of each alert that stands → products of it that the unit's stalls sell on the platforms on a day, and how
    many stalls those are: what is not on a platform cannot be sold there before the peak."""
    with engine.begin() as connection:
        warehouse.run(connection, "forecast/reading/units_on", last_day=on)
        rows = warehouse.rows(connection, "units/glut_alerts/readiness", today=on)
    return {row["alert_id"]: (row["listings"], row["stalls"]) for row in rows}


def _asked(unit: str) -> dict[str, str]:
    """Who is to act on an alert of a unit: key → what to do, as within a sentence."""
    return {
        unit if actor == UNITS else actor: duty.does
        for duty in duties.register().on_glut
        for actor in duty.actors
    }


@dataclass(frozen=True)
class Promise:
    """What an enterprise promises: storage for so many tonnes, transport of so many a week; None: nothing said."""

    storage: Decimal | None = None
    transport: Decimal | None = None

    @property
    def is_made(self) -> bool:
        """Whether anything is promised."""
        return self.storage is not None or self.transport is not None


NO_PROMISE = Promise()


def enterprises() -> frozenset[str]:
    """Keys of the enterprises, which alone store and carry."""
    return frozenset(key for each in contracts.contracts().values() for key in each.enterprises)


def acknowledge(
    engine: Engine,
    number: int,
    actor: str,
    said: str,
    promise: Promise = NO_PROMISE,
    *,
    by: str,
    moment: datetime,
) -> None:
    """Note that somebody who was asked has taken an alert in hand, with what is being done and what an enterprise
    promises; the last word holds, and a promise of which nothing is said stays. Raises LookupError for a number that
    is none, ValueError for an actor who was not asked, a text too long, or a promise of nobody who stores and
    carries."""
    said = said.strip()
    found = next((row for row in listed(engine) if row["alert_id"] == number), None)
    if found is None:
        raise LookupError(_("there is no alert {number}").format(number=number))
    if actor not in found["asked"]:
        raise ValueError(
            _("{actor!r} is not asked to act on it; those are {asked}").format(
                actor=actor, asked=", ".join(found["asked"])
            )
        )
    if len(said) > LONGEST:
        raise ValueError(_("a text of at most {most} letters is wanted").format(most=LONGEST))
    if promise.is_made and actor not in enterprises():
        raise ValueError(_("only the enterprises promise storage and transport"))
    if any(each is not None and not 0 <= each <= MOST for each in (promise.storage, promise.transport)):  # fmt: skip
        raise ValueError(_("tonnes from 0 to {most} are wanted").format(most=MOST))
    named = {"alert_id": number, "actor": actor}
    with engine.begin() as connection:
        warehouse.run(
            connection,
            "units/glut_alerts/answer",
            **named,
            said=said,
            by=by,
            moment=moment,
            storage=promise.storage,
            transport=promise.transport,
        )
        audit.record(
            connection,
            actor=by,
            action="glut.acknowledge",
            subject=str(number),
            detail={"actor": actor}
            | {
                name: str(tonnes)
                for name, tonnes in (("storage", promise.storage), ("transport", promise.transport))
                if tonnes is not None
            },
            moment=moment,
        )


def send(
    engine: Engine, smtp: Transport, *, moment: datetime, board: str | None = None
) -> dict[str, int]:
    """Mail the alerts that stand to the addresses of whoever is asked to act: one mail an actor of all that one
    report gave first; returns mails by state of those that were not settled before. ``board``: its address as others
    reach it; an enterprise's mail bears the link of its form then.

    Safe to repeat: what was sent is not sent again; an address that comes while an alert stands gets it too.
    """
    found: Counter[str] = Counter()
    known: dict[str, list[str]] = defaultdict(list)
    for row in locations.addresses(engine):
        known[row["sender"]].append(row["address"])
    mails: dict[tuple[str, str, int], list[dict[str, Any]]] = defaultdict(list)
    for row in listed(engine):
        if row["closed_at"] is None:
            for actor in row["asked"]:
                mails[actor, row["period"], row["revision"]].append(row)
    for (actor, period, revision), alerts in mails.items():
        fact = ledger.fact_of(KIND, actor, period, revision)
        waiting = post.waiting(engine, fact, known.get(actor, ()))
        if not waiting:
            continue
        link = (
            promise_form.address(engine, board, actor, moment=moment)
            if board and actor in enterprises()
            else None
        )
        message = _message(actor, alerts, fact, link)
        for address in waiting:
            found[post.send(engine, smtp, KIND, fact, address, message, moment)] += 1
    return dict(found)


def _message(
    actor: str, alerts: Sequence[dict[str, Any]], fact: str, link: str | None
) -> EmailMessage:
    period = periods.parse("week", alerts[0]["period"])
    office = letter.office_at(alerts[0]["noted_at"])
    on = alerts[0]["noted_at"].astimezone(ICT).date()
    facts = {
        "actor": actor_name(actor, on),
        "report": f"tuần đến hết ngày {period.last_day:%d/%m/%Y}",
        "alerts": [row | {"unit": phrases.sender_name(row["unit_code"])} for row in alerts],
        "link": link,
        "does": _asked(alerts[0]["unit_code"])[actor],
        "others": duties.sentence(duties.register().on_glut),
        "office": office.office,
    }
    mail = EmailMessage()
    products = ", ".join(dict.fromkeys(row["product"] for row in alerts))
    mail["Subject"] = f"[Cảnh báo ùn ứ] {products}"
    mail.set_content(templates.render("glut_mail.txt", facts))
    mail.add_alternative(templates.render("glut_mail.html", facts), subtype="html")
    letter.set_boundaries(mail, fact.replace("|", "."))
    return mail
