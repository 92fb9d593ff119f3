"""What the tasks of the ad-hoc report's DAG call: from the form of a run to a frozen report and its mails."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from lensan.domain import periods, settings
from lensan.domain.places import places
from lensan.mail import adhoc_mail
from lensan.operations import connections
from lensan.operations.tasks import moment_of
from lensan.reports import adhoc


def make(context: Mapping[str, Any]) -> str:
    """Make the report that the form of a run asks for; returns its number.

    Raises ValueError saying which field is wrong, LookupError for a unit that there was none of.
    """
    given = context["params"]
    for field in ("first_day", "last_day", "title", "reason"):
        if not given.get(field):
            raise ValueError(f"{field}: fill it in, then trigger again")
    first, last = (date.fromisoformat(given[field]) for field in ("first_day", "last_day"))
    moment = moment_of(context)
    asked = adhoc.request(
        periods.span(first, last + timedelta(days=1)),
        title=given["title"],
        reason=given["reason"],
        units=[_unit(each, last) for each in given.get("units") or ()],
        indicators=given.get("indicators") or (),
        moment=moment,
    )
    engine, reports = connections.warehouse_engine(), settings.settings().reports
    return adhoc.make(engine, asked, reports, moment=moment, by=_by(context)).number


def mail(number: str, context: Mapping[str, Any], now: datetime) -> dict[str, str]:
    """Mail the report to the addresses of the form, if there are any; their states. ``now`` is aware.

    Raises RuntimeError while one is pending, so that the task is tried again.
    """
    addresses = context["params"].get("mail") or ()
    if not addresses:
        return {}
    engine, server = connections.warehouse_engine(), connections.smtp_server()
    states = adhoc_mail.send(engine, server, number, addresses, moment=now, by=_by(context))
    if "pending" in states.values():
        raise RuntimeError(f"mails of ad-hoc report {number} are pending: the server was not there")
    return states


def _unit(text: str, on: date) -> str:
    found = places().match_unit(text, on).value
    return text if found is None else str(found)


def _by(context: Mapping[str, Any]) -> str:
    return getattr(context["dag_run"], "triggering_user_name", None) or "airflow"
