"""The DAGs as Airflow reads them: ids, docs, params, intervals."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from lensan.domain import schedule
from lensan.domain.contracts import contracts
from lensan.domain.periods import ICT
from lensan.operations import choices, report_tasks

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The bag of DAGs, with Airflow's settings made before its first import."""
    home = tmp_path_factory.mktemp("airflow")
    os.environ |= {
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "True",
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
        "AIRFLOW__CORE__DEFAULT_TIMEZONE": "Asia/Ho_Chi_Minh",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    }
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(str(PROJECT / "dags"))


def _times(dag: Any) -> Any:
    """A DAG's timetable; of one that assets start as well, that of its hours."""
    return getattr(dag.timetable, "timetable", dag.timetable)


def test_the_expected_dags_are_there(bag: Any) -> None:
    expected = {f"ingest_{source}" for source in contracts()} | {
        "weekly_report",
        "monthly_report",
        "deadline_watchdog",
        "submission_reminders",
        "warehouse_maintenance",
        "draft_renewal",
        "adhoc_report",
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
        (
            "ingest_postmart",
            "2021-11-18T10:30",
            "2021-11-18T10:30",
            "2021-11-18T10:45",
            "2021-11-18T10:45",
        ),
        (
            "warehouse_maintenance",
            "2021-11-17T02:30",
            "2021-11-17T02:30",
            "2021-11-18T02:30",
            "2021-11-18T02:30",
        ),
        (
            "submission_reminders",
            "2021-11-17T17:00",
            "2021-11-17T16:00",
            "2021-11-18T09:00",
            "2021-11-18T09:00",
        ),
        # From a report's draft until a day after its deadline.
        (
            "deadline_watchdog",
            "2021-11-17T17:00",
            "2021-11-18T10:55",
            "2021-11-18T11:00",
            "2021-11-18T11:00",
        ),
        (
            "deadline_watchdog",
            "2021-11-18T13:41",
            "2021-11-18T13:40",
            "2021-11-18T13:45",
            "2021-11-18T13:45",
        ),
        # While a draft may wait.
        (
            "draft_renewal",
            "2021-11-18T13:31",
            "2021-11-18T13:30",
            "2021-11-18T13:45",
            "2021-11-18T13:45",
        ),
        # Tết: the reminders of the week due on 3 February come before the days off.
        (
            "submission_reminders",
            "2022-01-28T08:00",
            "2022-01-27T16:00",
            "2022-01-28T09:00",
            "2022-01-28T09:00",
        ),
    ],
)
def test_the_interval_of_a_run_is_its_period(
    bag: Any, dag_id: str, after: str, start: str, end: str, run_after: str
) -> None:
    from airflow.timetables.base import TimeRestriction
    from pendulum import instance

    earliest = instance(datetime.fromisoformat(after).replace(tzinfo=ICT))
    info = _times(bag.dags[dag_id]).next_dagrun_info(
        last_automated_data_interval=None, restriction=TimeRestriction(earliest, None, True)
    )
    assert info.data_interval.start == datetime.fromisoformat(start).replace(tzinfo=ICT)
    assert info.data_interval.end == datetime.fromisoformat(end).replace(tzinfo=ICT)
    assert info.run_after == datetime.fromisoformat(run_after).replace(tzinfo=ICT)
    following = _times(bag.dags[dag_id]).next_dagrun_info(
        last_automated_data_interval=info.data_interval,
        restriction=TimeRestriction(earliest, None, True),
    )
    assert following.data_interval.start == info.data_interval.end


def test_the_watchdog_rests_from_a_day_after_a_deadline_until_the_next_draft(bag: Any) -> None:
    from airflow.timetables.base import DataInterval, TimeRestriction
    from pendulum import instance

    last = instance(datetime(2021, 11, 19, 14, tzinfo=ICT))
    info = bag.dags["deadline_watchdog"].timetable.next_dagrun_info(
        last_automated_data_interval=DataInterval(last.subtract(minutes=5), last),
        restriction=TimeRestriction(None, None, True),
    )
    assert info.run_after == datetime(2021, 11, 25, 11, tzinfo=ICT)


def test_no_draft_is_looked_at_from_a_deadline_until_the_next_draft() -> None:
    from lensan.operations import tasks

    def renewed(day: int, clock: str) -> str:
        hour, minute = map(int, clock.split(":"))
        after = datetime(2021, 11, day, hour, minute, tzinfo=ICT)
        return f"{tasks.next_renewal(after):%d/%m %H:%M}"

    assert renewed(18, "13:46") == "18/11 14:00"
    assert renewed(18, "14:01") == "25/11 11:00"


