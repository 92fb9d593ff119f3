"""Who sends what: whose a mail address is."""

from __future__ import annotations

from datetime import datetime
from gettext import gettext as _
from typing import Annotated

import typer

from lensan.cli.commands import Commands
from lensan.cli.shared import AsJson, Home, app, engine_of, show
from lensan.domain.periods import ICT
from lensan.intake import locations

_addresses = Commands(
    help="Whose a mail address is: files mailed from it may only be of that unit.",
)
app.add_typer(_addresses, name="addresses")

Address = Annotated[str, typer.Argument(help="E-mail address.")]


@_addresses.command("list", epilog="Examples: lensan addresses list; lensan addresses list --json")
def list_(home: Home = None, json_: AsJson = False) -> None:
    """All known addresses."""
    show(locations.addresses(engine_of(home)), json_, _("no addresses yet"))


@_addresses.command(
    epilog="Examples: lensan addresses add vhtt@example.vn ha-long; "
    "lensan addresses add kho@example.vn buu-dien-tinh"
)
def add(
    address: Address,
    sender: Annotated[
        str, typer.Argument(help="Unit (code or name, as ha-long) or enterprise (its key).")
    ],
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Say whose an address is; said again, the last word holds."""
    engine = engine_of(home)
    try:
        locations.add_address(engine, address, sender, moment=datetime.now(ICT))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    show(locations.addresses(engine), json_, "")


@_addresses.command(
    epilog="Examples: lensan addresses page vhtt@example.vn; lensan addresses page vhtt@example.vn --off"
)
def page(
    address: Address,
    off: Annotated[bool, typer.Option("--off", help="No longer.")] = False,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Mail the unit's own page of each report to this address, after publication."""
    engine = engine_of(home)
    if not locations.want_page(engine, address, not off):
        raise typer.BadParameter(
            _("{address} is not known; see lensan addresses list").format(address=address)
        )
    show(locations.addresses(engine), json_, "")


@_addresses.command(epilog="Example: lensan addresses remove vhtt@example.vn")
def remove(address: Address, home: Home = None, json_: AsJson = False) -> None:
    """Forget an address: of files mailed from it the heading decides alone."""
    engine = engine_of(home)
    if not locations.remove_address(engine, address):
        raise typer.BadParameter(
            _("{address} is not known; see lensan addresses list").format(address=address)
        )
    show(locations.addresses(engine), json_, _("no addresses left"))
