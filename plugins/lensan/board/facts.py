"""What the board shows, read from the warehouse: plain values for the templates.

Nobody but stewards is given what decision 10 keeps from analysts: names, numbers, values, file names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine

from lensan import warehouse
from lensan.board import drawing
from lensan.domain import contracts, periods, report_forms
from lensan.domain.periods import ICT, Kind, Period
from lensan.domain.report_forms import FormRow
from lensan.domain.report_model import PROVINCE
from lensan.figures import measuring
from lensan.gates import judge
from lensan.mail import alarms
from lensan.operations import obligations
from lensan.producers import resolution
from lensan.reports import wording

PERIODS_SHOWN = 8
REFUSED_SHOWN_FOR = timedelta(days=28)
MOST_ROWS = 500
MOST_PAIRS = 50

STATES = {
    "on_time": "Đúng hạn",
    "late": "Muộn",
    "corrected": "Có gửi lại bản sửa",
    "rejected": "Bị từ chối",
    "missing": "Thiếu",
    "awaited": "Chưa gửi, chưa đến hạn",
}
MAIL_STATES = {
    "pending": "Chờ gửi",
    "sending": "Đang gửi",
    "sent": "Đã gửi",
    "failed": "Bị từ chối",
    "unknown": "Không rõ đã đến chưa",
}
NOTICE_KINDS = {
    "reminder": "Nhắc gửi số liệu",
    "feedback": "Trả lại tệp cần sửa",
    "receipt": "Báo đã nhận",
    "alarm": "Cảnh báo",
}
ROLES = {"to": "Đến", "cc": "Đồng gửi", "bcc": "Gửi ẩn"}
RELEASED = {"officer": "cán bộ phát hành", "operator": "phát hành", "automatic": "tự động"}
MEASURES = {
    "in_period": "Trong kỳ",
    "growth_pct": "Tăng trưởng (%)",
    "cumulative": "Lũy kế",
    "completion_pct": "Hoàn thành (%)",
}


def owed(kind: Kind, moment: datetime) -> Period:
    """The period whose deadline is next, on its due day also after it (``moment``: aware).

    A week stays until its due Thursday is over, a month until the 3rd of the next one is.
    """
    day = moment.astimezone(ICT).date()
    if kind == "week":
        return periods.week_of(day - timedelta(days=1))
    return periods.month(day - timedelta(days=3))


def period_page(
    engine: Engine,
    period: Period,
    *,
    moment: datetime,
    failed_runs: Mapping[str, datetime | None],
) -> dict[str, Any]:
    """Everything about one period's report: where it stands, what is missing, figures, mails.

    ``failed_runs``: ids of DAGs whose last run failed → when. ``moment`` (aware) is now.
    """
    form = report_forms.form(period.kind)
    standing = obligations.standing(engine, period)
    shown = _run_of(period)
    where = {"report_kind": period.kind, "period": period.name}
    titles = {c.source: c.title for c in contracts.contracts().values()}
    with engine.begin() as connection:
        sent = warehouse.rows(
            connection,
            "board/facts/submissions",
            report_kind=period.kind,
            starts=[each.start for each in shown],
            ends=[each.end for each in shown],
        )
        figures = warehouse.rows(
            connection,
            "board/facts/figures",
            report_kind=period.kind,
            first_start=shown[0].start,
            last_start=period.start,
        )
        freshness = warehouse.rows(
            connection,
            "figures/measuring/platform_freshness",
            last_day=period.last_day,
            platforms=[c.source for c in contracts.contracts().values() if c.platform],
        )
        mails = warehouse.rows(connection, "board/facts/deliveries", **where)
        notices = warehouse.rows(connection, "board/facts/notices", mail_key=None)
        drafts = warehouse.rows(connection, "operations/obligations/drafts")
        revision = warehouse.scalar(connection, "board/facts/last_revision", **where)
        unsent: list[dict[str, Any]] = []
        if revision is not None:
            unsent = warehouse.rows(
                connection, "board/facts/recipients", **where, revision=revision
            )
        counts = warehouse.rows(connection, "board/facts/counts")[0]
        stopped = warehouse.rows(connection, "board/facts/stopped")
        verdicts = warehouse.rows(
            connection, "board/facts/list", gate=None, source=None, with_passed=False
        )
    draft = next(
        (
            row
            for row in drafts
            if (row["report_kind"], row["period"]) == (period.kind, period.name)
        ),
        None,
    )
    matrix = _matrix(sent, shown, moment)
    now = [line["cells"][-1] | {"unit": line["unit"]} for line in matrix if line["cells"][-1]]
    open_alarms = alarms.listed(engine)
    facts: dict[str, Any] = {
        "period": period,
        "label": wording.period_label(period),
        "word": form.word,
        "standing": standing,
        "draft": draft,
        "due_at": form.due_at(period),
        "draft_at": form.draft_at(period),
        "automatic_release_at": obligations.released_by_itself_at(engine, period),
        "odd": sorted({row["label"] for row in judge.doubts(engine, period)}),
        "stopped": [{"file_id": row["file_id"], "title": titles[row["source"]]} for row in stopped],
        "not_passed": len(verdicts),
        "is_over": moment >= period.ends_at,
        "is_due": moment >= form.due_at(period),
        "left": duration(abs(form.due_at(period) - moment)),
        "earlier": period.previous() if period.previous().end > periods.PLAN_START else None,
        "later": period.next() if period.next().start <= moment.date() else None,
        "periods": shown,
        "matrix": matrix,
        "absent": [cell["unit"] for cell in now if cell["state"] in ("missing", "awaited")],
        "refused": [cell for cell in now if cell["state"] == "rejected"],
        "received": sum(cell["state"] in ("on_time", "late", "corrected") for cell in now),
        "units": len(now),
        "stale": [
            {**row, "title": titles[row["platform"]]} for row in freshness if not row["is_fresh"]
        ],
        "failed": [
            {"what": _run_title(dag_id, titles), "at": at} for dag_id, at in failed_runs.items()
        ],
        "alarms": open_alarms,
        "unseen_alarms": sum(alarm["acknowledged_at"] is None for alarm in open_alarms),
        "figures": _figures(figures, form.lines, shown),
        "figures_from": _figures_from(figures, period),
        "mails": [
            {**row, "state_text": MAIL_STATES[row["state"]], "role_text": ROLES[row["role"]]}
            for row in mails
        ],
        "notices": [
            {
                **row,
                "state_text": MAIL_STATES[row["state"]],
                "kind_text": NOTICE_KINDS[row["kind"]],
            }
            for row in notices
        ],
        "may_be_sent": bool(unsent)
        or any(row["state"] == "pending" and row["revision"] == revision for row in mails),
        "counts": counts,
        "state_texts": STATES,
        "released_text": RELEASED.get(standing.released["how"]) if standing.released else None,
    }
    day = facts["due_at"].replace(hour=0, minute=0)
    opening = day + timedelta(hours=8)
    facts["timeline"] = drawing.timeline(
        opening,
        max(facts["due_at"] + timedelta(hours=1), day + timedelta(hours=16)),
        [facts["draft_at"], facts["automatic_release_at"], facts["due_at"]],
        moment,
    )
    facts["is_due_day"] = moment.astimezone(ICT).date() == day.date()
    return facts


def others_owed(
    engine: Engine, moment: datetime, shown: Period, alarmed: Iterable[str]
) -> list[dict[str, Any]]:
    """The other reports that an officer must have in mind: those before that are not out, and those
    due next. ``alarmed``: keys of open alarms, which say enough of the former."""
    found = []
    kinds: tuple[Kind, ...] = ("week", "month")
    for kind in kinds:
        before = owed(kind, moment).previous()
        if before == shown or before.end <= periods.PLAN_START:
            continue
        standing = obligations.standing(engine, before)
        is_known = any(key.startswith(f"report|{kind}|{before.name}|") for key in alarmed)
        if not standing.is_out and not is_known and _is_in_operation(engine, standing):
            found.append(_brief(standing, moment, is_late=True))
    for kind in reversed(kinds) if shown.kind == "week" else kinds:
        period = owed(kind, moment)
        if period != shown:
            found.append(_brief(obligations.standing(engine, period), moment, is_late=False))
    return found


def _is_in_operation(engine: Engine, standing: obligations.Standing) -> bool:
    """Whether the report was begun or the one before it published: a new installation owes nothing."""
    if standing.is_published or standing.released is not None:
        return True
    earlier = standing.period.previous()
    with engine.begin() as connection:
        revision = warehouse.scalar(
            connection, "board/facts/last_revision", report_kind=earlier.kind, period=earlier.name
        )
    return revision is not None


def _brief(standing: obligations.Standing, moment: datetime, *, is_late: bool) -> dict[str, Any]:
    due_at = report_forms.form(standing.period.kind).due_at(standing.period)
    if standing.is_out:
        text = "đã phát hành và gửi xong"
    elif standing.is_published:
        text = "đã phát hành, chưa gửi xong"
    elif moment >= due_at:
        text = "quá hạn, chưa phát hành"
    else:
        text = f"còn {duration(due_at - moment)}"
    return {
        "period": standing.period,
        "label": wording.period_label(standing.period),
        "due_at": due_at,
        "text": text,
        "is_late": is_late or (moment >= due_at and not standing.is_out),
    }


def _run_of(period: Period) -> list[Period]:
    """The period and those before it, oldest first, none from before the plan."""
    found = [period]
    while len(found) < PERIODS_SHOWN and found[0].previous().end > periods.PLAN_START:
        found.insert(0, found[0].previous())
    return found


def _matrix(
    rows: Iterable[Mapping[str, Any]], shown: list[Period], moment: datetime
) -> list[dict[str, Any]]:
    """A line for each unit with a cell for each period; null where the unit was none then."""
    lines: dict[str, dict[str, Any]] = {}
    for row in rows:
        line = lines.setdefault(
            row["unit_code"], {"unit": row["unit"], "cells": [None] * len(shown)}
        )
        line["unit"] = row["unit"]
        due_at = shown[row["no"] - 1].due_at
        line["cells"][row["no"] - 1] = _cell(row, due_at, moment)
    return list(lines.values())


def _cell(row: Mapping[str, Any], due_at: datetime, moment: datetime) -> dict[str, Any]:
    if row["versions"]:
        state = "late" if row["first_at"] > due_at else "on_time"
        at = row["first_at"]
        if row["versions"] > 1:
            state, at = "corrected", row["last_at"]
    elif row["rejected_at"] is not None:
        state, at = "rejected", row["rejected_at"]
    else:
        state, at = ("missing" if moment >= due_at else "awaited"), None
    text = STATES[state]
    if state == "corrected" and row["first_at"] > due_at:
        text += ", bản đầu đến muộn"
    if row["rejected_because"]:
        text += f": {row['rejected_because']}"
    return {"state": state, "text": text, "at": at, "file_id": row["file_id"]}


def _figures(
    rows: Iterable[Mapping[str, Any]], lines: Iterable[FormRow], shown: list[Period]
) -> list[dict[str, Any]]:
    by_code: dict[str, dict[date, Mapping[str, Any]]] = {}
    for row in rows:
        by_code.setdefault(row["indicator_code"], {})[row["period_start"]] = row
    with_platform = {i.code for i in measuring.indicators() if "platform" in i.channels}
    found = []
    for line in lines:
        of_periods = by_code.get(line.indicator or "", {})
        now = of_periods.get(shown[-1].start)
        values = [
            of_periods[p.start]["in_period"] if p.start in of_periods else None for p in shown
        ]
        completion = now["completion_pct"] if now else None
        found.append(
            {
                "code": line.indicator,
                "label": line.short or line.label,
                "title": line.label,
                "unit_of_measure": line.unit_of_measure,
                "in_period": _amount(line, now, "in_period"),
                "cumulative": _amount(line, now, "cumulative"),
                "growth": now["growth_pct"] if now else None,
                "completion": completion,
                "bar": None if completion is None else float(min(max(completion, Decimal(0)), 125)),
                "by_form": now is not None
                and now["channel"] == "submission"
                and line.indicator in with_platform,
                "line": drawing.sparkline(values),
                "spoken": ", ".join(wording.number(v, line.decimals) or "trống" for v in values),
            }
        )
    return found


def _amount(line: FormRow, row: Mapping[str, Any] | None, measure: str) -> str:
    if row is None:
        return ""
    if line.parts == 2:
        return wording.parts(row[measure], row[f"{measure}_2"])
    return wording.number(row[measure], line.decimals)


def _figures_from(rows: Iterable[Mapping[str, Any]], period: Period) -> dict[str, Any] | None:
    """Whether the period's figures are printed ones, and since when."""
    own = [row for row in rows if row["period_start"] == period.start]
    if not own:
        return None
    return {"revision": own[0]["revision"], "at": max(row["at"] for row in own)}


