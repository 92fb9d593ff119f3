"""What goes out: reports, their mails and who gets them."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Mapping, Sequence
from gettext import gettext as _
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from sqlalchemy import Engine

from lensan import warehouse
from lensan.cli.commands import Commands
from lensan.cli.shared import (
    AsJson,
    Home,
    Kind,
    PeriodName,
    app,
    engine_of,
    fail,
    now,
    parse_moment,
    parse_period,
    show,
    smtp_of,
    unit_code,
    who,
)
from lensan.domain.office import PROVINCE
from lensan.domain.periods import Period
from lensan.domain.places import places
from lensan.domain.report_model import Report
from lensan.domain.settings import settings
from lensan.figures import adjusting
from lensan.figures.adjusting import Change
from lensan.mail.delivery import DeliveryPendingError
from lensan.reports import wording

if TYPE_CHECKING:
    from lensan.reports.publishing import Frozen
    from lensan.reports.tracing import Trace


report_app = Commands()
app.add_typer(
    report_app,
    name="report",
    help="Published reports: show, diff, publish, correct, covering report.",
)

Revision = Annotated[
    int | None, typer.Option(help="0, or 1, 2, … for corrections; default: the last.")
]
AsKnownAt = Annotated[
    str | None,
    typer.Option(
        "--as-known-at",
        metavar="MOMENT",
        help="Compute it anew from what had arrived by then, as 2021-11-18T13:00+07:00.",
    ),
]
Unit = Annotated[
    str, typer.Option(help="Code or name of a unit, as 193 or ha-long; 22 is the province.")
]


def _figure_rows(report: Report, unit: str | None) -> list[dict[str, object]]:
    names = dict(wording.places(report))
    return [
        {
            "indicator": figure.indicator,
            "unit": figure.unit,
            "name": names.get(figure.unit, figure.unit),
            **{name: getattr(figure, name) for name in _SHOWN},
        }
        for figure in report.figures
        if unit in (None, figure.unit)
    ]


_SHOWN = (
    "in_period",
    "in_period_2",
    "growth_pct",
    "cumulative",
    "cumulative_2",
    "base",
    "completion_pct",
    "channel",
)


@report_app.command(
    "show",
    epilog="Examples: lensan report show week 2021-11-18; lensan report show week 2021-11-18 "
    "--unit 193 --revision 0; lensan report show month 2021-11 --as-known-at "
    "2021-12-01T08:00+07:00 --out ./then",
)
def report_show(
    kind: Kind,
    period_name: PeriodName,
    unit: Annotated[
        str | None, typer.Option(help="Only this unit; default: the province; all: every one.")
    ] = PROVINCE,
    revision: Revision = None,
    as_known_at: AsKnownAt = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write workbook, PDF and figures.json to.")
    ] = None,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """The figures of a published report, or of one computed as known at a moment."""
    from lensan.reports import building, publishing, rendering

    period = parse_period(kind, period_name)
    unit = None if unit in (None, "all") else unit_code(unit, period.last_day)
    known_at = parse_moment(as_known_at)
    if known_at is not None and revision is not None:
        raise typer.BadParameter(_("--revision and --as-known-at exclude each other"))
    engine = engine_of(home)
    if known_at is not None:
        shown = building.build(engine, period, moment=now(), known_at=known_at)
        files = rendering.render(shown) if out else {}
    else:
        try:
            shown, files = publishing.load(engine, period, revision)
        except LookupError as error:
            fail(
                _("{error}; publish it: lensan report publish {kind} {period_name}").format(
                    error=error, kind=kind, period_name=period_name
                )
            )
    if out:
        out.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (out / name).write_bytes(content)
            if not json_:
                print(out / name)
    show(
        _figure_rows(shown, unit),
        json_,
        _("no figures of unit {unit}").format(unit=unit),
    )


@report_app.command(
    "diff",
    epilog="Examples: lensan report diff week 2021-11-18; "
    "lensan report diff week 2021-11-18 --between 0 1",
)
def report_diff(
    kind: Kind,
    period_name: PeriodName,
    between: Annotated[
        tuple[int, int] | None,
        typer.Option(help="Two revisions; default: the last one and what is known now."),
    ] = None,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """What a published report would say differently now, and which files changed it."""
    from lensan.reports import publishing

    period = parse_period(kind, period_name)
    engine = engine_of(home)
    found: Sequence[Mapping[str, Any]]
    try:
        if between:
            found = publishing.changes_between(engine, period, *between)
        else:
            found = publishing.changes(engine, period, moment=now())
    except LookupError as error:
        fail(str(error))
    if json_:
        show(found, json_, "")
        return
    show([_difference(row) for row in found], json_, _("no differences"))
    if found and not between:
        print(_extent(cast(list[Change], found)))


def _difference(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of publishing.changes as a table shows it: with the unit's name, its files on one line."""
    names = {each["code"]: each["name"] for each in places().units}
    shown = {
        "unit_code": row["unit_code"],
        "unit": names.get(row["unit_code"], _("whole province")),
    }
    shown |= {key: value for key, value in row.items() if key != "unit_code"}
    if "files" in shown:
        shown["by_files"] = "; ".join((shown.pop("files") or "").splitlines())
    return shown


