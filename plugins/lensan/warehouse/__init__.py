"""The PostgreSQL warehouse: sessions, named SQL, COPY, migrations, roles, the audit."""

from lensan.warehouse.bulk import copy_lines, copy_rows, copy_value
from lensan.warehouse.migrations import migrate
from lensan.warehouse.roles import (
    ROLES,
    ROLES_REFUSED,
    apply_roles,
    change_member,
    may_manage_roles,
)
from lensan.warehouse.session import (
    BATCH_ROWS,
    SQL_ROOT,
    as_known_at,
    connect,
    insert_rows,
    is_of_database,
    literal,
    one_loader,
    rows,
    run,
    scalar,
    sql,
    stream,
)

__all__ = [
    "BATCH_ROWS",
    "ROLES",
    "ROLES_REFUSED",
    "SQL_ROOT",
    "apply_roles",
    "as_known_at",
    "change_member",
    "connect",
    "copy_lines",
    "copy_rows",
    "copy_value",
    "insert_rows",
    "is_of_database",
    "literal",
    "may_manage_roles",
    "migrate",
    "one_loader",
    "rows",
    "run",
    "scalar",
    "sql",
    "stream",
]
