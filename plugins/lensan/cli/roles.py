"""The warehouse itself: who may read it, who did what."""

from __future__ import annotations

from gettext import gettext as _
from typing import Annotated

import typer

from lensan import warehouse
from lensan.cli.commands import Commands
from lensan.cli.shared import AsJson, Home, app, engine_of, fail, now, show, who
from lensan.warehouse import audit

_roles = Commands(
    help="Who may read what: the roles lensan_etl, lensan_analyst and lensan_steward.",
)
app.add_typer(_roles, name="roles")
_audit = Commands(
    help="Who did what: the acts in ops.audit, each chained by hash to the last.",
)
app.add_typer(_audit, name="audit")

User = Annotated[str, typer.Argument(help="A login of the server, made by its administrator.")]
Role = Annotated[str, typer.Argument(help="lensan_analyst, lensan_steward or lensan_etl.")]


@_roles.command(epilog="Example: lensan roles apply")
def apply(home: Home = None, json_: AsJson = False) -> None:
    """Create the roles where they are missing and set their rights anew."""
    engine = engine_of(home)
    with engine.begin() as connection:
        if not warehouse.may_manage_roles(connection):
            fail(warehouse.ROLES_REFUSED)
        warehouse.apply_roles(connection)
        show(warehouse.rows(connection, "cli/roles/role_members"), json_, "")


@_roles.command("list", epilog="Example: lensan roles list --json")
def roles_list(home: Home = None, json_: AsJson = False) -> None:
    """The roles and their members."""
    with engine_of(home).begin() as connection:
        show(
            warehouse.rows(connection, "cli/roles/role_members"),
            json_,
            _("run: lensan roles apply"),
        )


@_roles.command(epilog="Example: lensan roles grant an.nguyen lensan_analyst")
def grant(user: User, role: Role, home: Home = None, json_: AsJson = False) -> None:
    """Make a login of the server a member of a role. Logins and passwords are the server's affair."""
    _change_member("role.grant", user, role, home, json_)


@_roles.command(epilog="Example: lensan roles revoke an.nguyen lensan_analyst")
def revoke(user: User, role: Role, home: Home = None, json_: AsJson = False) -> None:
    """End a membership."""
    _change_member("role.revoke", user, role, home, json_)


def _change_member(action: str, user: str, role: str, home: Home, json_: bool) -> None:
    if role not in warehouse.ROLES:
        raise typer.BadParameter(
            _("{role} is none of {roles}").format(role=role, roles=", ".join(warehouse.ROLES))
        )
    with engine_of(home).begin() as connection:
        for name, what in (
            (role, _("run: lensan roles apply")),
            (user, _("its administrator makes it")),
        ):
            if not warehouse.scalar(connection, "cli/roles/role_exists", member=name):
                fail(_("the server knows no role {name}; {what}").format(name=name, what=what))
        warehouse.change_member(connection, role, user, member=action == "role.grant")
        audit.record(
            connection,
            actor=who(),
            action=action,
            subject=role,
            detail={"user": user},
            moment=now(),
        )
        show(warehouse.rows(connection, "cli/roles/role_members"), json_, "")


@_audit.command("list", epilog="Examples: lensan audit list; lensan audit list --after 40 --json")
def audit_list(
    after: Annotated[int, typer.Option(help="Only acts after this number.")] = 0,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """The acts, oldest first."""
    show(audit.acts(engine_of(home), after=after), json_, _("no acts yet"))


@_audit.command(epilog="Examples: lensan audit verify; lensan audit verify --noted 5f1c…")
def verify(
    noted: Annotated[
        str | None, typer.Option(help="A head noted earlier (by this command, or in a backup).")
    ] = None,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Check the chain; exit status 1 where an act was changed or taken out."""
    engine = engine_of(home)
    broken = audit.verify(engine, noted=noted)
    if broken is not None:
        where = f"act {broken.audit_id}: " if broken.audit_id else ""
        fail(_("the audit chain is broken at {where}{what}").format(where=where, what=broken.what))
    number, head = audit.head(engine)
    show([{"acts": number, "head": head}], json_, "")
