"""What the board shows of one period, read from the warehouse: plain values for the templates.

Nobody but stewards is given what docs/decisions/0010-roles.md keeps from analysts: names, numbers,
values, file names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine

from lensan import warehouse
from lensan.board import drawing, unit_map
from lensan.domain import contracts, indicators, periods, plans, report_forms
from lensan.domain.periods import ICT, Period
from lensan.domain.places import places
from lensan.domain.report_forms import FormRow
from lensan.gates import judge
from lensan.mail import alarms
from lensan.operations import obligations, report_runs
from lensan.reports import pace, wording

PERIODS_SHOWN = 8

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
    "adhoc": "Báo cáo đột xuất",
    "difficulty": "Trả lời khó khăn, vướng mắc",
    "glut": "Cảnh báo ùn ứ",
    "unit_page": "Trang của địa phương",
}
ROLES = {"to": "Đến", "cc": "Đồng gửi", "bcc": "Gửi ẩn"}
SHOWN_BEFORE_DRAFT = timedelta(hours=3)
SHOWN_BEFORE_DUE, SHOWN_AFTER_DUE = timedelta(hours=6), timedelta(hours=2)
"""What the way to the deadline shows: a draft of an earlier day stands at its beginning."""
SENDING_FOR = timedelta(minutes=2)
"""A mail that nothing was heard of for so long is not leaving just now."""
RELEASED = {
    "officer": "cán bộ phát hành, tài khoản {by}",
    "operator": "người trực phát hành, ghi tên {by}",
    "automatic": "tự động phát hành",
}


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
    shown = _run_of(period)
    titles = {c.source: c.title for c in contracts.contracts().values()}
    with engine.begin() as connection:
        revision = _last_revision(connection, period)
        found = {
            **_reported(connection, shown, moment),
            **_printed(connection, shown),
            **_mails(connection, period, revision),
            **_open_matters(connection, titles),
            "stale": _stale(connection, period, titles),
            "draft": _draft(connection, period),
            "published": warehouse.rows(
                connection, "board/facts/published", report_kind=period.kind
            ),
        }
    stands = _standing(engine, period, moment)
    return {
        **found,
        **stands,
        "others_out": _others_out(found.pop("published"), period, moment),
        "late": _lateness(stands["standing"], found["mails"], stands["due_at"]),
        **_neighbours(period, moment),
        **_alarms(engine),
        "periods": shown,
        "odd": odd(engine, period),
        "failed": [
            {"what": _run_title(dag_id, titles), "at": at} for dag_id, at in failed_runs.items()
        ],
    }


def pace_page(engine: Engine, period: Period) -> dict[str, Any]:
    """What a week must bring to meet each target, what it brought of late, who will miss it."""
    form = report_forms.form(period.kind)
    with engine.begin() as connection:
        rows = pace.of(connection, period)
        units = warehouse.rows(connection, "board/facts/units")
        revision = _last_revision(connection, period)
    names = {row["unit_code"]: row["full_name"] for row in units}
    return {
        "period": period,
        "label": wording.period_label(period),
        "lines": pace.lines(rows, form, names),
        "is_published": revision is not None,
        "span": pace.SPANS[period.cadence],
    }


def before_release(engine: Engine, period: Period, *, moment: datetime) -> dict[str, Any]:
    """What an officer should know before releasing a report: ``label``, ``doubts``, ``absent`` (units that
    sent nothing), ``refused`` (units whose file was), ``stale`` (platforms), ``late`` (by how much)."""
    due_at = period.due_at
    titles = {c.source: c.title for c in contracts.contracts().values()}
    with engine.begin() as connection:
        reported = _reported(connection, [period], moment)
        stale = _stale(connection, period, titles)
    return {
        "label": wording.period_label(period),
        "doubts": doubts(engine, period),
        "late": duration(moment - due_at) if moment >= due_at else None,
        "absent": [cell["unit"] for cell in reported["absent"]],
        "refused": [cell["unit"] for cell in reported["refused"]],
        "stale": [row["title"] for row in stale],
    }


def odd(engine: Engine, period: Period) -> list[str]:
    """What is impossible or very odd about a period's figures, each kind once."""
    return sorted({row["label"] for row in judge.doubts(engine, period)})