def test_the_runs_follow_a_change_of_the_deadline(
    bag: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.timetables.base import TimeRestriction
    from pendulum import instance

    path = tmp_path / "calendar.yml"
    wednesdays = """
  - valid_from: 2022-03-02
    due: {weekday: Wednesday, at: "10:00"}
    draft: {days_before: 0, at: "08:00"}
    release: {at: "09:30", doubtful_at: "09:45"}

month:"""
    path.write_text(schedule.FILE.read_text().replace("\nmonth:", wednesdays))
    monkeypatch.setattr(schedule, "CALENDAR", schedule.read(path))

    def runs(dag_id: str, last: Any = None) -> Iterator[Any]:
        earliest = instance(datetime(2022, 2, 17, tzinfo=ICT))
        for _ in range(3):
            info = bag.dags[dag_id].timetable.next_dagrun_info(
                last_automated_data_interval=last, restriction=TimeRestriction(earliest, None, True)
            )
            last = info.data_interval
            yield info

    found = [
        (
            f"{info.data_interval.start:%d/%m}",
            f"{info.data_interval.end:%d/%m}",
            f"{info.run_after:%d/%m %H:%M}",
        )
        for info in runs("weekly_report")
    ]
    assert found == [
        ("17/02", "24/02", "24/02 11:00"),
        ("24/02", "02/03", "02/03 08:00"),
        ("02/03", "09/03", "09/03 08:00"),
    ]


@pytest.fixture
def metadata(bag: Any) -> Iterator[Any]:
    """Airflow's tables, empty, with a run of the weekly report whose release waits."""
    from airflow.models import DagRun, TaskInstance, import_all_models
    from airflow.models.base import Base
    from sqlalchemy import create_engine
    from sqlalchemy.orm import Session

    import_all_models()
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    start = datetime(2021, 11, 11, tzinfo=ICT)
    with Session(engine) as session:
        run = DagRun(
            dag_id="weekly_report", run_id="r", run_type="scheduled", conf={},
            logical_date=start, data_interval=(start, datetime(2021, 11, 18, tzinfo=ICT)),
            run_after=datetime(2021, 11, 18, 11, tzinfo=ICT),
        )  # fmt: skip
        session.add(run)
        session.flush()
        for task_id in ("draft", "release"):
            task = bag.dags["weekly_report"].get_task(task_id)
            session.add(TaskInstance(task, dag_version_id=uuid4(), run_id="r"))
        session.flush()
        yield session


def test_the_deadline_survives_serialisation_and_a_backfill_has_none(
    bag: Any, metadata: Any
) -> None:
    from airflow.models import DagRun
    from airflow.serialization.decoders import decode_deadline_alert
    from airflow.serialization.encoders import encode_deadline_alert

    for dag_id, kind in (("weekly_report", "week"), ("monthly_report", "month")):
        (alert,) = bag.dags[dag_id].deadline
        known = decode_deadline_alert(encode_deadline_alert(alert))
        assert known.callback.path == "reporting_calendar.deadline_missed"
        assert known.callback.kwargs == {"kind": kind}
        if kind == "week":
            week = known

    def due() -> datetime | None:
        return week.reference.evaluate_with(
            session=metadata, interval=week.interval, dag_id="weekly_report", run_id="r"
        )

    assert due() == datetime(2021, 11, 18, 14, tzinfo=ICT)
    metadata.query(DagRun).one().run_type = "backfill"
    metadata.flush()
    assert due() is None


def test_an_answer_that_airflow_loses_is_handed_to_the_next_try(metadata: Any) -> None:
    from airflow.models import TaskInstance
    from airflow.models.hitl import HITLDetail
    from airflow.models.xcom import XComModel
    from airflow.sdk.bases.xcom import BaseXCom

    from officers_answer import OfficersAnswer

    def lose() -> Any:
        OfficersAnswer().on_task_instance_failed("running", release, "state mismatch")
        return metadata.query(XComModel).one_or_none()

    release = metadata.query(TaskInstance).filter_by(task_id="release").one()
    asked = HITLDetail(ti_id=release.id, options=["Phát hành"], subject="?")
    metadata.add(asked)
    metadata.flush()
    assert lose() is None  # nobody has said anything yet
    asked.responded_at = datetime(2021, 11, 18, 11, 20, tzinfo=ICT)
    asked.responded_by = {"id": "op", "name": "op"}
    asked.chosen_options, asked.params_input = ["Chưa phát hành"], {"reason": "chờ"}
    metadata.flush()
    kept = lose()
    assert (kept.task_id, kept.key) == (report_tasks.DRAFT_TASK, report_tasks.ANSWER_KEY)
    metadata.refresh(kept)  # as the database gives it, and as a task reads that
    read = BaseXCom.deserialize_value(SimpleNamespace(value=kept.value))
    context = {"ti": SimpleNamespace(xcom_pull=lambda **_: read)}
    assert report_tasks.answer_given("week", context) == {
        "responded_by_user": {"id": "op", "name": "op"},
        "chosen_options": ["Chưa phát hành"],
        "params_input": {"reason": "chờ"},
    }


def test_only_tasks_that_ask_the_gates_have_a_button_to_data_docs(bag: Any) -> None:
    from airflow.serialization.serialized_objects import DagSerialization

    buttons = {
        (dag.dag_id, task.task_id): task.extra_links
        for dag in (
            DagSerialization.from_dict(DagSerialization.to_dict(d)) for d in bag.dags.values()
        )
        for task in dag.tasks
        if task.extra_links
    }
    asks = {(dag_id, "check_quality") for dag_id in ("weekly_report", "monthly_report")}
    asks |= {(f"ingest_{source}", "check_rows_and_core") for source in contracts()}
    assert buttons == {key: ["Kiểm tra dữ liệu"] for key in asks}


def test_the_button_opens_the_first_page_that_was_written(
    bag: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (link,) = bag.dags["weekly_report"].get_task("check_quality").operator_extra_links

    def opened(returned: Any) -> str:
        return link.get_link(None, ti_key=SimpleNamespace(xcom_pull=lambda: returned))

    pages = ["bao-cao/week-2021-11-18.html", "postmart/week-2021-11-18.html"]
    assert opened({"data_docs": pages}) == f"/board/data-docs/{pages[0]}"
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://so-tttt.example/airflow/")
    assert opened({"data_docs": pages}) == f"/airflow/board/data-docs/{pages[0]}"
    for nothing in (None, {}, {"period": "2021-11-18", "broken": True}):
        assert opened(nothing) == ""


def test_the_dag_files_do_not_import_heavy_libraries() -> None:
    code = (
        "import sys; sys.path[:0] = ['plugins', 'dags']; import lensan.operations.tasks; "
        "print(sorted({'pandas', 'great_expectations', 'xlsxwriter', 'typst'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_form_of_a_trigger_shows_words_and_the_api_takes_what_scripts_wrote_before(
    bag: Any,
) -> None:
    from airflow.serialization.serialized_objects import DagSerialization

    for dag_id in ("weekly_report", "monthly_report"):
        dag = DagSerialization.from_dict(DagSerialization.to_dict(bag.dags[dag_id]))
        for name, words in (
            ("publish", ["theo lịch", "có", "không"]),
            ("deliver", ["theo lịch", "có", "không"]),
            ("correct", ["không", "có"]),
        ):
            shown = dag.params.get_param(name).dump()
            assert shown["value"] == words[0]
            assert shown["schema"]["enum"] == words
            for given in (*choices.ACCEPTED, "maybe", 3):
                param = dag.params.deep_merge({name: given})
                if given in ("maybe", 3):
                    with pytest.raises(Exception, match=r"maybe|3"):
                        param.validate()
                else:
                    param.validate()
                    assert param[name] == given


def test_every_form_speaks_vietnamese(bag: Any) -> None:
    for dag in bag.dags.values():
        for name in dag.params:
            title = dag.params.get_param(name).schema["title"]
            assert not title.isascii(), (dag.dag_id, name, title)


def test_a_question_that_stays_open_holds_up_no_other_run(bag: Any) -> None:
    for dag_id in ("weekly_report", "monthly_report"):
        assert bag.dags[dag_id].max_active_runs >= 8


def test_every_dag_is_told_in_words_to_whoever_reads_it(bag: Any) -> None:
    for dag in bag.dags.values():
        assert dag.dag_display_name.endswith(f" · {dag.dag_id}")
        assert not dag.dag_display_name.isascii()
        assert "**Ai xem:**" in dag.doc_md and "**Khi đỏ:**" in dag.doc_md, dag.dag_id
        # One that only people start has no schedule to tell.
        times = _times(dag)
        if times.can_be_scheduled:
            assert not set("*/") & set(times.summary), (dag.dag_id, times.summary)
            assert not times.summary.isascii(), (dag.dag_id, times.summary)
        else:
            assert "**Chạy tay:**" in dag.doc_md, dag.dag_id
        for task in dag.tasks:
            assert not task.task_display_name.isascii(), (dag.dag_id, task.task_id)


def test_a_deadline_says_the_hour_and_the_day(bag: Any) -> None:
    [weekly] = bag.dags["weekly_report"].deadline
    [monthly] = bag.dags["monthly_report"].deadline
    assert weekly.name == "trước 14:00 thứ Năm"
    assert monthly.name == "trước 14:00 ngày 3 tháng sau"


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("*/15 7-18 * * 1-6", "15 phút một lần, 7–18 giờ, thứ Hai đến thứ Bảy"),
        ("*/15 * * * *", "15 phút một lần"),
        ("30 2 * * *", "Hằng ngày, 02:30"),
        ("0 7 1 * *", "0 7 1 * *"),
    ],
)
def test_a_schedule_is_told_in_words(cron: str, words: str) -> None:
    from reporting_calendar import cron_in_words

    assert cron_in_words(cron) == words


