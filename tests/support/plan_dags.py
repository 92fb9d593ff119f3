"""What tests/samples/test_two_plans.py runs in a process of a province with two plans: the report DAGs as Airflow reads
them, one line of JSON by id."""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
os.environ |= {
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__UNIT_TEST_MODE": "True",
    "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
    "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
    "AIRFLOW__CORE__DEFAULT_TIMEZONE": "Asia/Ho_Chi_Minh",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{sys.argv[1]}/airflow.db",
}

from airflow.dag_processing.dagbag import DagBag  # noqa: E402  (Airflow reads its settings at import)
from airflow.serialization.serialized_objects import DagSerialization  # noqa: E402
from airflow.timetables.base import TimeRestriction  # noqa: E402
from pendulum import instance  # noqa: E402

from lensan.domain.periods import ICT  # noqa: E402

bag = DagBag(str(PROJECT / "dags"))
told = {}
for dag_id, dag in bag.dags.items():
    if "ly_report" not in dag_id:
        continue
    known = DagSerialization.from_dict(DagSerialization.to_dict(dag))
    since = instance(datetime(2021, 11, 26, tzinfo=ICT))
    run = known.timetable.next_dagrun_info(
        last_automated_data_interval=None, restriction=TimeRestriction(since, None, True)
    )
    told[dag_id] = {
        "interval": [str(at.date()) for at in (run.data_interval.start, run.data_interval.end)],
        "run_after": run.run_after.isoformat(),
        "title": dag.dag_display_name,
        "asset": [asset.uri for task in dag.tasks for asset in task.outlets],
    }
print(json.dumps({"dags": told, "errors": bag.import_errors}, ensure_ascii=False))
