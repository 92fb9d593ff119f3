"""Difficulties that units and others tell: the register, and the answers that go back."""

from __future__ import annotations

from gettext import gettext as _
from typing import Annotated

import typer

from lensan.cli.commands import Commands
from lensan.cli.shared import AsJson, Home, app, engine_of, fail, now, show, smtp_of, who

_difficulties = Commands(help="Difficulties that were told: list, add, sort, answer.")
app.add_typer(_difficulties, name="difficulties")

Number = Annotated[int, typer.Argument(help="Number, as in the list.", metavar="NUMBER")]
Theme = Annotated[
    str | None,
    typer.Option(
        help="training, stall, payment, delivery, certificate, market, funds, system or other."
    ),
]


@_difficulties.command(
    "list", epilog="Examples: lensan difficulties list; lensan difficulties list --open --json"
)
def list_(
    only_open: Annotated[bool, typer.Option("--open", help="Only what was not answered.")] = False,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """What was told, open ones first; what people wrote may name people."""
    from lensan.units import difficulties

    engine = engine_of(home)
    difficulties.collect(engine)
    with engine.begin() as connection:
        found = difficulties.listed(connection, moment=now())
    columns = (
        "difficulty_id", "actor", "name", "told_at", "days", "theme", "owner", "said", "answer", "answered_at",
    )  # fmt: skip
    rows = [
        {key: row[key] for key in columns}
        for row in found
        if not only_open or row["answered_at"] is None
    ]
    show(rows, json_, _("nobody has told a difficulty"))


@_difficulties.command(
    epilog='Example: lensan difficulties add 193 "Chưa có máy đọc mã truy xuất" --theme certificate'
)
def add(
    actor: Annotated[str, typer.Argument(help="A unit's code or an actor's key.", metavar="ACTOR")],
    said: Annotated[str, typer.Argument(help="What was told; no names of people.", metavar="TEXT")],
    theme: Theme = None,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Enter what somebody told by telephone, mail or letter."""
    from lensan.units import difficulties

    try:
        number = difficulties.add(engine_of(home), actor, said, theme=theme, by=who(), moment=now())
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    show([{"difficulty_id": number, "actor": actor}], json_, "")


@_difficulties.command(
    epilog="Example: lensan difficulties sort 1 --theme market --owner so-cong-thuong"
)
def sort(
    number: Number,
    theme: Theme = None,
    owner: Annotated[
        str | None, typer.Option(help="Who sees to it: an actor's key, as so-cong-thuong.")
    ] = None,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Say what a difficulty is about, and who sees to it."""
    from lensan.units import difficulties

    try:
        difficulties.sort(engine_of(home), number, theme=theme, owner=owner, by=who(), moment=now())
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    except LookupError as error:
        fail(str(error.args[0]))
    show([{"difficulty_id": number, "theme": theme, "owner": owner}], json_, "")


@_difficulties.command(
    epilog='Example: lensan difficulties answer 1 "Sở đã cấp máy cho ba xã, xem công văn 12" --send'
)
def answer(
    number: Number,
    text: Annotated[str, typer.Argument(help="The answer.", metavar="TEXT")],
    send: Annotated[
        bool, typer.Option("--send", help="Mail it to the addresses of who told it.")
    ] = False,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Answer a difficulty; with --send the answer goes back to who told it."""
    from lensan.units import difficulties

    engine, moment = engine_of(home), now()
    try:
        difficulties.answer(engine, number, text, by=who(), moment=moment)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    except LookupError as error:
        fail(str(error.args[0]))
    sent = difficulties.send(engine, smtp_of(home), number, moment=moment) if send else {}
    states = ", ".join(f"{state}: {many}" for state, many in sorted(sent.items()))
    show([{"difficulty_id": number, "mails": states or None}], json_, "")
    if set(sent) - {"sent"}:
        fail(_("not all of it has gone out; see: lensan notices list --kind difficulty"))
