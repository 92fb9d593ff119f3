"""The three roles of the warehouse and their members; what each may is include/sql/warehouse/rights.sql."""

from __future__ import annotations

from sqlalchemy import Connection

from lensan.warehouse.session import SQL_ROOT, run, run_script, scalar

ROLES = ("lensan_analyst", "lensan_etl", "lensan_steward")
ROLES_LOCK = 201_2021_10_20
RIGHTS = SQL_ROOT / "warehouse" / "rights.sql"
ROLES_REFUSED = (
    "the roles lensan_etl, lensan_analyst and lensan_steward were not brought up to date: this user "
    "may not create roles on the server. Everything else works. An administrator can run "
    "`lensan roles apply` with WAREHOUSE_URL set to a user that has CREATEROLE and owns the schemas"
)


def may_manage_roles(connection: Connection) -> bool:
    """Whether the connected user may create the three roles and own what they share."""
    return bool(scalar(connection, "warehouse/roles/may_manage"))


def apply_roles(connection: Connection) -> None:
    """Create the roles where they are missing and set their rights anew, as rights.sql says."""
    run(connection, "warehouse/session/lock", key=ROLES_LOCK)
    run_script(connection, RIGHTS)


def change_member(connection: Connection, role: str, user: str, *, member: bool) -> None:
    """Make a login of the server a member of one of ROLES, or end that."""
    name = "warehouse/roles/grant" if member else "warehouse/roles/revoke"
    connection.exec_driver_sql(
        str(scalar(connection, name, role=role, member=user)).replace("%", "%%")
    )