def doubts(engine: Engine, period: Period) -> list[str]:
    """What is doubtful about a report as judged last, a sentence each: that there is nothing in it, and
    each impossible or very odd figure with its place."""
    found = [f"Không có gì để báo cáo: {why}." for why in obligations.holds(engine, period)]
    with engine.begin() as connection:
        names = {
            row["unit_code"]: row["full_name"]
            for row in warehouse.rows(connection, "board/facts/units")
        }
    for row in judge.doubts(engine, period):
        unit = row["unit_code"]
        where = [names.get(unit, "Toàn tỉnh")] if unit else []
        where += [row["indicator_code"]] if row["indicator_code"] else []
        numbers = [wording.number(row[k]) for k in ("found", "expected") if row[k] is not None]
        against = f" ({' so với '.join(numbers)})" if where and numbers else ""
        found.append(f"{': '.join(filter(None, [', '.join(where), row['label']]))}{against}.")
    return found


def mark(shown: Sequence[str]) -> str:
    """The mark of what a page showed: another one as soon as anything of it is different."""
    return hashlib.sha256("\n".join(shown).encode()).hexdigest()[:20]


def draft_files(reports: Path, period: Period) -> dict[str, Path]:
    """Name → path of what the draft's folder holds; names are looked up, never joined to a path."""
    folder = obligations.draft_folder(reports, period)
    if not folder.is_dir():
        return {}
    return {
        path.name: path
        for path in sorted(folder.iterdir())
        if path.name.startswith(obligations.DRAFT_MARK) and path.is_file()
    }


def draft_links(reports: Path, period: Period) -> dict[str, str]:
    """What to call a file of the draft → its path below the board's prefix: PDF and workbook first."""
    labels = {"pdf": "PDF", "xlsx": "Excel", "docx": "Báo cáo bằng lời (Word)", "json": "JSON"}
    files = {name.rpartition(".")[2]: name for name in draft_files(reports, period)}
    return {
        label: f"/draft/{period.kind}/{period.name}/{quote(files[suffix])}"
        for suffix, label in labels.items()
        if suffix in files
    }


def last_revision(engine: Engine, period: Period) -> int | None:
    """The last published revision; null for a report that is not published."""
    with engine.begin() as connection:
        return _last_revision(connection, period)


def recipients(engine: Engine, period: Period, revision: int) -> list[str]:
    """The addresses that would get that revision now and have not been queued for it."""
    with engine.begin() as connection:
        return [row["address"] for row in _unqueued(connection, period, revision)]


def _last_revision(connection: Connection, period: Period) -> int | None:
    found: int | None = warehouse.scalar(
        connection, "board/facts/last_revision", report_kind=period.kind, period=period.name
    )
    return found


def _unqueued(connection: Connection, period: Period, revision: int) -> list[dict[str, Any]]:
    return warehouse.rows(
        connection,
        "board/facts/recipients",
        report_kind=period.kind,
        period=period.name,
        revision=revision,
    )


def _standing(engine: Engine, period: Period, moment: datetime) -> dict[str, Any]:
    """Where the report stands on its way to the deadline."""
    form = report_forms.form(period.kind)
    standing = obligations.standing(engine, period)
    due_at, draft_at = period.due_at, period.draft_at
    release_at = obligations.released_by_itself_at(engine, period)
    way = drawing.timeline(
        max(draft_at - SHOWN_BEFORE_DRAFT, due_at - SHOWN_BEFORE_DUE),
        due_at + SHOWN_AFTER_DUE,
        [draft_at, release_at, due_at],
        moment,
    )
    released = standing.released
    is_owed = obligations.is_in_operation(engine, period)
    holds = obligations.holds(engine, period)
    return {
        "period": period,
        "is_calm": not is_owed and obligations.NOTHING_IN_IT["has_received"] in holds,
        "last_report": None if is_owed else _last_report(engine, period),
        "holds": holds if is_owed and not standing.is_published else [],
        "not_yet": None if standing.is_published else obligations.said_not_yet(engine, period),
        "is_unmailed": standing.is_published and not standing.queued and not standing.wants_mail,
        "label": wording.period_label(period),
        "word": form.word,
        "standing": standing,
        "released_text": released_text(released["how"], released["released_by"])
        if released
        else None,
        "due_at": due_at,
        "draft_at": draft_at,
        "automatic_release_at": release_at,
        "is_over": moment >= period.ends_at,
        "is_due": moment >= due_at,
        "may_remind": period == periods.owed(period.kind, moment)
        and moment.astimezone(ICT).date() >= period.reminders_at()[0].date()
        and moment < period.automatic_release_at,
        "is_due_day": moment.astimezone(ICT).date() == period.due_day,
        "left": duration(abs(due_at - moment)),
        "timeline": way,
    }


