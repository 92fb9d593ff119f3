"""A person is forgotten."""

from __future__ import annotations

from gettext import gettext as _
from typing import Annotated

import typer

from lensan.cli.shared import AsJson, Home, app, engine_of, fail, now, show, who
from lensan.domain.settings import settings
from lensan.privacy import forgetting, people
from lensan.producers import history


@app.command(
    epilog="Examples: lensan forget --paper-number 022099001234; "
    "lensan forget --phone 0912345678 --reason 'đơn ngày 02/12/2021' --yes; lensan forget --list"
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
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Replace a person's names, phones and papers by pseudonyms, in core, raw rows, quarantine and raw
    files. Figures, published reports and the audit stay. There is no way back.

    Files in the landing root and in old backups are not touched: remove the person there.
    """
    engine = engine_of(home)
    if list_:
        show(forgetting.listed(engine), json_, _("nobody was forgotten"))
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
    if not reason or not reason.strip():
        raise typer.BadParameter(_("say why: --reason TEXT (without names; it is kept)"))
    done = forgetting.forget(
        engine, settings(home).raw_store, person, by=who(), reason=reason, moment=now()
    )
    history.resolve(engine, moment=now())
    show([done], json_, "")
