"""What the services of a home listen on."""

from __future__ import annotations

import pytest
from airflow.cli import cli_parser

from lensan.operations.running import airflow_services


@pytest.mark.parametrize("name", ["scheduler", "triggerer"])
def test_no_service_of_a_home_serves_its_logs_on_all_interfaces(name: str) -> None:
    said = airflow_services.command(name)
    options = cli_parser.get_parser().parse_args(said[said.index(name) :])
    assert options.skip_serve_logs is True
