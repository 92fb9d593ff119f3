"""The services of one home's Airflow: started, asked, stopped.

They are started one by one, each in its own session: `airflow standalone` ignores SIGINT and leaves
its children behind.
"""

from __future__ import annotations

import time
from gettext import gettext as _

from lensan.domain.settings import Settings
from lensan.operations.running import airflow_api, airflow_home, processes
from lensan.operations.running.airflow_home import AirflowError, Say

# In the order of starting; stopped the other way round, so that the scheduler starts no more tasks.
SERVICES = ("api-server", "triggerer", "dag-processor", "scheduler")
# These two serve their logs to other machines, on all interfaces and on a port of the whole machine
# (airflow.utils.serve_logs). The API server of a home reads the same logs from its own disk.
_WITHOUT_LOG_SERVER = ("triggerer", "scheduler")
HEALTHY_TIMEOUT_S = 180.0


def up(
    settings: Settings, env: dict[str, str], *, outlives_us: bool = True, say: Say = print
) -> None:
    """Start what of the services does not run and wait until all are healthy.

    Raises AirflowError when one ends while starting, naming its log; the others go on; and before any
    starts where the landing root is another home's.
    """
    if settings.whose_landing is not None:
        raise AirflowError(
            _(
                "the landing root {landing} is that of another home, {other}: what is sent there would be "
                "taken in twice. Next step: unset LANDING_ROOT, or set it to a folder of this home"
            ).format(landing=settings.landing, other=settings.whose_landing)
        )
    with processes.locked(settings.run / "up.lock"):
        for name in SERVICES:
            if not processes.is_running(processes.kept(settings, name)):
                processes.end(settings, name)
                say(_("starting {name}").format(name=name))
                processes.spawn(
                    settings,
                    name,
                    command(name),
                    env,
                    key=name,
                    outlives_us=outlives_us,
                )
        deadline = time.monotonic() + HEALTHY_TIMEOUT_S
        while not _is_healthy(env):
            dead = [name for name, alive in status(settings).items() if not alive]
            if dead:
                raise AirflowError(
                    _("{service} ended while starting; see {logs}/{service}.log").format(
                        service=dead[0], logs=settings.logs
                    )
                )
            if time.monotonic() > deadline:
                raise AirflowError(
                    _("Airflow is not healthy after {HEALTHY_TIMEOUT_S:.0f} s; see {logs}").format(
                        HEALTHY_TIMEOUT_S=HEALTHY_TIMEOUT_S, logs=settings.logs
                    )
                )
            time.sleep(0.5)


def command(name: str) -> list[str]:
    """The command line of one of SERVICES, which listens on loopback or not at all."""
    options = ["--skip-serve-logs"] if name in _WITHOUT_LOG_SERVER else []
    return airflow_home.airflow(name, *options)


def _is_healthy(env: dict[str, str]) -> bool:
    try:
        health = airflow_api.ask(env["AIRFLOW__API__BASE_URL"], "GET", "api/v2/monitor/health")
    except (AirflowError, OSError):
        return False
    return all(
        health.get(part, {}).get("status") == "healthy"
        for part in ("metadatabase", "scheduler", "triggerer", "dag_processor")
    )


def status(settings: Settings) -> dict[str, bool]:
    """Which services run, by name."""
    return {name: processes.is_running(processes.kept(settings, name)) for name in SERVICES}


def down(settings: Settings, *, say: Say = print) -> None:
    """Stop them, the scheduler first; also what remains of one that was killed."""
    with processes.locked(settings.run / "up.lock"):
        for name in reversed(SERVICES):
            if processes.kept(settings, name):
                say(_("stopping {name}").format(name=name))
                processes.end(settings, name)