def _last_report(engine: Engine, period: Period) -> Period | None:
    """The newest published report of the kind: what an installation without the current period has."""
    with engine.begin() as connection:
        name = warehouse.scalar(
            connection, "operations/obligations/last_published", report_kind=period.kind
        )
    return None if name is None else periods.parse(period.kind, name)


def _lateness(
    standing: obligations.Standing, mails: Iterable[Mapping[str, Any]], due_at: datetime
) -> str | None:
    """By how much a report that was to be mailed was published or mailed late; null: it was not. One that came
    when the next was due already was made up for: its day says more than how many days that were."""
    if standing.published_at is None or not standing.wants_mail:
        return None
    first = [row["sent_at"] for row in mails if not row["revision"] and row["sent_at"]]
    done_at = max([standing.published_at, *first])
    if done_at <= due_at:
        return None
    if done_at >= standing.period.next().due_at:
        return f"bù ngày {done_at.astimezone(ICT):%d/%m/%Y}"
    return f"muộn {duration(done_at - due_at)}"


def is_sending(found: Mapping[str, Any], moment: datetime, *, has_just_begun: bool) -> bool:
    """Whether the mails of the report of a period's page (``found``) are leaving just now.

    ``has_just_begun``: an act of a moment ago sends them, and the ledger may not have them yet."""
    mails = found["mails"]
    if any(row["state"] in ("failed", "unknown") for row in mails):
        return False
    waiting = [row for row in mails if row["state"] != "sent"]
    if not waiting:
        return has_just_begun and not found["standing"].is_out
    return all(
        not row["last_error"] and moment - row["changed_at"] < SENDING_FOR for row in waiting
    )


def _others_out(
    published: Sequence[Mapping[str, Any]], period: Period, moment: datetime
) -> dict[str, Any] | None:
    """All other periods from the first that was ``published`` to the last that was due, or to the last published
    where that is longer ago than the page shows: how many, ``since`` which, and ``gaps``: not published, or mails
    that did not go out. An installation that has rested for years, as after a demo, owes nothing of them."""
    if not published:
        return None
    last = published[-1]["period"]
    if last >= _run_of(periods.owed(period.kind, moment))[0].name:
        last = max(last, periods.owed(period.kind, moment).previous().name)
    whole = {row["period"] for row in published if not row["is_unsent"]}
    others = [
        each
        for each in periods.between(period.kind, published[0]["period"], last)
        if each != period
    ]
    gaps = [each for each in others if each.name not in whole]
    return {"count": len(others), "since": others[0], "gaps": gaps} if others else None


def _neighbours(period: Period, moment: datetime) -> dict[str, Any]:
    """The periods that the pager leads to; null where there is none."""
    earlier, later = period.previous(), period.next()
    return {
        "earlier": None if earlier.is_before_plan else earlier,
        "later": later if later.start <= moment.date() and not later.is_after_plan else None,
    }


def _reported(connection: Connection, shown: Sequence[Period], moment: datetime) -> dict[str, Any]:
    """Which units reported for the periods ``shown``, and how it stands in the last of them."""
    rows = warehouse.rows(
        connection,
        "board/facts/submissions",
        report_kind=shown[-1].kind,
        starts=[each.start for each in shown],
        ends=[each.end for each in shown],
    )
    matrix = _matrix(rows, shown, moment)
    now = [
        line["cells"][-1] | {"unit": line["unit"], "unit_code": line["unit_code"]}
        for line in matrix
        if line["cells"][-1]
    ]
    return {
        "matrix": matrix,
        "state_texts": STATES,
        "units": len(now),
        "received": sum(cell["state"] in ("on_time", "late", "corrected") for cell in now),
        "absent": [cell for cell in now if cell["state"] in ("missing", "awaited")],
        "refused": [cell for cell in now if cell["state"] == "rejected"],
        "map": unit_map.of(_where_they_lie(now, shown[-1])),
    }


