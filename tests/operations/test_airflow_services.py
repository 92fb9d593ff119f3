"""What the services of a home listen on, and what they do not sweep."""

from __future__ import annotations

from pathlib import Path

import pytest
from airflow.cli import cli_parser

from lensan.domain.settings import settings
from lensan.operations.running import airflow_services
from lensan.operations.running.airflow_home import AirflowError


@pytest.mark.parametrize("name", ["scheduler", "triggerer"])
def test_no_service_of_a_home_serves_its_logs_on_all_interfaces(name: str) -> None:
    said = airflow_services.command(name)
    options = cli_parser.get_parser().parse_args(said[said.index(name) :])
    assert options.skip_serve_logs is True


def test_a_home_does_not_sweep_what_is_sent_to_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings(tmp_path / "other").belong()
    monkeypatch.setenv("LANDING_ROOT", str(tmp_path / "other" / "landing"))
    mine = settings(tmp_path / "mine")
    with pytest.raises(AirflowError, match="that of another home"):
        airflow_services.up(mine, {})
    assert not mine.run.exists()
