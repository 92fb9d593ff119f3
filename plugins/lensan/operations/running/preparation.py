"""What a home needs before it can be used: its databases, and a mail server where it has none of its own."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from gettext import gettext as _

from sqlalchemy.exc import OperationalError

from lensan import warehouse
from lensan.domain import plans
from lensan.domain.settings import Settings
from lensan.mail import recipients
from lensan.operations.running import embedded_postgres, processes
from lensan.operations.running.airflow_home import AirflowError, Say
from lensan.warehouse import reference_load

LOCAL_RECIPIENT = "lanh-dao@example.vn"
CATCHER_TIMEOUT_S = 20.0


def warehouse_at(url: str) -> list[str]:
    """Bring a warehouse to the newest migration and reference data; returns what was migrated.
    Raises PostgresError."""
    engine = warehouse.connect(url)
    try:
        with engine.connect() as connection:
            found = int((connection.dialect.server_version_info or (0,))[0])
    except OperationalError as error:
        raise embedded_postgres.PostgresError(
            _("the warehouse cannot be reached: {orig}").format(orig=error.orig)
        ) from error
    if found < embedded_postgres.MINIMUM_VERSION:
        raise embedded_postgres.PostgresError(
            _("the warehouse is PostgreSQL {found}, 15+ is needed").format(found=found)
        )
    done = warehouse.migrate(engine)
    with engine.begin() as connection:
        reference_load.load(connection)
    return done


@contextlib.contextmanager
def databases(home: Settings, *, stay: bool, say: Say) -> Iterator[tuple[str, str]]:
    """The URLs of the warehouse, migrated and with reference data, and of Airflow's metadata.

    The home's own server is made and started when one of them is on it; unless they ``stay``, it is
    stopped after the block, if the block started it. Raises PostgresError.
    """
    with contextlib.ExitStack() as stack:
        url = home.warehouse_url
        metadata_url = os.environ.get("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN")
        if not url or not metadata_url:
            if not embedded_postgres.is_made(home):
                say(_("making a home in {home}").format(home=home.home))
            server = (
                embedded_postgres.start(home)
                if stay
                else stack.enter_context(embedded_postgres.borrowed(home))
            )
            url = url or server.url("warehouse")
            metadata_url = metadata_url or server.url("airflow")
        done = warehouse_at(url)
        if done:
            say(_("warehouse migrated: {steps}").format(steps=", ".join(done)))
        home.belong()
        yield url, metadata_url


def catch_mails(
    home: Settings, url: str, port: int, *, web_port: int | None = None, for_good: bool = False
) -> str:
    """Start the home's mail catcher and see to it that reports have a recipient; returns its key."""
    module = "lensan.operations.running.mail_catcher"
    arguments = [sys.executable, "-m", module, str(home.mail), str(port)]
    if web_port:
        arguments.append(str(web_port))
    started = processes.spawn(
        home,
        "mail-catcher",
        arguments,
        dict(os.environ),
        key="mail-catcher" if for_good else None,
        outlives_us=for_good,
    )
    deadline = time.monotonic() + CATCHER_TIMEOUT_S
    while processes.is_free(port):
        if time.monotonic() > deadline or not processes.is_running(started.record):
            processes.end(home, started.key)
            raise AirflowError(
                _("the mail catcher did not start; see {logs}/mail-catcher.log").format(
                    logs=home.logs
                )
            )
        time.sleep(0.05)
    recipients.ensure(warehouse.connect(url), plans.kinds(), LOCAL_RECIPIENT)
    return started.key
