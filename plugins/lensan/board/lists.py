"""What the board lists, whatever the period: files held back or refused, doubtful pairs, published reports.

Nobody but stewards is given what docs/decisions/0010-roles.md keeps from analysts: names, numbers,
values, file names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine

from lensan import warehouse
from lensan.board import facts
from lensan.domain import contracts, periods, problems
from lensan.domain.office import PROVINCE
from lensan.domain.problems import Problem
from lensan.producers import decisions
from lensan.reports import wording
from lensan.units import form_scans

REFUSED_SHOWN_FOR = timedelta(days=28)
MOST_ROWS = 500
MOST_PAIRS = 50
MOST_PASSED_OVER = 50
PASSED_OVER = {"total": "dòng cộng hoặc tên nhóm", "note": "ghi chú, chữ ký"}
MEASURES = {
    "in_period": "Trong kỳ",
    "growth_pct": "Tăng trưởng (%)",
    "cumulative": "Lũy kế",
    "completion_pct": "Hoàn thành (%)",
}


def held_back(engine: Engine, *, moment: datetime, is_steward: bool) -> dict[str, Any]:
    """Files with rows in quarantine, and files refused as a whole in the last four weeks."""
    with engine.begin() as connection:
        files = warehouse.rows(connection, "board/lists/held_files")
        refused = warehouse.rows(
            connection, "board/lists/rejected_files", since=moment - REFUSED_SHOWN_FOR
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
        found = warehouse.rows(connection, "board/lists/file", file_id=file_id)
        if not found:
            raise LookupError(f"there is no file {file_id}")
        rows = warehouse.rows(
            connection, "board/lists/held_rows", file_id=file_id, most=MOST_ROWS + 1
        )
        passed_over = warehouse.rows(
            connection, "board/lists/passed_over", file_id=file_id, most=MOST_PASSED_OVER
        )
        scans = form_scans.of_file(connection, file_id)
    if not is_steward:
        for row in rows:
            row["value"], row["message"] = None, row["rule_label"]
        for row in passed_over:
            row["text"] = None
    understood = found[0].pop("understood") or {}
    return {
        "file": _file(found[0], is_steward),
        "rows": rows[:MOST_ROWS],
        "has_more": len(rows) > MOST_ROWS,
        "scans": scans,
        "is_form": found[0]["source"] == "districts",
        "passed_over": [
            {**row, "why": PASSED_OVER.get(row["why"], row["why"])} for row in passed_over
        ],
        "rows_passed_over": passed_over[0]["rows_passed_over"] if passed_over else 0,
        "unread": [_unread(told) for told in understood.get("unread", [])],
        "ignored_sheets": understood.get("ignored_sheets", []),
    }


def _unread(told: Mapping[str, Any]) -> str:
    parameters = {name: value for name, value in told.items() if name != "rule"}
    return problems.sentence(Problem(told["rule"], parameters))


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
    found = decisions.doubtful_pairs(engine, with_settled=with_settled, most=MOST_PAIRS)
    with engine.begin() as connection:
        waiting = warehouse.rows(connection, "board/facts/counts")[0]["pairs"]
    return {"pairs": [_pair(pair) for pair in found], "waiting": waiting}


def pair(engine: Engine, pair_id: int) -> dict[str, Any]:
    """Personal data: stewards only. Raises LookupError for an unknown pair."""
    found = decisions.doubtful_pairs(engine, pair_id=pair_id)
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
        rows = warehouse.rows(connection, "board/lists/reports")
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
                "how": facts.released_text(row["how"], row["released_by"]),
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