def _where_they_lie(cells: Iterable[Mapping[str, Any]], period: Period) -> list[Mapping[str, Any]]:
    """The cells for the map: that of a region stands at each of the units for which it reports."""
    known = places()
    found: dict[str, list[str]] = {}
    for row in known.units:
        region = known.regions.of_unit(row["code"], period.last_day)
        if region is not None and known.exists(row["code"], period.last_day):
            found.setdefault(region.code, []).append(row["code"])
    return [
        {**cell, "unit_code": code}
        for cell in cells
        for code in found.get(cell["unit_code"], [cell["unit_code"]])
    ]


def _stale(
    connection: Connection, period: Period, titles: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The platforms whose last export is too old for the period."""
    freshness = warehouse.rows(
        connection,
        "figures/notes/platform_freshness",
        last_day=period.last_day,
        platforms=[c.source for c in contracts.contracts().values() if c.platform],
    )
    return [{**row, "title": titles[row["platform"]]} for row in freshness if not row["is_fresh"]]


def _draft(connection: Connection, period: Period) -> dict[str, Any] | None:
    """The draft that waits for release."""
    for row in warehouse.rows(connection, "operations/obligations/drafts"):
        if (row["report_kind"], row["period"]) == (period.kind, period.name):
            return row
    return None


def _printed(connection: Connection, shown: Sequence[Period]) -> dict[str, Any]:
    """The province's figures of the last period ``shown``, and their course over all of them."""
    rows = warehouse.rows(
        connection,
        "board/facts/figures",
        report_kind=shown[-1].kind,
        first_start=shown[0].start,
        last_start=shown[-1].start,
    )
    return {
        "figures": _figures(rows, report_forms.form(shown[-1].kind).lines, shown),
        "figures_from": _figures_from(rows, shown[-1]),
        "regions": _of_regions(connection, shown[-1]),
    }


def _of_regions(connection: Connection, period: Period) -> list[dict[str, Any]]:
    """The figures of regions in the order of the form, as printed last or else as computed: of each ``region`` and
    ``is_reporting``, and ``cells`` with ``in_period``, ``cumulative`` and ``completion``. Empty without regions."""
    found = warehouse.rows(
        connection,
        "board/facts/regions",
        report_kind=period.kind,
        period_start=period.start,
        last_day=period.last_day,
    )
    lines = report_forms.form(period.kind).lines
    by_region: dict[str, dict[str, Any]] = {}
    for row in found:
        region = by_region.setdefault(row["region_code"], {**row, "of": {}})
        region["of"][row["indicator_code"]] = row
    return [
        {
            "region": region["region"],
            "is_reporting": region["is_reporting"],
            "cells": [
                {
                    "code": line.indicator,
                    "title": line.label,
                    "in_period": _amount(line, row, "in_period"),
                    "cumulative": _amount(line, row, "cumulative"),
                    "completion": row["completion_pct"] if row else None,
                }
                for line in lines
                for row in [region["of"].get(line.indicator)]
            ],
        }
        for region in by_region.values()
    ]


def _mails(connection: Connection, period: Period, revision: int | None) -> dict[str, Any]:
    """The mails of a report, and those of any other kind that did not go out."""
    mails = warehouse.rows(
        connection, "board/facts/deliveries", report_kind=period.kind, period=period.name
    )
    waits = any(row["state"] == "pending" and row["revision"] == revision for row in mails)
    added = [] if revision is None else _unqueued(connection, period, revision)
    return {
        "mails": [
            {**row, "state_text": MAIL_STATES[row["state"]], "role_text": ROLES[row["role"]]}
            for row in mails
        ],
        "may_be_sent": waits or bool(added),
        "added": [row["address"] for row in added],
        "notices": [
            {
                **row,
                "state_text": MAIL_STATES[row["state"]],
                "kind_text": NOTICE_KINDS[row["kind"]],
            }
            for row in warehouse.rows(connection, "board/facts/notices", mail_key=None)
        ],
    }


def _open_matters(connection: Connection, titles: Mapping[str, str]) -> dict[str, Any]:
    """What waits for people, whatever the period."""
    stopped = warehouse.rows(connection, "board/facts/stopped")
    verdicts = warehouse.rows(
        connection, "board/facts/list", gate=None, source=None, with_passed=False
    )
    return {
        "counts": warehouse.rows(connection, "board/facts/counts")[0],
        "stopped": [{"file_id": row["file_id"], "title": titles[row["source"]]} for row in stopped],
        "not_passed": len(verdicts),
    }


def checks(engine: Engine) -> list[dict[str, Any]]:
    """The checks whose last verdict was no pass, worst first, of whatever period."""
    with engine.begin() as connection:
        rows = warehouse.rows(
            connection, "board/facts/list", gate=None, source=None, with_passed=False
        )
    every = contracts.contracts()
    for row in rows:
        row["source_title"] = every[row["source"]].title if row["source"] in every else None
        kind, _, name = row["period"].partition(" ")
        row["period_label"] = wording.period_label(periods.parse(kind, name))
        row["state_text"] = "Không đạt" if row["severity"] == "fail" else "Cảnh báo"
    return rows


def released_text(how: str | None, by: str | None) -> str | None:
    """Who released a report, in words: an account is none's name. Null: nobody did."""
    return RELEASED[how].format(by=by or "không rõ") if how in RELEASED else None


def _alarms(engine: Engine) -> dict[str, Any]:
    found = alarms.listed(engine)
    return {
        "alarms": found,
        "unseen_alarms": sum(alarm["acknowledged_at"] is None for alarm in found),
    }


def others_owed(
    engine: Engine, moment: datetime, shown: Period, alarmed: Iterable[str]
) -> list[dict[str, Any]]:
    """The other reports that an officer must have in mind: those before that are not out, and those
    due next. ``alarmed``: keys of open alarms, which say enough of the former."""
    found = []
    kinds = plans.kinds()
    for kind in kinds:
        before = periods.owed(kind, moment).previous()
        if before == shown or not before.is_of_plan:
            continue
        standing = obligations.standing(engine, before)
        is_known = any(key.startswith(f"report|{kind}|{before.name}|") for key in alarmed)
        if not standing.is_out and not is_known and obligations.is_in_operation(engine, before):
            found.append(_brief(standing, moment, is_late=True))
    for kind in reversed(kinds) if shown.cadence == "week" else kinds:
        period = periods.owed(kind, moment)
        if period != shown and period.is_of_plan:
            found.append(_brief(obligations.standing(engine, period), moment, is_late=False))
    return found


def _brief(standing: obligations.Standing, moment: datetime, *, is_late: bool) -> dict[str, Any]:
    due_at = standing.period.due_at
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
    while len(found) < PERIODS_SHOWN and not found[0].previous().is_before_plan:
        found.insert(0, found[0].previous())
    return found


def _matrix(
    rows: Iterable[Mapping[str, Any]], shown: Sequence[Period], moment: datetime
) -> list[dict[str, Any]]:
    """A line for each unit with a cell for each period; null where the unit was none then."""
    lines: dict[str, dict[str, Any]] = {}
    for row in rows:
        line = lines.setdefault(
            row["unit_code"],
            {"unit_code": row["unit_code"], "unit": row["unit"], "cells": [None] * len(shown)},
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
    rows: Iterable[Mapping[str, Any]], lines: Iterable[FormRow], shown: Sequence[Period]
) -> list[dict[str, Any]]:
    by_code: dict[str, dict[date, Mapping[str, Any]]] = {}
    for row in rows:
        by_code.setdefault(row["indicator_code"], {})[row["period_start"]] = row
    with_platform = {i.code for i in indicators.indicators() if i.has_platform}
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
    reports = {report_runs.dag_id(kind): f"Lập {report_forms.name(kind)}" for kind in plans.kinds()}
    return {**reports, "deadline_watchdog": "Canh hạn gửi báo cáo"}.get(dag_id, dag_id)


def duration(left: timedelta) -> str:
    """``2 ngày 3 giờ``, ``1 giờ 05 phút``, ``12 phút``: minutes are rounded down."""
    minutes = int(left.total_seconds() // 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} ngày {hours} giờ" if hours else f"{days} ngày"
    return f"{hours} giờ {minutes:02} phút" if hours else f"{minutes} phút"
