"""A warehouse made ready for use, wherever its server is."""

from __future__ import annotations

from sqlalchemy.exc import OperationalError

from lensan import warehouse
from lensan.operations.running import embedded_postgres
from lensan.warehouse import reference_load


def warehouse_at(url: str) -> list[str]:
    """Bring a warehouse to the newest migration and reference data; returns what was migrated.
    Raises PostgresError."""
    engine = warehouse.connect(url)
    try:
        with engine.connect() as connection:
            found = int((connection.dialect.server_version_info or (0,))[0])
    except OperationalError as error:
        raise embedded_postgres.PostgresError(
            f"the warehouse cannot be reached: {error.orig}"
        ) from error
    if found < embedded_postgres.MINIMUM_VERSION:
        raise embedded_postgres.PostgresError(f"the warehouse is PostgreSQL {found}, 15+ is needed")
    done = warehouse.migrate(engine)
    with engine.begin() as connection:
        reference_load.load(connection)
    return done
