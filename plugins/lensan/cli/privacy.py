"""A person is forgotten."""

from __future__ import annotations

from gettext import gettext as _
from typing import Annotated

import typer
from sqlalchemy import Engine

from lensan.cli.shared import AsJson, Home, app, engine_of, fail, now, show, who
from lensan.domain.settings import settings
from lensan.privacy import forgetting, people
from lensan.producers import history
from lensan.units import form_scans


@app.command(
    epilog="Examples: lensan forget --paper-number 022099001234; "
    "lensan forget --phone 0912345678 --reason 'đơn ngày 02/12/2021' --yes; lensan forget --list; lensan forget --scans"
)
def forget(
    paper_number: Annotated[
        str | None, typer.Option(help="CCCD, CMND or MST of the person.")
    ] = None,
    phone: Annotated[str | None, typer.Option(help="Phone of the person.")] = None,
    producer: Annotated[int | None, typer.Option(help="Number of the producer.")] = None,
    reason: Annotated[
        str | None, typer.Option(help="Why: the request, without names. Kept in the audit.")
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do it. Without it only what would be done is shown.")
    ] = False,
    list_: Annotated[bool, typer.Option("--list", help="Who was forgotten, by pseudonym.")] = False,
    scan: Annotated[
        int | None, typer.Option(help="Number of a scan of a signed form: only it is taken away.")
    ] = None,
    scans: Annotated[
        bool, typer.Option("--scans", help="The scans that are kept. Pictures: a person must look.")
    ] = False,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Replace a person's names, phones and papers by pseudonyms, in core, raw rows, quarantine and raw
    files. Figures, published reports and the audit stay. There is no way back.

    Files in the landing root and in old backups are not touched: remove the person there. Scans of signed forms
    are pictures that cannot be searched: look at them on the board, take one away with --scan.
    """
    engine = engine_of(home)
    if list_:
        show(forgetting.listed(engine), json_, _("nobody was forgotten"))
        return
    if scans:
        show(form_scans.listed(engine), json_, _("no scan is kept"))
        return
    if scan is not None:
        _take_away(engine, scan, reason, yes=yes, json_=json_)
        return
    try:
        person = people.find(engine, paper_number=paper_number, phone=phone, producer_id=producer)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    except people.UnknownPersonError as error:
        fail(str(error))
    if not yes:
        show([forgetting.preview(engine, settings(home).raw_store, person)], json_, "")
        if not json_:
            print(_("nothing was changed; to do it, add: --reason TEXT --yes"))
        return
    done = forgetting.forget(
        engine, settings(home).raw_store, person, by=who(), reason=_said(reason), moment=now()
    )
    history.resolve(engine, moment=now())
    show([done], json_, "")


def _take_away(engine: Engine, scan: int, reason: str | None, *, yes: bool, json_: bool) -> None:
    found = form_scans.listed(engine, scan)
    if not found:
        fail(_("there is no scan {number}; see lensan forget --scans").format(number=scan))
    if yes:
        form_scans.remove(engine, scan, by=who(), reason=_said(reason), moment=now())
    show(found, json_, "")
    if not json_:
        told = _("scan {number} is gone; its form and the figures stay").format(number=scan)
        print(told if yes else _("nothing was changed; to do it, add: --reason TEXT --yes"))


def _said(reason: str | None) -> str:
    if not reason or not reason.strip():
        raise typer.BadParameter(_("say why: --reason TEXT (without names; it is kept)"))
    return reason