def test_every_task_has_a_limit_of_time(bag: Any) -> None:
    without = [
        f"{dag.dag_id}.{task.task_id}"
        for dag in bag.dags.values()
        for task in dag.tasks
        if not (task.execution_timeout or getattr(task, "response_timeout", None))
    ]
    assert without == []


@pytest.mark.parametrize("kind", ["week", "month"])
def test_a_report_whose_tasks_take_all_their_time_is_there_before_it_is_released(
    kind: str, bag: Any
) -> None:
    dag = bag.dags[f"{kind}ly_report"]
    by_hand = {report_tasks.RELEASE_TASK, "sweep_again"}

    def longest(task: Any) -> timedelta:
        before = [longest(each) for each in task.upstream_list if each.task_id not in by_hand]
        return max(before, default=timedelta(0)) + task.execution_timeout

    rule = schedule.read().rule(kind, date(2021, 11, 18))
    first, last = (
        datetime.combine(date(2021, 11, 18), at) for at in (rule.draft, rule.doubtful_release)
    )
    assert longest(dag.get_task("draft")) < last - first


def _fed_by(bag: Any, uri: str) -> set[str]:
    """All assets from which one comes, as Airflow's page follows them: outlets of a task to its inlets."""
    made: dict[str, set[str]] = {}
    for dag in bag.dags.values():
        for task in dag.tasks:
            for outlet in task.outlets:
                made.setdefault(outlet.uri, set()).update(inlet.uri for inlet in task.inlets)
    found: set[str] = set()
    wanted = [uri]
    while wanted:
        new = made.get(wanted.pop(), set()) - found
        found |= new
        wanted += new
    return found