def _extent(found: Sequence[Change]) -> str:
    """How many figures are different, and by which files, in a sentence."""
    extent = adjusting.extent(found)
    text = _(
        "{figures} figures are different now, {of_province} of them of the whole province"
    ).format(figures=extent.figures, of_province=extent.of_province)
    if extent.files:
        text += _("; by: {files}").format(files="; ".join(extent.files))
    return text


@report_app.command("publish", epilog="Example: lensan report publish week 2021-11-18")
def report_publish(
    kind: Kind, period_name: PeriodName, home: Home = None, json_: AsJson = False
) -> None:
    """Publish a report from what is in the warehouse, without mails. One that is published stays as it is."""
    period = parse_period(kind, period_name)
    _show_published(_published(home, period, by=who(), wants_mail=False), json_)


def _published(home: Home, period: Period, *, by: str, wants_mail: bool) -> Frozen:
    """Publish by an operator's word; ends with 1 for a period that is not over."""
    from lensan.operations import obligations

    try:
        return obligations.publish(
            engine_of(home),
            period,
            settings(home).reports,
            how="operator",
            by=by,
            wants_mail=wants_mail,
            moment=now(),
        )
    except (obligations.NotOverError, obligations.NotOfPlanError) as error:
        fail(str(error))


@report_app.command(
    "correct",
    epilog='Example: lensan report correct week 2021-11-18 --reason "Hạ Long sent a corrected workbook"',
)
def report_correct(
    kind: Kind,
    period_name: PeriodName,
    reason: Annotated[str, typer.Option(help="Why; kept with the revision.")],
    by: Annotated[
        str | None, typer.Option(help="Who corrects it; default: the account of this machine.")
    ] = None,
    even_if_same: Annotated[
        bool, typer.Option("--even-if-same", help="Although no figure is different.")
    ] = False,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Publish a correction: the next revision of a published report. It is not mailed by itself."""
    from lensan.reports import publishing

    period = parse_period(kind, period_name)
    engine = engine_of(home)
    try:
        if not json_ and (found := publishing.changes(engine, period, moment=now())):
            print(_extent(found))
        published = publishing.correct(
            engine,
            period,
            settings(home).reports,
            moment=now(),
            reason=reason,
            by=by or who(),
            even_if_same=even_if_same,
        )
    except LookupError as error:
        fail(
            _("{error}; publish it first: lensan report publish {kind} {period_name}").format(
                error=error, kind=kind, period_name=period_name
            )
        )
    if not published.is_new:
        fail(
            _(
                "no figure of {period} is different now; --even-if-same publishes a revision anyway"
            ).format(period=period)
        )
    _show_published(published, json_)


def _show_published(published: Frozen, json_: bool) -> None:
    show(
        [
            {
                "period": published.period,
                "revision": published.revision,
                "new": published.is_new,
                "file": str(path),
            }
            for path in published.files.values()
        ],
        json_,
        "",
    )


@report_app.command(
    "proof", epilog="Example: lensan report proof week 2021-11-18 --to /media/usb/chung-minh"
)
def report_proof(
    kind: Kind,
    period_name: PeriodName,
    to: Annotated[Path, typer.Option("--to", help="An empty folder; made when missing.")],
    revision: Revision = None,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Write all that proves a report's figures without the warehouse: its files, raw files (they hold personal
    data), the rows each figure rests on, and verify.py, which needs Python alone."""
    from lensan.reports import proof, publishing

    period = parse_period(kind, period_name)
    if to.exists() and any(to.iterdir()):
        fail(_("{to} is not empty; name another folder").format(to=to))
    engine = engine_of(home)
    try:
        report, files = publishing.load(engine, period, revision)
        done = proof.pack(engine, period, files, report.revision, settings(home).raw_store, to)
    except LookupError as error:
        fail(str(error))
    show([{"folder": str(to), "root": report.root, **done}], json_, "")
    if not json_:
        print(_("check it: python3 {verifier} {to}").format(verifier=to / "verify.py", to=to))


@report_app.command(
    "covering",
    epilog="Examples: lensan report covering week 2021-11-18 --out DIR; "
    "lensan report covering week 2021-11-18 --out DIR --numbers",
)
def report_covering(
    kind: Kind,
    period_name: PeriodName,
    out: Annotated[Path, typer.Option("--out", help="Folder for the Word file.")],
    revision: Revision = None,
    numbers: Annotated[
        bool, typer.Option("--numbers", help="List each number in it with what it is.")
    ] = False,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Write the covering report (báo cáo bằng lời) of a published report as .docx: what changed and why, who leads,
    who lags, difficulties, proposals; for an officer to edit and sign."""
    from lensan.reports import covering, publishing

    period = parse_period(kind, period_name)
    try:
        report, _files = publishing.load(engine_of(home), period, revision)
    except LookupError as error:
        fail(str(error))
    out.mkdir(parents=True, exist_ok=True)
    path = out / covering.file_name(report)
    path.write_bytes(covering.build(report))
    if not numbers:
        show([{"file": str(path)}], json_, "")
        return
    rows = [
        {
            **dataclasses.asdict(said),
            "trace": f"lensan trace {kind} {period_name} {said.indicator} --unit {said.unit}"
            if said.table == covering.FIGURES
            else "",
        }
        for said in covering.letter(report)[1]
    ]
    show(rows, json_, "")


@app.command(
    epilog="Examples: lensan trace week 2021-11-18 II.3 --unit 193; "
    "lensan trace month 2021-11 III.2 --csv lines.csv --workbook lines.xlsx; "
    "lensan trace week 2021-11-18 III.6 --revision 0 --json",
)
def trace(
    kind: Kind,
    period_name: PeriodName,
    indicator: Annotated[
        str | None,
        typer.Argument(help="As II.3; without one: what can be traced.", metavar="[INDICATOR]"),
    ] = None,
    unit: Unit = PROVINCE,
    revision: Revision = None,
    now_: Annotated[
        bool, typer.Option("--now", help="What would be published now, not what was published.")
    ] = False,
    as_known_at: AsKnownAt = None,
    csv: Annotated[Path | None, typer.Option(help="Write the records to this CSV.")] = None,
    workbook: Annotated[Path | None, typer.Option(help="Write them to this .xlsx.")] = None,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """The records behind a figure, each with its file, sheet and row; as it was when published."""
    from lensan.reports import tracing

    period = parse_period(kind, period_name)
    unit = unit_code(unit, period.last_day) or PROVINCE
    known_at = parse_moment(as_known_at)
    if sum([now_, known_at is not None, revision is not None]) > 1:
        raise typer.BadParameter(_("--revision, --now and --as-known-at exclude each other"))
    if indicator is None:
        _show_traceable(period, json_)
        return
    try:
        traced = tracing.trace(
            engine_of(home),
            period,
            indicator,
            unit=unit,
            revision=revision,
            as_known_now=now_,
            known_at=known_at,
        )
    except LookupError as error:
        fail(str(error.args[0]))
    if csv:
        csv.write_text(tracing.to_csv(traced), encoding="utf-8-sig")
    if workbook:
        workbook.write_bytes(tracing.to_workbook(traced))
    _show_traced(traced, json_)


def _show_traced(traced: Trace, json_: bool) -> None:
    """The records; ends with 1 where they do not add up to the figure."""
    from lensan.reports import tracing

    if not json_:
        print("\n".join([*tracing.heading(traced), ""]))
    show(
        [
            {name: tracing.shown(name, getattr(record, name)) for name in tracing.COLUMNS}
            if not json_
            else dataclasses.asdict(record)
            for record in traced.records
        ],
        json_,
        _("no records"),
    )
    if traced.differences:
        fail(
            _("the records do not add up to the figure: {differences}").format(
                differences="; ".join(traced.differences)
            )
        )


def _show_traceable(period: Period, json_: bool) -> None:
    """What of a report can be traced, and how."""
    from lensan.reports import tracing

    found = tracing.traceable(period)
    show(found, json_, "")
    if not json_:
        print(
            _(
                "trace one of them: lensan trace {kind} {period} {code} [--unit UNIT]; units: {units}"
            ).format(
                kind=period.kind,
                period=period.name,
                code=found[0]["indicator"],
                units=", ".join(tracing.units(period)),
            )
        )


@app.command(
    epilog='Examples: lensan release week 2021-11-18 --by "Nguyễn Văn A"; '
    'lensan release week 2021-11-18 --by "Nguyễn Văn A" --not-yet "chờ sàn gửi lại tệp"',
)
def release(
    kind: Kind,
    period_name: PeriodName,
    by: Annotated[str, typer.Option(help="Who releases it; kept with the report.")],
    mail: Annotated[bool, typer.Option(help="Mail it to its recipients, too.")] = True,
    not_yet: Annotated[
        str | None,
        typer.Option(
            metavar="REASON",
            help="Do not release it: note why not yet. At the automatic release it goes out.",
        ),
    ] = None,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Release a report now: publish it from what there is, and mail it once per recipient."""
    from lensan.operations import obligations

    period = parse_period(kind, period_name)
    engine = engine_of(home)
    if not_yet:
        if obligations.standing(engine, period).is_published:
            fail(_("{period} is published already").format(period=period))
        obligations.not_yet(engine, period, by=by, reason=not_yet, moment=now())
        show([{"report": str(period), "not_yet": not_yet, "by": by}], json_, "")
        return
    _show_published(_published(home, period, by=by, wants_mail=mail), json_)
    _close_question(home, period)
    if mail:
        try:
            obligations.deliver(engine, period, smtp_of(home), moment=now())
        except DeliveryPendingError as error:
            fail(
                _(
                    "{error}; the watchdog goes on trying, see: lensan deliver list {kind} {period_name}"
                ).format(error=error, kind=kind, period_name=period_name)
            )


def _close_question(home: Home, period: Period) -> None:
    """Close the question of a run that waits for this release in the Airflow of the home, where that is up; the
    report is out whether or not that succeeds."""
    from lensan.operations import report_runs
    from lensan.operations.running import airflow_api, airflow_home, airflow_services, processes

    ours = settings(home)
    port = processes.read_json(ours.run / "ports" / "up.json").get("api")
    if not port or not all(airflow_services.status(ours).values()):
        return
    try:
        api = airflow_api.entered(ours, {"AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}"})
        subject = report_runs.QUESTION.format(period=period.name)
        airflow_api.answer_question(api, f"{period.kind}ly_report", subject, report_runs.RELEASE)
    except (OSError, airflow_home.AirflowError) as error:
        print(
            _("a question under Required Actions may still be open: {error}").format(error=error),
            file=sys.stderr,
        )


deliver_app = Commands()
app.add_typer(deliver_app, name="deliver", help="The mails of a report: list, resend, confirm.")
Recipient = Annotated[str, typer.Argument(help="Address of the recipient.", metavar="RECIPIENT")]


@deliver_app.command("list", epilog="Example: lensan deliver list week 2021-11-18")
def deliver_list(
    kind: Kind, period_name: PeriodName, home: Home = None, json_: AsJson = False
) -> None:
    """The mails of a report with their states."""
    period = parse_period(kind, period_name)
    with engine_of(home).begin() as connection:
        found = warehouse.rows(
            connection, "cli/runs/deliveries", report_kind=period.kind, period=period.name
        )
    show(found, json_, _("no mail of {period} has been queued").format(period=period))


@deliver_app.command(
    "resend", epilog="Example: lensan deliver resend week 2021-11-18 lanh-dao@example.vn"
)
def deliver_resend(
    kind: Kind,
    period_name: PeriodName,
    recipient: Recipient,
    revision: Revision = None,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Mail a report again to one recipient, whatever became of the first mail."""
    from lensan.mail import delivery
    from lensan.operations import obligations

    period, engine, report = _delivered(kind, period_name, revision, home)
    if not delivery.resend(engine, report, recipient, moment=now(), by=who()):
        fail(
            _(
                "{recipient} is no recipient of {period}; see: lensan deliver list {kind} {period_name}"
            ).format(recipient=recipient, period=period, kind=kind, period_name=period_name)
        )
    # Not obligations.deliver: that mails the last revision, to everybody.
    obligations.send_pending(engine, period, report.revision, smtp_of(home), moment=now())
    found = [row for row in delivery.states(engine, report) if row["recipient"] == recipient]
    if any(row["state"] == "pending" for row in found):
        fail(
            _("the mail of {period} to {recipient} is still pending: {last_error}").format(
                period=period, recipient=recipient, last_error=found[0]["last_error"]
            )
        )
    show(found, json_, "")


@deliver_app.command(
    "confirm", epilog="Example: lensan deliver confirm week 2021-11-18 lanh-dao@example.vn"
)
def deliver_confirm(
    kind: Kind,
    period_name: PeriodName,
    recipient: Recipient,
    revision: Revision = None,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Note that a mail whose outcome was unknown has arrived, as the recipient said."""
    from lensan.mail import delivery

    period, engine, report = _delivered(kind, period_name, revision, home)
    if not delivery.confirm(engine, report, recipient, moment=now(), by=who()):
        fail(
            _("no mail of {period} to {recipient} has an unknown outcome").format(
                period=period, recipient=recipient
            )
        )
    show(
        [row for row in delivery.states(engine, report) if row["recipient"] == recipient], json_, ""
    )


def _delivered(
    kind: str, period_name: str, revision: int | None, home: Path | None
) -> tuple[Period, Engine, Report]:
    from lensan.reports import publishing

    period, engine = parse_period(kind, period_name), engine_of(home)
    try:
        return period, engine, publishing.load(engine, period, revision)[0]
    except LookupError as error:
        fail(str(error))


@app.command(
    epilog="Examples: lensan recipients; lensan recipients --add lanh-dao@example.vn --kind week"
)
def recipients(
    add: Annotated[str | None, typer.Option(help="Address to add.")] = None,
    remove: Annotated[str | None, typer.Option(help="Address that gets no more mail.")] = None,
    kind: Annotated[str, typer.Option(help="week, month or alarm.")] = "week",
    role: Annotated[str, typer.Option(help="to, cc or bcc.")] = "to",
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Who gets which report by mail."""
    from lensan.mail import recipients

    engine = engine_of(home)
    try:
        if add:
            recipients.add(engine, kind, role, add, by=who())
        if remove and not recipients.remove(engine, kind, remove, by=who()):
            raise typer.BadParameter(
                _("{remove} gets no {kind} report").format(remove=remove, kind=kind)
            )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    show(recipients.listed(engine), json_, _("no recipients yet"))
