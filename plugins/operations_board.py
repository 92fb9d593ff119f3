"""The operations board in Airflow's UI: pages of ``lensan.board`` behind Airflow's login and roles.

Read: whoever may read the DAG ``weekly_report``. Act on a kind of report: whoever may trigger its DAG.
Personal data: whoever may read the connection ``warehouse``, and with it the warehouse itself.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from airflow.configuration import conf
from airflow.plugins_manager import AirflowPlugin
from airflow.sdk import BaseOperatorLink

if TYPE_CHECKING:
    from lensan.board.access import Visitor

PREFIX = "/board"


@cache
def application() -> Any:
    """Made at the first request: every process of Airflow loads the plugins, only one shows pages."""
    from airflow.api_fastapi.core_api.security import get_user
    from fastapi import Depends

    from lensan.board import access, app
    from lensan.domain import settings
    from lensan.domain.periods import ICT
    from lensan.operations import connections

    def visitor(user: Any = Depends(get_user)) -> access.Visitor:  # noqa: B008
        return visitor_of(user)

    outside = access.Outside(
        engine=connections.warehouse_engine,
        smtp=connections.smtp_server,
        home=settings.settings,
        clock=lambda: datetime.now(ICT),
        secret=lambda: conf.get_mandatory_value("api", "secret_key"),
        failed_runs=failed_runs,
    )
    return app.make(outside, visitor)


async def board(scope: Any, receive: Any, send: Any) -> None:
    """The ASGI application that Airflow mounts."""
    await application()(scope, receive, send)


def visitor_of(user: Any) -> Visitor:
    """What a user of Airflow may do here, by its auth manager, whichever that is."""
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.models.resource_details import (
        ConnectionDetails,
        DagAccessEntity,
        DagDetails,
    )

    from lensan.board.access import Visitor
    from lensan.domain import plans
    from lensan.operations.report_runs import dag_id

    manager = get_auth_manager()
    return Visitor(
        user_id=str(user.get_id()),
        name=user.get_name(),
        may_read=manager.is_authorized_dag(
            method="GET", details=DagDetails(id=dag_id("week")), user=user
        ),
        acts_on=frozenset(
            kind
            for kind in plans.kinds()
            if manager.is_authorized_dag(
                method="POST",
                access_entity=DagAccessEntity.RUN,
                details=DagDetails(id=dag_id(kind)),
                user=user,
            )
        ),
        is_steward=manager.is_authorized_connection(
            method="GET", details=ConnectionDetails(conn_id="warehouse"), user=user
        ),
    )


def failed_runs() -> dict[str, datetime | None]:
    """DAGs of this project whose last finished run failed → when it ended."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import func, select

    from lensan.domain import plans
    from lensan.operations.report_runs import dag_id

    watched = [*map(dag_id, plans.kinds()), "deadline_watchdog", "warehouse_maintenance"]
    with create_session() as session:
        last = (
            select(func.max(DagRun.id))
            .where(
                DagRun.state.in_(("success", "failed")),
                DagRun.dag_id.in_(watched) | DagRun.dag_id.startswith("ingest\\_", escape="\\"),
            )
            .group_by(DagRun.dag_id)
        )
        failed = select(DagRun.dag_id, DagRun.end_date).where(
            DagRun.id.in_(last), DagRun.state == "failed"
        )
        return {run.dag_id: run.end_date for run in session.execute(failed.order_by(DagRun.dag_id))}


def path() -> str:
    """Where the board is on the API server, without a slash at its end."""
    return urlsplit(conf.get("api", "base_url", fallback="")).path.rstrip("/") + PREFIX


class DataDocsLink(BaseOperatorLink):
    """The button *Kiểm tra dữ liệu* of a task that asked the gates: the first page it wrote, behind the login.

    Set as ``operator_extra_links`` of the task itself, not registered: a plugin could only name a class
    of operators, and all tasks here are of one class.
    """

    name = "Kiểm tra dữ liệu"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """Asked at the end of the task, whose instance ``ti_key`` is; Airflow keeps it as an XCom. Nothing
        where no page was written."""
        pages = (ti_key.xcom_pull() or {}).get("data_docs")
        return f"{path()}/data-docs/{quote(pages[0])}" if pages else ""


def with_data_docs(asked: Any) -> Any:
    """A call of an ``@task`` function, whose task gets the button."""
    asked.operator.operator_extra_links = (DataDocsLink(),)
    return asked


class OperationsBoardPlugin(AirflowPlugin):
    """Registers the board in Airflow."""

    name = "operations_board"
    fastapi_apps = [  # noqa: RUF012  (Airflow wants lists)
        {"app": board, "url_prefix": PREFIX, "name": "operations board"}
    ]
    external_views = [  # noqa: RUF012
        {
            "name": "Điều hành",
            "href": f"{path()}/",
            "url_route": "board",
            "destination": "nav",
            "nav_top_level": True,
        }
    ]
