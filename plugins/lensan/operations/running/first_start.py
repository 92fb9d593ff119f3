"""What the first `make up` of a home does once: DAGs switched on where that is safe, a login for analysts."""

from __future__ import annotations

import secrets
from gettext import gettext as _

from lensan import warehouse
from lensan.domain.contracts import contracts
from lensan.domain.settings import Settings
from lensan.operations.running import airflow_api, processes
from lensan.operations.running.airflow_home import Say

READER = "phan_tich"


def switch_on(
    settings: Settings, env: dict[str, str], *, writes_to_others: bool, say: Say = print
) -> None:
    """Let run what publishes nothing: the sweeps and the nightly maintenance; once in a home's life, so that
    whoever pauses one later finds it paused.

    ``writes_to_others``: mails leave this machine. Then the sweeps of the units stay off: they answer senders.
    """
    stamp = settings.airflow / "switched-on.json"
    if processes.read_json(stamp):
        return
    wanted = [
        f"ingest_{name}"
        for name, contract in contracts().items()
        if not (writes_to_others and contract.kind == "submission")
    ]
    wanted.append("warehouse_maintenance")
    api = airflow_api.entered(settings, env)
    for dag_id in wanted:
        airflow_api.wait_for_dag(api, dag_id)
        api.pause(dag_id, paused=False)
    processes.write_json(stamp, {"dags": wanted})
    say(
        _("switched on: {dags}; reports, reminders and watchdog are yours to switch on").format(
            dags=", ".join(wanted)
        )
    )


def reader(settings: Settings, url: str) -> str | None:
    """The address by which analysts read the home's own warehouse; made at the first call, with a password
    kept in the home. None where the warehouse is on somebody else's server, whose logins are not ours."""
    if settings.warehouse_url:
        return None
    path = settings.home / "analysts.json"
    known = processes.read_json(path) or {"password": secrets.token_urlsafe(18)}
    processes.write_json(path, known)
    engine = warehouse.connect(url)
    with engine.begin() as connection:
        if not warehouse.scalar(connection, "cli/roles/role_exists", member=READER):
            warehouse.run(connection, "operations/first_start/reader")
        warehouse.run(connection, "operations/first_start/password", password=known["password"])
        warehouse.change_member(connection, "lensan_analyst", READER, member=True)
    address = engine.url.set(username=READER, password=known["password"], drivername="postgresql")
    return address.render_as_string(hide_password=False)
