"""The DAGs as Airflow reads them: ids, docs, params, intervals."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from lensan.contracts import contracts
from lensan.periods import ICT

PROJECT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The bag of DAGs, with Airflow's settings made before its first import."""
    home = tmp_path_factory.mktemp("airflow")
    os.environ |= {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "True",
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
        "AIRFLOW__CORE__DEFAULT_TIMEZONE": "Asia/Ho_Chi_Minh",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    }
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(str(PROJECT / "dags"))


def test_the_expected_dags_are_there(bag: Any) -> None:
    expected = {f"ingest_{source}" for source in contracts()} | {
        "weekly_report",
        "monthly_report",
        "deadline_watchdog",
        "submission_reminders",
        "warehouse_maintenance",
    }
    assert expected <= set(bag.dag_ids)
    assert bag.import_errors == {}


def test_every_dag_has_a_page_tags_an_owner_and_params(bag: Any) -> None:
    for dag in bag.dags.values():
        assert dag.doc_md, dag.dag_id
        assert dag.tags, dag.dag_id
        assert dag.default_args["owner"] != "airflow", dag.dag_id
        assert dag.params, dag.dag_id


@pytest.mark.parametrize(
    ("dag_id", "after", "start", "end", "run_after"),
    [
        ("weekly_report", "2021-11-11T00:00", "2021-11-11", "2021-11-18", "2021-11-18T11:00"),
        ("monthly_report", "2021-11-01T00:00", "2021-11-01", "2021-12-01", "2021-12-01T08:00"),
    ],
)
def test_the_interval_of_a_run_is_its_period(
    bag: Any, dag_id: str, after: str, start: str, end: str, run_after: str
) -> None:
    from airflow.timetables.base import TimeRestriction
    from pendulum import instance

    earliest = instance(datetime.fromisoformat(after).replace(tzinfo=ICT))
    info = bag.dags[dag_id].timetable.next_dagrun_info(
        last_automated_data_interval=None, restriction=TimeRestriction(earliest, None, True)
    )
    assert info.data_interval.start == datetime.fromisoformat(start).replace(tzinfo=ICT)
    assert info.data_interval.end == datetime.fromisoformat(end).replace(tzinfo=ICT)
    assert info.run_after == datetime.fromisoformat(run_after).replace(tzinfo=ICT)
    following = bag.dags[dag_id].timetable.next_dagrun_info(
        last_automated_data_interval=info.data_interval,
        restriction=TimeRestriction(earliest, None, True),
    )
    assert following.data_interval.start == info.data_interval.end


def test_the_dag_files_do_not_import_heavy_libraries() -> None:
    code = (
        "import sys; sys.path[:0] = ['plugins', 'dags']; import lensan.flow; "
        "print(sorted({'pandas', 'great_expectations', 'xlsxwriter', 'typst'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
