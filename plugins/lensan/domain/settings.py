"""Where this installation keeps its state: HOME_DIR and what is below it. A home is of one province."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from lensan.domain import installation

PROJECT = installation.PROJECT

ONE_SHOT = "LENSAN_ONE_SHOT"
"""Set in the environment of a run without a scheduler, as `make report` makes one: whose run it is."""
BELONGS_TO = "province"
"""The file of a home that names its province, as LENSAN_PROVINCE does."""


@dataclass(frozen=True)
class Settings:
    """Paths of one home. Two homes never share anything, so they can run at the same time.

    ``warehouse_url``: a PostgreSQL 15+ of somebody else's instead of the home's own; null: none. ``url``: where
    units and officers reach Airflow, and the board below it; null: mails bear no links.
    """

    home: Path
    landing: Path
    warehouse_url: str | None = None
    url: str | None = None

    @property
    def board(self) -> str | None:
        """The board's address as those outside reach it."""
        return f"{self.url.rstrip('/')}/board" if self.url else None

    @property
    def raw_store(self) -> Path:
        """Every file ever taken in, by its SHA-256."""
        return self.home / "raw"

    @property
    def reports(self) -> Path:
        """Published reports and drafts, as files."""
        return self.home / "reports"

    @property
    def mail(self) -> Path:
        """Mails that the local catcher received."""
        return self.home / "mail"

    @property
    def data_docs(self) -> Path:
        """The gates' verdicts as pages."""
        return self.home / "data-docs"

    @property
    def logs(self) -> Path:
        """Logs of the processes that are started here."""
        return self.home / "logs"

    @property
    def postgres(self) -> Path:
        """The embedded server's data."""
        return self.home / "postgres"

    @property
    def airflow(self) -> Path:
        """Airflow's home: its configuration and logs."""
        return self.home / "airflow"

    @property
    def run(self) -> Path:
        """What runs now, one small file for each process."""
        return self.home / "run"

    @property
    def whose_landing(self) -> Path | None:
        """Another home that the landing root lies in, as a LANDING_ROOT that was left set says; null: none.
        What is put there is that home's: two homes that sweep it would both report it."""
        for folder in self.landing.parents:
            if folder != self.home and (folder / BELONGS_TO).is_file():
                return folder
        return None

    def belong(self) -> None:
        """Note whose home this is; ``settings`` refuses it to any other province from then on."""
        self.home.mkdir(parents=True, exist_ok=True)
        (self.home / BELONGS_TO).write_text(f"{installation.NAME}\n", encoding="utf-8")


def settings(home: str | os.PathLike[str] | None = None) -> Settings:
    """From ``home``, else the environment: HOME_DIR (default .lensan/ in the project, of an
    installed package in the current folder), LANDING_ROOT
    (default landing/ below the home), LENSAN_URL and WAREHOUSE_URL or AIRFLOW_CONN_WAREHOUSE
    (default: the embedded server). Raises ValueError for the home of another province than this
    process is for (lensan.domain.installation)."""
    path = Path(home or os.environ.get("HOME_DIR") or installation.DEFAULT_HOME)
    path = path.expanduser().resolve()
    _refuse_another_province(path)
    landing = os.environ.get("LANDING_ROOT")
    connection = os.environ.get("AIRFLOW_CONN_WAREHOUSE", "")
    return Settings(
        path,
        Path(landing).resolve() if landing else path / "landing",
        os.environ.get("WAREHOUSE_URL") or (connection if "://" in connection else None),
        os.environ.get("LENSAN_URL") or None,
    )


def _refuse_another_province(home: Path) -> None:
    try:
        named = (home / BELONGS_TO).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return
    if named != installation.NAME:
        raise ValueError(
            f"{home} is the home of the province {named}, and this is for {installation.NAME}: set "
            f"{installation.VARIABLE}={named} (make … PROVINCE={named}), or take another HOME_DIR"
        )
