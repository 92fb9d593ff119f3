"""The fields of the trigger forms that several DAGs share: choices in words, the folder of files."""

from __future__ import annotations

from airflow.sdk import Param

from lensan.domain import plans, report_forms
from lensan.domain.contracts import contracts
from lensan.operations import choices

ALL = {False: "cả hai", True: "tất cả"}


def choice(default: str, title: str, description: str, *, words: tuple[str, ...]) -> Param:
    """A choice of ``words`` in the form; true, false and null are accepted from scripts as well.

    In JSON Schema's draft 7 what stands beside a ``$ref`` is not validated: Airflow's form shows the
    words of ``enum``, and its API accepts what ``definitions`` says.
    """
    return Param(
        default,
        description=description,
        schema={
            "$schema": "http://json-schema.org/draft-07/schema#",
            "$ref": "#/definitions/accepted",
            "definitions": {"accepted": {"enum": list(choices.ACCEPTED)}},
            "type": "string",
            "enum": list(words),
            "title": title,
        },
    )


def landing() -> Param:
    """The folder that a run takes files from."""
    return Param(
        None,
        type=["null", "string"],
        title="Thư mục nhận tệp",
        description=f"Thư mục có {', '.join(f'{each.location}/' for each in contracts().values())}; "
        "để trống: thư mục đã khai (LANDING_ROOT) và các nguồn ở xa",
    )


def report() -> Param:
    """Which of the reports."""
    several = len(plans.plans()) > 1
    return Param(
        None,
        type=["null", "string"],
        enum=[None, *plans.kinds()],
        values_display={
            **{kind: report_forms.name(kind) for kind in plans.kinds()},
            "None": ALL[several],
        },
        title="Báo cáo nào",
        description=f"Chỉ báo cáo tuần hoặc báo cáo tháng; để trống: {ALL[several]}",
    )