def _run_title(dag_id: str, titles: Mapping[str, str]) -> str:
    source = dag_id.removeprefix("ingest_")
    if source != dag_id:
        return f"Lấy dữ liệu: {titles.get(source, source)}"
    return {
        "weekly_report": "Lập báo cáo tuần",
        "monthly_report": "Lập báo cáo tháng",
        "deadline_watchdog": "Canh hạn gửi báo cáo",
    }.get(dag_id, dag_id)


def duration(left: timedelta) -> str:
    """``2 ngày 3 giờ``, ``1 giờ 05 phút``, ``12 phút``: minutes are rounded down."""
    minutes = int(left.total_seconds() // 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} ngày {hours} giờ" if hours else f"{days} ngày"
    return f"{hours} giờ {minutes:02} phút" if hours else f"{minutes} phút"


# ---------------------------------------------------------------- held back, refused, in doubt


def held_back(engine: Engine, *, moment: datetime, is_steward: bool) -> dict[str, Any]:
    """Files with rows in quarantine, and files refused as a whole in the last four weeks."""
    with engine.begin() as connection:
        files = warehouse.rows(connection, "board/facts/held_files")
        refused = warehouse.rows(
            connection, "board/facts/rejected_files", since=moment - REFUSED_SHOWN_FOR
        )
    return {
        "files": [_file(row, is_steward) for row in files],
        "refused": [_file(row, is_steward) for row in refused],
        "rows_held": sum(row["rows_held"] for row in files),
        "days": REFUSED_SHOWN_FOR.days,
    }


def file_page(engine: Engine, file_id: int, *, is_steward: bool) -> dict[str, Any]:
    """A file with what is held back of it. Raises LookupError for an unknown one."""
    with engine.begin() as connection:
        found = warehouse.rows(connection, "board/facts/file", file_id=file_id)
        if not found:
            raise LookupError(f"there is no file {file_id}")
        rows = warehouse.rows(
            connection, "board/facts/held_rows", file_id=file_id, most=MOST_ROWS + 1
        )
    if not is_steward:
        for row in rows:
            row["value"], row["message"] = None, row["rule_label"]
    return {
        "file": _file(found[0], is_steward),
        "rows": rows[:MOST_ROWS],
        "has_more": len(rows) > MOST_ROWS,
        "is_form": found[0]["source"] == "districts",
    }


def _file(row: Mapping[str, Any], is_steward: bool) -> dict[str, Any]:
    """Senders choose file names and reasons quote them: both are for stewards."""
    titles = {c.source: c.title for c in contracts.contracts().values()}
    shown = {**row, "title": titles.get(row["source"], row["source"])}
    if not is_steward:
        shown["name"] = None
        shown["reason"] = row.get("rule_label")
    return shown


def pairs(engine: Engine, *, with_settled: bool, is_steward: bool) -> dict[str, Any]:
    """Doubtful pairs, likeliest first. Others than stewards see how many wait and since when."""
    if not is_steward:
        with engine.begin() as connection:
            return {
                "pairs": [],
                "waiting": warehouse.rows(connection, "board/facts/counts")[0]["pairs"],
            }
    found = resolution.doubtful_pairs(engine, with_settled=with_settled, most=MOST_PAIRS)
    with engine.begin() as connection:
        waiting = warehouse.rows(connection, "board/facts/counts")[0]["pairs"]
    return {"pairs": [_pair(pair) for pair in found], "waiting": waiting}


def pair(engine: Engine, pair_id: int) -> dict[str, Any]:
    """Personal data: stewards only. Raises LookupError for an unknown pair."""
    found = resolution.doubtful_pairs(engine, pair_id=pair_id)
    if not found:
        raise LookupError(f"there is no pair {pair_id}")
    return _pair(found[0])


_SIDE = (
    ("Tên", "name"), ("Số giấy tờ", "paper_number"), ("Điện thoại", "phone"),
    ("Xã/phường", "commune"), ("Địa phương", "unit"),
)  # fmt: skip
_KINDS = {"stall": "Gian hàng", "registry": "Danh sách địa phương", "wallet": "Ví điện tử"}


def _pair(pair: Mapping[str, Any]) -> dict[str, Any]:
    sides = [pair["left"], pair["right"]]
    lines = []
    for label, name in _SIDE:
        values = [side[name] for side in sides]
        if any(value is not None for value in values):
            lines.append({"label": label, "values": values, "is_same": values[0] == values[1]})
    places = [
        " · ".join(
            str(part)
            for part in (
                _KINDS[side["kind"]],
                side["file"],
                side["sheet"] and f"trang “{side['sheet']}”",
                side["row_number"] and f"dòng {side['row_number']}",
            )
            if part
        )
        for side in sides
    ]
    return {**pair, "lines": lines, "places": places}


# ---------------------------------------------------------------- archive


def archive(engine: Engine) -> list[dict[str, Any]]:
    """All published reports, newest period first, each revision with its files."""
    with engine.begin() as connection:
        rows = warehouse.rows(connection, "board/facts/reports")
    found: dict[tuple[str, str, int], dict[str, Any]] = {}
    for row in rows:
        period = periods.parse(row["report_kind"], row["period"])
        report = found.setdefault(
            (row["report_kind"], row["period"], row["revision"]),
            {
                "period": period,
                "label": wording.period_label(period),
                "revision": row["revision"],
                "published_at": row["published_at"],
                "reason": row["reason"],
                "how": RELEASED.get(row["how"]),
                "by": row["released_by"],
                "files": [],
            },
        )
        report["files"].append(
            {"name": row["name"], "sha256": row["sha256"], "size_bytes": row["size_bytes"]}
        )
    return list(found.values())


def changed(found: Iterable[Mapping[str, Any]], units: Mapping[str, str]) -> list[dict[str, Any]]:
    """The rows of publishing.changes as they are printed."""
    shown = []
    for row in found:
        old, new = (
            wording.parts(row[f"{which}_value"], row[f"{which}_value_2"])
            if row["old_value_2"] is not None or row["new_value_2"] is not None
            else _plain(row[f"{which}_value"])
            for which in ("old", "new")
        )
        shown.append(
            {
                "unit": units.get(row["unit_code"], row["unit_code"]),
                "indicator": row["indicator_code"],
                "measure": MEASURES[row["measure"]],
                "old": old or "–",
                "new": new or "–",
                "is_province": row["unit_code"] == PROVINCE,
            }
        )
    return shown


def _plain(value: Decimal | None) -> str:
    if value is None:
        return ""
    exponent = value.normalize().as_tuple().exponent
    return wording.number(value, max(0, -exponent) if isinstance(exponent, int) else 0)
