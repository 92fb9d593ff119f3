"""What the weekly and the monthly report's DAGs share: sweep, resolve, compute, release, publish, deliver."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import DAG, Context, Param, dag, task
from airflow.sdk.exceptions import AirflowSkipException
from airflow.timetables.base import Timetable

import choices_form
import lineage
import operations_board
import time_limits
from lensan.domain import plans, report_forms
from lensan.domain.periods import ICT
from lensan.operations import report_runs, report_tasks, tasks
from lensan.operations.choices import BY_SCHEDULE, NO, YES
from lensan.operations.report_runs import NOT_YET, RELEASE
from operations_board import with_data_docs
from reporting_calendar import deadline

ACTIVE_RUNS = 16
"""Enough for a question that stays open to hold up no other run; the library itself lets no two runs
publish or mail the same thing."""


class Release(HITLOperator):
    """Asks the officer, until the automatic release; nobody is asked twice for one answer.

    *Chưa phát hành* is noted with its reason, and the question stays open.
    """

    def __init__(self, *, kind: str, **kwargs: Any) -> None:
        super().__init__(
            options=[RELEASE, NOT_YET],
            defaults=[RELEASE],
            **kwargs,
        )
        self.kind = kind

    def execute(self, context: Context) -> Any:
        given = report_tasks.answer_given(self.kind, context)
        if given is not None and not self._asks_again(context, given):
            return given
        return self._ask(context)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        answer = super().execute_complete(context, event)
        return self._ask(context) if self._asks_again(context, answer) else answer

    def _ask(self, context: Context) -> Any:
        patience, default = report_tasks.question(self.kind, context, datetime.now(ICT))
        self.response_timeout, self.defaults = patience, [default]
        return super().execute(context)

    def _asks_again(self, context: Context, answer: Any) -> bool:
        return report_tasks.asks_again(self.kind, context, answer, datetime.now(ICT))


@task(execution_timeout=time_limits.GLANCE, task_display_name="Các nguồn")
def sources() -> list[str]:
    return tasks.sources()


# A source that is down has been asked often enough by then: the report does not wait for it.
@task(
    map_index_template="{{ source }}",
    retries=1,
    execution_timeout=time_limits.SWEEP_FOR_REPORT,
    task_display_name="Nhận tệp",
)
def sweep(source: str, **context: Any) -> dict[str, int]:
    context["source"] = source
    return tasks.sweep(source, context)


@task(trigger_rule="all_done", task_display_name="Nhận ra ai là một hộ")
def resolve_producers(**context: Any) -> dict[str, int]:
    return tasks.resolve_producers(context)


@task(task_display_name="Tính số liệu")
def compute_figures(kind: str, **context: Any) -> dict[str, Any]:
    computed = report_tasks.compute_figures(kind, context)
    lineage.tell(context, lineage.figures(kind), computed)
    return computed


@task(task_display_name="Kiểm tra chất lượng")
def check_quality(kind: str, **context: Any) -> dict[str, Any]:
    return report_tasks.check_quality(kind, context)


@task.branch(execution_timeout=time_limits.GLANCE, task_display_name="Hỏi cán bộ?")
def ask_officer(kind: str, **context: Any) -> str:
    return report_tasks.next_task(kind, context, datetime.now(ICT))


@task(task_display_name="Dự thảo")
def draft(kind: str, **context: Any) -> dict[str, Any]:
    return report_tasks.draft(kind, context, operations_board.path())


def release(kind: str) -> Release:
    return Release(
        task_id=report_tasks.RELEASE_TASK,
        kind=kind,
        task_display_name="Chờ cán bộ",
        execution_timeout=None,  # an answer is waited for, by no process; each question says how long
        response_timeout=report_runs.PATIENCE,
        retries=5,  # an answer that Airflow loses costs a try (see plugins/officers_answer.py)
        params={
            report_runs.WHY: Param(
                None,
                type=["null", "string"],
                title="Lý do",
                description="Khi chọn “Chưa phát hành”: vì sao. Được ghi vào nhật ký và hiện trên bảng "
                "điều hành; nếu chưa quá hạn, đến giờ tự phát hành báo cáo vẫn đi.",
            )
        },
        subject=report_runs.QUESTION.format(
            period="{{ ti.xcom_pull(task_ids='draft')['period'] }}"
        ),
        body="{{ ti.xcom_pull(task_ids='draft')['summary'] }}",
    )


@task(execution_timeout=time_limits.SWEEP_FOR_REPORT, task_display_name="Nhận tệp lần nữa")
def sweep_again(**context: Any) -> dict[str, str]:
    return tasks.sweep_again(context)


@task(trigger_rule="none_failed_min_one_success", task_display_name="Phát hành")
def publish(kind: str, ti: Any = None, **context: Any) -> dict[str, Any]:
    answer = ti.xcom_pull(task_ids=report_tasks.RELEASE_TASK)
    return report_tasks.publish(kind, context, datetime.now(ICT), answer)


@task(task_display_name="Gửi thư")
def deliver(kind: str, **context: Any) -> dict[str, int]:
    return report_tasks.deliver(kind, context, datetime.now(ICT))


# Skipped where nothing is published, so that no report is told of.
@task(task_display_name="Xuất dữ liệu")
def export(kind: str, **context: Any) -> dict[str, Any]:
    exported = report_tasks.export(kind, context)
    if exported["revision"] is None:
        raise AirflowSkipException("chưa phát hành")
    lineage.tell(context, lineage.report(kind), exported)
    return exported


ASKED = {
    "week": (r"^\d{4}-\d{2}-\d{2}$", "Ngày phải nộp, như 2021-11-18"),
    "month": (r"^\d{4}-\d{2}$", "Tháng, như 2021-11"),
}
"""By cadence, how a period is asked for: its pattern, and what to write."""


def _params(pattern: str, example: str) -> dict[str, Param]:
    """The form of a trigger, in the words of the board."""
    return {
        "period": Param(
            None,
            type=["null", "string"],
            pattern=pattern,
            title="Kỳ báo cáo",
            description=f"{example}; để trống: kỳ vừa kết thúc",
        ),
        "publish": choices_form.choice(
            BY_SCHEDULE,
            "Phát hành",
            "theo lịch: chạy tay thì phát hành kỳ đã kết thúc và có số liệu, không bao giờ tự phát hành "
            "sau hạn; có: phát hành ngay cả khi không có số liệu; không: chỉ tính số liệu",
            words=(BY_SCHEDULE, YES, NO),
        ),
        "wait_for_officer": Param(
            False,
            type="boolean",
            title="Chờ cán bộ phát hành",
            description="Lập dự thảo rồi chờ cán bộ bấm Phát hành, cả với kỳ đã qua",
        ),
        "deliver": choices_form.choice(
            BY_SCHEDULE,
            "Gửi thư",
            "theo lịch: chỉ lần chạy theo lịch mới gửi, chạy tay và chạy bù thì không",
            words=(BY_SCHEDULE, YES, NO),
        ),
        "correct": choices_form.choice(
            NO,
            "Điều chỉnh",
            "có: phát hành bản điều chỉnh của báo cáo đã phát hành, nếu có số liệu nào khác",
            words=(NO, YES),
        ),
        "reason": Param(
            None,
            type=["null", "string"],
            title="Lý do điều chỉnh",
            description="Được ghi cùng bản điều chỉnh",
        ),
        "landing": choices_form.landing(),
    }


READERS = """