@pytest.mark.parametrize("kind", ["week", "month"])
def test_every_source_leads_to_both_reports(bag: Any, kind: str) -> None:
    fed = _fed_by(bag, f"lensan://report/{kind}")
    assert {f"lensan://landing/{source}" for source in contracts()} <= fed
    assert {
        f"lensan://core/{each.merges_into}" for c in contracts().values() for each in c.entities
    } <= fed


def test_drafts_are_renewed_by_whatever_comes_and_by_the_hour(bag: Any) -> None:
    from airflow.serialization.serialized_objects import DagSerialization

    dag = bag.dags["draft_renewal"]
    awaited = {asset.uri for asset in dag.timetable.asset_condition.objects}
    made = {
        outlet.uri
        for source in contracts()
        for task in bag.dags[f"ingest_{source}"].tasks
        for outlet in task.outlets
    }
    assert awaited == made
    assert dag.is_paused_upon_creation is False
    known = DagSerialization.from_dict(DagSerialization.to_dict(dag)).timetable
    assert known.timetable.description == "15 phút một lần, từ lúc lập dự thảo đến hạn"


class _Events(dict[Any, Any]):
    def __missing__(self, asset: Any) -> Any:
        return self.setdefault(asset, SimpleNamespace(extra=None))


def test_an_event_tells_of_something_that_came_and_of_the_code(
    bag: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    from lensan.domain.code_version import code_version
    from lensan.operations import tasks

    task = bag.dags["ingest_voso"].get_task("check_rows_and_core")

    def run(checked: dict[str, Any], swept: dict[str, int]) -> Any:
        monkeypatch.setattr(tasks, "check_source", lambda *_: checked)
        events = _Events()
        ti = SimpleNamespace(xcom_pull=lambda **_: swept)
        task.python_callable("voso", ti=ti, outlet_events=events)
        return {asset.uri: event.extra for asset, event in events.items()}

    with pytest.raises(AirflowSkipException):
        run({}, {})
    told = run({"checks": 3}, {"loaded": 1})
    assert set(told) == {outlet.uri for outlet in task.outlets}
    assert told["lensan://core/stall"] == {
        "source": "voso",
        "files": {"loaded": 1},
        "code_version": code_version(),
    }


def test_a_report_that_is_not_published_is_not_told_of(
    bag: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    task = bag.dags["weekly_report"].get_task("export")
    events = _Events()
    for revision in (None, 1):
        done = {"period": "2021-11-18", "revision": revision, "files": 0}
        monkeypatch.setattr(report_tasks, "export", lambda *_, d=done: d)
        if revision is None:
            with pytest.raises(AirflowSkipException):
                task.python_callable("week", outlet_events=events)
            assert events == {}
    task.python_callable("week", outlet_events=events)
    [event] = events.values()
    assert (event.extra["period"], event.extra["revision"]) == ("2021-11-18", 1)
