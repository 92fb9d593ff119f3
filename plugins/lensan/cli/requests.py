"""The register of what persons ask about their data, and the copy for the person."""

from __future__ import annotations

from gettext import gettext as _
from pathlib import Path
from typing import Annotated

import typer

from lensan.cli.commands import Commands
from lensan.cli.shared import AsJson, Home, app, engine_of, fail, now, parse_day, show, who
from lensan.privacy import copying, people
from lensan.privacy import requests as register

_requests = Commands(
    help="What persons ask about their data (Law 91/2025/QH15): the register with its terms, the copy for the person.",
    epilog="Examples: lensan requests list; lensan requests add erase --reference 'đơn số 12/2026' --received 2026-03-02",
)
app.add_typer(_requests, name="requests")

RequestId = Annotated[
    int, typer.Argument(metavar="ID", help="Number of the request, from the list.")
]
COLUMNS = (
    "request_id", "label", "reference", "received_on", "next_on", "days_left", "due_on", "acknowledged_at",
    "answered_at", "outcome",
)  # fmt: skip


def _show(home: Path | None, json_: bool, *, with_answered: bool = False) -> None:
    rows = register.listed(engine_of(home), with_answered=with_answered, moment=now())
    empty = _("the register is empty") if with_answered else _("no request waits for an answer")
    show(rows if json_ else [{name: row[name] for name in COLUMNS} for row in rows], json_, empty)


@_requests.command(
    "list", epilog="Examples: lensan requests list; lensan requests list --all --json"
)
def list_(
    all_: Annotated[bool, typer.Option("--all", help="Also what was answered.")] = False,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Requests that wait, what is due first at the top: next_on is the next term, days_left the days until then."""
    _show(home, json_, with_answered=all_)


@_requests.command(
    epilog="Examples: lensan requests add erase --reference 'đơn số 12/2026' --received 2026-03-02; "
    "lensan requests add copy --reference 'thư 40/2026'"
)
def add(
    kind: Annotated[
        str, typer.Argument(help="access, rectify, copy, withdraw, restrict, object or erase.")
    ],
    reference: Annotated[
        str,
        typer.Option(help="The office's file with the person's papers; no name. Kept for ever."),
    ],
    received: Annotated[
        str | None, typer.Option(help="Day it came, as 2026-03-02; default: today.")
    ] = None,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Enter a request; the terms are the law's."""
    moment = now()
    day = parse_day(received) if received else moment.date()
    engine = engine_of(home)
    try:
        register.add(engine, kind, reference=reference, received_on=day, by=who(), moment=moment)
    except register.RequestError as error:
        raise typer.BadParameter(str(error)) from error
    _show(home, json_)


@_requests.command(epilog="Example: lensan requests acknowledge 1")
def acknowledge(request_id: RequestId, home: Home = None, json_: AsJson = False) -> None:
    """Note that the person was told that the request has come and how it goes on."""
    try:
        register.acknowledge(engine_of(home), request_id, by=who(), moment=now())
    except register.RequestError as error:
        fail(str(error))
    _show(home, json_)


@_requests.command(epilog="Example: lensan requests extend 1 --reason 'phải hỏi hai sàn'")
def extend(
    request_id: RequestId,
    reason: Annotated[str, typer.Option(help="Why, as told to the person; no name.")],
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Extend the term, once, after the person was told why."""
    try:
        register.extend(engine_of(home), request_id, reason=reason, by=who(), moment=now())
    except register.RequestError as error:
        fail(str(error))
    _show(home, json_)


@_requests.command(
    epilog="Examples: lensan requests answer 1 --outcome done --answer 'đã xóa, công văn 15/2026'; "
    "lensan requests answer 2 --outcome refused --answer 'không xác định được người yêu cầu'"
)
def answer(
    request_id: RequestId,
    outcome: Annotated[str, typer.Option(help="done or refused.")],
    text: Annotated[str, typer.Option("--answer", help="What was done, or why not; no name.")],
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Note that it was done or refused, and that the person was told."""
    try:
        register.answer(
            engine_of(home), request_id, outcome=outcome, text=text, by=who(), moment=now()
        )
    except register.RequestError as error:
        fail(str(error))
    _show(home, json_)


@_requests.command(
    epilog="Examples: lensan requests copy 1 --phone 0912345678 --to ban-sao.xlsx; "
    "lensan requests copy 1 --producer 42 --to ban-sao.xlsx"
)
def copy(
    request_id: RequestId,
    to: Annotated[Path, typer.Option("--to", help="Workbook to write, for the person.")],
    paper_number: Annotated[
        str | None, typer.Option(help="CCCD, CMND or MST of the person.")
    ] = None,
    phone: Annotated[str | None, typer.Option(help="Phone of the person.")] = None,
    producer: Annotated[int | None, typer.Option(help="Number of the producer.")] = None,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Write all that is stored of the person who asks into a workbook. Check first that it is the person who asks."""
    engine = engine_of(home)
    try:
        person = people.find(engine, paper_number=paper_number, phone=phone, producer_id=producer)
        if to.exists():
            fail(_("{to} is there already; name another file").format(to=to))
        rows = copying.write(engine, person, to, moment=now())
        register.copied(engine, request_id, rows=rows, by=who(), moment=now())
    except register.RequestError as error:
        to.unlink(missing_ok=True)
        fail(str(error))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    except people.UnknownPersonError as error:
        fail(str(error))
    show([{"file": str(to), "rows": rows}], json_, "")