**Ai xem:** người trực và lãnh đạo, ngày đến hạn; bình thường trang *Điều hành* là đủ.

**Khi đỏ:** đọc câu cuối trong nhật ký của việc màu đỏ. Gần đến hạn thì không chờ: phát hành bằng
`lensan release {kind} KỲ --by "TÊN"` rồi `lensan watchdog` (sổ tay, 5.6 và 5.15). *Nhận tệp* đỏ thì báo cáo vẫn ra, với
những nguồn còn lại.

**Chạy tay:** bấm *Trigger*, điền *Kỳ báo cáo*, {example}.
"""


def _title(kind: str) -> str:
    name = report_forms.name(kind)
    return name[0].upper() + name[1:]


def report_dag(
    kind: str,
    schedule: Timetable,
    *,
    start_date: datetime,
    doc: str,
) -> DAG:
    """Make the DAG ``weekly_report`` or ``monthly_report``, or one of a further plan; ``kind``: that of its report."""
    pattern, example = ASKED[plans.cadence(kind)]

    @dag(
        dag_id=report_runs.dag_id(kind),
        dag_display_name=f"{_title(kind)} · {report_runs.dag_id(kind)}",
        schedule=schedule,
        deadline=deadline(kind),
        start_date=start_date,
        catchup=False,
        max_active_runs=ACTIVE_RUNS,
        doc_md=doc + READERS.format(kind=kind, example=example),
        tags=["report", kind],
        default_args={
            "owner": "lensan",
            "retries": 2,
            "retry_delay": 10,
            "execution_timeout": time_limits.STEP,
        },
        params=_params(pattern, example),
    )
    def report() -> None:
        figures, reports = lineage.figures(kind), lineage.report(kind)
        compute = compute_figures.override(inlets=lineage.all_core(), outlets=[figures])
        exported = export.override(inlets=[figures], outlets=[reports])(kind)
        asked, published = ask_officer(kind), publish(kind)
        (
            sweep.expand(source=sources())
            >> resolve_producers()
            >> compute(kind)
            >> with_data_docs(check_quality(kind))
            >> asked
            >> published
            >> deliver(kind)
        )
        asked >> draft(kind) >> release(kind) >> sweep_again() >> published >> exported

    return report()
