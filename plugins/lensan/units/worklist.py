"""What stewards and units have to do: derived from what is known, each entry closes by itself when the data show it done.

Nothing of it is stored: what was open before is asked of what was known then (docs/rules/reports.md#worklist).
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import xlsxwriter
from sqlalchemy import Connection, Engine

from lensan import warehouse
from lensan.domain.periods import ICT
from lensan.domain.places import places
from lensan.reports import styles

CERTIFICATE_DAYS = 60
SALE_DAYS = 30
"""A listing younger than this may still wait for its first order."""
SINCE = timedelta(days=7)
"""What was closed is counted from so long before."""
KINDS = {
    "ocop_not_listed": "Sản phẩm OCOP chưa lên sàn",
    "certificate_ending": f"Chứng nhận OCOP hết hạn trong {CERTIFICATE_DAYS} ngày hoặc đã hết",
    "stall_without_products": "Gian hàng chưa có sản phẩm",
    "listing_without_sale": f"Nông sản đăng bán {SALE_DAYS} ngày chưa bán được",
    "no_payment_account": "Chủ gian hàng chưa có tài khoản thanh toán",
    "product_without_mark": "Nông sản có chứng nhận chưa gắn mark",
}
_HEADERS = {
    "label": ("Việc", 38), "name": ("Sản phẩm, gian hàng", 42), "owner": ("Chủ thể", 30),
    "platform": ("Sàn", 12), "since_on": ("Từ ngày", 12), "due_on": ("Hạn", 12),
}  # fmt: skip


@dataclass(frozen=True)
class Worklist:
    """What is open on a day, and of what was open before how many were done (``done``) or are there no more (``gone``),
    by unit and kind. ``since``: the day before which *before* is; null: nothing was known before."""

    day: date
    since: date | None
    entries: tuple[dict[str, Any], ...]
    done: Mapping[tuple[str | None, str], int] = field(default_factory=dict)
    gone: Mapping[tuple[str | None, str], int] = field(default_factory=dict)

    def counts(self) -> list[dict[str, Any]]:
        """A row for each unit and kind of which something is or was open."""
        opened: dict[tuple[str | None, str], int] = {}
        for each in self.entries:
            key = (each["unit_code"], each["kind"])
            opened[key] = opened.get(key, 0) + 1
        order = {row["code"]: number for number, row in enumerate(places().units)}
        keys = sorted(
            {*opened, *self.done, *self.gone},
            key=lambda key: (order.get(key[0] or "", len(order)), list(KINDS).index(key[1])),
        )
        return [
            {
                "unit_code": key[0],
                "kind": key[1],
                "open": opened.get(key, 0),
                "done": self.done.get(key, 0),
                "gone": self.gone.get(key, 0),
            }
            for key in keys
        ]


def at(engine: Engine, *, moment: datetime, since: timedelta = SINCE) -> Worklist:
    """The worklist at a moment (aware), with what was closed in the days before it."""
    day = moment.astimezone(ICT).date() + timedelta(days=1)
    with engine.begin() as connection:
        return of(connection, day=day, known_at=moment, before=(day - since, moment - since))


def of(
    connection: Connection,
    *,
    day: date,
    known_at: datetime,
    before: tuple[date, datetime] | None = None,
) -> Worklist:
    """The worklist of what had happened before ``day``, as known at a moment (aware); ``before``: the day and the moment
    from which closed entries are counted."""
    things = _things(connection, day, known_at)
    opened = tuple(each for each in things if not each["is_done"])
    if before is None:
        return Worklist(day, None, opened)
    known = {(each["kind"], each["thing"]): each for each in things}
    done: dict[tuple[str | None, str], int] = {}
    gone: dict[tuple[str | None, str], int] = {}
    for each in _things(connection, *before):
        if each["is_done"]:
            continue
        thing = known.get((each["kind"], each["thing"]))
        if thing is None or thing["is_done"]:
            counted = gone if thing is None else done
            key = (each["unit_code"], each["kind"])
            counted[key] = counted.get(key, 0) + 1
    return Worklist(day, before[0], opened, done, gone)


def _things(connection: Connection, day: date, known_at: datetime) -> list[dict[str, Any]]:
    warehouse.run(connection, "units/worklist/units_on", day=day - timedelta(days=1))
    with warehouse.as_known_at(connection, known_at):
        return warehouse.rows(
            connection,
            "units/worklist/things",
            day=day,
            certificate_days=CERTIFICATE_DAYS,
            sale_days=SALE_DAYS,
        )


def sentences(found: Worklist) -> dict[str, list[str]]:
    """Unit code → a line for each kind, without names: ``Gian hàng chưa có sản phẩm: 3 (đã xong 2)``."""
    lines: dict[str, list[str]] = {}
    for row in found.counts():
        if row["unit_code"] and (row["open"] or row["done"]):
            done = f" (đã xong {row['done']})" if row["done"] else ""
            told = f"{KINDS[row['kind']]}: {row['open']}{done}"
            lines.setdefault(row["unit_code"], []).append(told)
    return lines


def to_workbook(entries: Sequence[Mapping[str, Any]], title: str, day: date) -> bytes:
    """The entries of one unit as a workbook with one sheet, names included; the same entries, the same bytes."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"created": datetime.combine(day, time())})
    sheet = book.add_worksheet("Việc cần làm")
    font = {"font_name": styles.FONT, "text_wrap": True, "valign": "top", "border": 1}
    head = book.add_format({**font, "bold": True, "bg_color": "#D9E2F3"})
    cell, dated = book.add_format(font), book.add_format({**font, "num_format": "dd/mm/yyyy"})
    bold = book.add_format({"bold": True, "font_size": 14, "font_name": styles.FONT})
    plain = book.add_format({"font_name": styles.FONT})
    sheet.write_string(0, 0, title, bold)
    sheet.write_string(1, 0, f"Đến hết ngày {day - timedelta(days=1):%d/%m/%Y}. Có dữ liệu cá nhân: chỉ dùng để hỗ trợ hộ. "
                       "Việc đã làm xong tự mất khỏi danh sách khi sàn gửi dữ liệu mới.", plain)  # fmt: skip
    for column, (header, width) in enumerate(_HEADERS.values()):
        sheet.write_string(3, column, header, head)
        sheet.set_column(column, column, width)
    for row, entry in enumerate(entries, 4):
        for column, key in enumerate(_HEADERS):
            value = KINDS[entry["kind"]] if key == "label" else entry[key]
            if isinstance(value, date):
                sheet.write_datetime(row, column, datetime.combine(value, time()), dated)
            else:
                sheet.write_string(row, column, value or "", cell)
    sheet.freeze_panes(4, 0)
    sheet.autofilter(3, 0, 3 + max(1, len(entries)), len(_HEADERS) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(3)
    book.close()
    return out.getvalue()


def of_unit(found: Worklist, unit: str) -> list[dict[str, Any]]:
    """The open entries of one unit, kind by kind as they are listed."""
    order = list(KINDS)
    theirs = [each for each in found.entries if each["unit_code"] == unit]
    return sorted(theirs, key=lambda each: order.index(each["kind"]))
