"""Seeded variants of lists, exports and forms with known truth: read right, or doubted aloud.

A variant is a small table whose rows are known, written the way people write them: one to three habits
of the kinds that docs/rules/sources.md names (units of measure in cells, identifiers spoiled by a
spreadsheet, totals between rows, columns that look alike, …). ``judge`` compares what the warehouse took
in with the truth, cell by cell. The outcomes: right, held (row or file refused, or accepted with a
warning that stands at the row or the file), wrong (another value without a word), lost (no value
without a word), invented (a row that nobody wrote).
"""

from __future__ import annotations

import io
import random
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.styles import Font
from sqlalchemy import Connection, Engine, text

from lensan.domain import contracts
from lensan.domain.periods import ICT
from lensan.intake import sweep
from lensan.samples import legacy

MOMENT = datetime(2025, 6, 26, 9, tzinfo=ICT)
"""After all periods of the forms."""

UNITS = ("Hạ Long", "Cẩm Phả", "Uông Bí", "Móng Cái", "Đông Triều", "Tiên Yên", "Hải Hà", "Đầm Hà")
PEOPLE = (
    "Nguyễn Văn An",
    "Trần Thị Bích",
    "Lê Văn Đạt",
    "Phạm Thị Hoa",
    "Hoàng Văn Khánh",
    "Vũ Thị Lý",
)
GOODS = (
    "Chả mực",
    "Na dai",
    "Ba kích",
    "Miến dong",
    "Gà Tiên Yên",
    "Mật ong",
    "Trà hoa vàng",
    "Ngán",
)
FIRST = date(2021, 10, 18)
UNKNOWN = object()
"""What nobody can know from what is written: only a doubt is right."""


@dataclass
class Table:
    """A table as written. ``truth``: for each row its key and the value of each judged column, or None
    for a row that is none (a total, a heading)."""

    entity: str
    folder: str
    suffix: str
    headers: list[Any]
    columns: list[str]
    rows: list[list[Any]]
    truth: list[tuple[str, dict[str, Any]] | None]
    lead: list[list[Any]] = field(default_factory=list)
    tail: list[list[Any]] = field(default_factory=list)
    fonts: dict[int, str] = field(default_factory=dict)
    encoding: str = "utf-8"
    delimiter: str = ","
    readable: bool = True
    kinds: list[str] = field(default_factory=list)

    def at(self, column: str) -> int:
        return self.columns.index(column)

    def row(self, draw: random.Random) -> int:
        """One of the rows that are rows."""
        return draw.choice([n for n, known in enumerate(self.truth) if known is not None])

    def known(self, number: int) -> dict[str, Any]:
        found = self.truth[number]
        assert found is not None
        return found[1]

    def insert(self, number: int, cells: list[Any]) -> None:
        self.rows.insert(number, cells)
        self.fonts = {n + (n >= number): font for n, font in self.fonts.items()}
        self.truth.insert(number, None)


@dataclass(frozen=True)
class Variant:
    """``name`` is its path below a landing root; ``truth``: key → column → value; ``rows``: key → its row
    as a person counts."""

    number: int
    name: str
    content: bytes
    entity: str
    truth: dict[str, dict[str, Any]]
    rows: dict[str, int]
    kinds: tuple[str, ...]
    readable: bool


# ---------------------------------------------------------------- clean tables


def _day(draw: random.Random) -> date:
    return FIRST + timedelta(days=draw.randrange(50))


def _sellers(number: int, draw: random.Random) -> Table:
    columns = [
        "seller_id",
        "owner_name",
        "kind",
        "paper_number",
        "phone",
        "unit",
        "province",
        "opened_on",
    ]
    headers: list[Any] = [
        "Mã gian hàng", "Chủ gian hàng", "Loại hình", "Số giấy tờ", "Số điện thoại",
        "Huyện/Thị xã/Thành phố", "Tỉnh/Thành phố", "Ngày mở gian hàng",
    ]  # fmt: skip
    rows, truth = [], []
    for n in range(draw.randint(3, 8)):
        key = f"GV{number}X{n}"
        paper = f"022{draw.randrange(10**9):09}"
        phone = f"09{draw.randrange(10**8):08}"
        day = _day(draw)
        owner = draw.choice(PEOPLE)
        rows.append(
            [
                key,
                owner,
                "Hộ SXNN",
                paper,
                phone,
                draw.choice(UNITS),
                "Quảng Ninh",
                f"{day:%d/%m/%Y}",
            ]
        )
        truth.append(
            (key, {"owner_name": owner, "paper_number": paper, "phone": phone, "opened_on": day})
        )
    return Table("stall", "postmart", "csv", headers, columns, rows, list(truth))


def _prices(number: int, draw: random.Random) -> Table:
    columns = ["name", "priced_on", "place", "price_vnd_kg"]
    headers: list[Any] = ["Nông sản", "Ngày", "Nơi", "Giá (đồng/kg)"]
    rows, truth = [], []
    for n in range(draw.randint(3, 8)):
        name = f"{draw.choice(GOODS)} V{number}X{n}"
        day, price = _day(draw), draw.randrange(15, 900) * 1000
        rows.append([name, f"{day:%d/%m/%Y}", f"Chợ {n}", price])
        truth.append((name, {"priced_on": day, "price_vnd_kg": Decimal(price)}))
    return Table(
        "price", "prices", draw.choice(("xlsx", "csv")), headers, columns, rows, list(truth)
    )


def _key_products(number: int, draw: random.Random) -> Table:
    columns = ["unit", "name", "year", "planned_tonnes"]
    headers: list[Any] = ["Địa phương", "Tên sản phẩm", "Năm", "Sản lượng dự kiến (tấn)"]
    rows, truth = [], []
    for n in range(draw.randint(3, 8)):
        name = f"{draw.choice(GOODS)} V{number}X{n}"
        tonnes = draw.randrange(5, 2000)
        rows.append([draw.choice(UNITS), name, 2021, tonnes])
        truth.append((name, {"planned_tonnes": Decimal(tonnes)}))
    return Table("key_product", "registry", "xlsx", headers, columns, rows, list(truth))


def _products(number: int, draw: random.Random) -> Table:
    columns = [
        "product_id",
        "name",
        "seller_id",
        "group",
        "price_vnd",
        "net_weight_kg",
        "listed_on",
    ]
    headers: list[Any] = [
        "Mã sản phẩm", "Tên sản phẩm", "Mã gian hàng", "Nhóm hàng", "Giá bán (đồng)",
        "Khối lượng tịnh (kg)", "Ngày đăng bán",
    ]  # fmt: skip
    rows, truth = [], []
    for n in range(draw.randint(3, 8)):
        key = f"SV{number}X{n}"
        price, day = draw.randrange(20, 900) * 1000, _day(draw)
        weight = draw.choice(("0.5", "1", "2", "0.25", "5"))
        rows.append(
            [
                key,
                draw.choice(GOODS),
                f"GV{number}X{n}",
                "Nông sản",
                price,
                weight,
                f"{day:%d/%m/%Y}",
            ]
        )
        truth.append(
            (key, {"price_vnd": Decimal(price), "net_weight_kg": Decimal(weight), "listed_on": day})
        )
    return Table("listing", "postmart", "csv", headers, columns, rows, list(truth))


TABLES: tuple[Callable[[int, random.Random], Table], ...] = (
    _sellers,
    _prices,
    _key_products,
    _products,
)
NUMBERS = {"price": "price_vnd_kg", "key_product": "planned_tonnes", "listing": "price_vnd"}
DATES = {"stall": "opened_on", "price": "priced_on", "listing": "listed_on"}


# ---------------------------------------------------------------- habits


def _unit_in_a_cell(table: Table, draw: random.Random) -> bool:
    if table.entity != "key_product":
        return False
    n = table.row(draw)
    tonnes = table.rows[n][table.at("planned_tonnes")]
    if not isinstance(tonnes, int) or "(tấn)" not in table.headers[table.at("planned_tonnes")]:
        return False
    written = draw.choice(
        [
            f"{tonnes * 1000} kg",
            f"{tonnes} tấn",
            f"{tonnes * 10} tạ",
            f"{tonnes * 100} yến",
            f"{tonnes}tấn",
        ]
    )
    table.rows[n][table.at("planned_tonnes")] = written
    return True


def _unit_in_the_header(table: Table, draw: random.Random) -> bool:
    if table.entity != "key_product":
        return False
    factor, word = draw.choice([(1000, "kg"), (10, "tạ"), (100, "yến")])
    column = table.at("planned_tonnes")
    if table.headers[column] != "Sản lượng dự kiến (tấn)":
        return False
    table.headers[column] = f"Sản lượng dự kiến ({word})"
    for n, known in enumerate(table.truth):
        if known is not None and isinstance(table.rows[n][column], int):
            table.rows[n][column] *= factor
    return True


def _not_a_number(table: Table, draw: random.Random) -> bool:
    if table.entity not in NUMBERS:
        return False
    n, column = table.row(draw), NUMBERS[table.entity]
    table.rows[n][table.at(column)] = draw.choice(
        ["70%", "#N/A", "#REF!", "khoảng 50", "5 con", "chưa có số"]
    )
    table.known(n)[column] = UNKNOWN
    table.readable = False
    return True


def _money_marks(table: Table, draw: random.Random) -> bool:
    column = {"price": "price_vnd_kg", "listing": "price_vnd"}.get(table.entity)
    if column is None:
        return False
    for n, known in enumerate(table.truth):
        if known is None or not isinstance(table.rows[n][table.at(column)], int):
            continue
        value = table.rows[n][table.at(column)]
        dotted = f"{value:,}".replace(",", ".")
        table.rows[n][table.at(column)] = draw.choice(
            [
                f"{dotted} đ",
                f"{dotted}₫",
                f"₫{dotted}",
                f"{dotted} VND",
                f"{dotted} đồng",
                dotted,
                f"{value}",
            ]
        )
    return True


def _three_decimals(table: Table, draw: random.Random) -> bool:
    if table.entity != "listing":
        return False
    column = table.at("net_weight_kg")
    n = table.row(draw)
    table.rows[n][column] = "1,250" if table.delimiter != "," else "1.250"
    table.known(n)["net_weight_kg"] = Decimal("1.25")
    table.readable = False
    return True


def _identifiers_spoiled(table: Table, draw: random.Random) -> bool:
    if table.entity != "stall":
        return False
    n = table.row(draw)
    paper, phone, key = table.at("paper_number"), table.at("phone"), table.at("seller_id")
    if not str(table.rows[n][paper]).isdigit():
        return False  # another habit has written a placeholder there
    what = draw.randrange(4)
    if what == 0:
        table.rows[n][paper] = f"{float(table.rows[n][paper]):.2E}"
        table.known(n)["paper_number"] = UNKNOWN
        table.readable = False
    elif what == 1:
        for column in (paper, phone, key):
            table.rows[n][column] = f'="{table.rows[n][column]}"'
    elif what == 2:
        table.rows[n][paper] = str(table.rows[n][paper]).lstrip("0")
        table.rows[n][phone] = str(table.rows[n][phone]).lstrip("0")
    else:
        table.rows[n][paper] = f"'{table.rows[n][paper]}"
    return True


def _placeholders(table: Table, draw: random.Random) -> bool:
    if table.entity != "stall":
        return False
    for n in {table.row(draw), table.row(draw)}:
        table.rows[n][table.at("paper_number")] = draw.choice(
            ["-", "Không", "NULL", "Chưa có", "000000000000", "N/A", "không có", "0"]
        )
        table.known(n)["paper_number"] = None
    return True


def _the_same_key_twice(table: Table, draw: random.Random) -> bool:
    if table.suffix != "csv" and table.entity != "key_product":
        return False
    column = NUMBERS.get(table.entity, DATES.get(table.entity))
    if column is None or (table.entity == "stall"):
        return False
    n = table.row(draw)
    again = list(table.rows[n])
    value = again[table.at(column)]
    if not isinstance(value, int):
        return False
    again[table.at(column)] = value + 1000
    if n in table.fonts:
        table.fonts[len(table.rows)] = table.fonts[n]
    table.rows.append(again)
    table.truth.append(None)
    table.known(n)[column] = UNKNOWN
    table.readable = False
    return True


def _swapped_dates(table: Table, draw: random.Random) -> bool:
    """Excel took what can be month/day and swapped it; what cannot stays text."""
    column = DATES.get(table.entity)
    if column is None or table.suffix != "xlsx":
        return False
    proved = False
    for n, known in enumerate(table.truth):
        if known is None:
            continue
        day = known[1][column]
        if not isinstance(day, date):
            continue
        if day.day <= 12:
            table.rows[n][table.at(column)] = datetime(day.year, day.day, day.month)
        else:
            table.rows[n][table.at(column)] = f"{day:%d/%m/%Y}"
            proved = True
    if not proved:
        n = table.row(draw)
        day = date(2021, 11, 25)
        table.rows[n][table.at(column)] = "25/11/2021"
        table.known(n)[column] = day
    table.readable = False
    return True


def _dates_written_otherwise(table: Table, draw: random.Random) -> bool:
    column = DATES.get(table.entity)
    if column is None:
        return False
    form = draw.choice(
        ["{0.day}/{0.month}/{0:%y}", "{0:%d-%m-%Y}", "{0:%Y-%m-%d}", "{0:%d.%m.%Y}", "{0:%Y-%m-%dT00:00:00+07:00}",
         "ngày {0.day} tháng {0.month} năm {0.year}", "{0:%d/%m/%Y} 08:30"]
    )  # fmt: skip
    for n, known in enumerate(table.truth):
        if known is not None and isinstance(known[1][column], date):
            table.rows[n][table.at(column)] = form.format(known[1][column])
    return True


def _legacy_cells(table: Table, draw: random.Random) -> bool:
    if table.suffix != "xlsx":
        return False
    column = table.at("name")
    for n, known in enumerate(table.truth):
        if known is None or not isinstance(table.rows[n][column], str):
            continue
        written = draw.choice((legacy.to_tcvn3, legacy.to_vni))(table.rows[n][column])
        if written is not None:
            table.rows[n][column], table.fonts[n] = written
    return True


def _encoded_twice(table: Table, draw: random.Random) -> bool:
    if table.suffix != "csv":
        return False
    table.encoding = "twice"
    table.readable = False
    return True


def _one_bad_byte(table: Table, draw: random.Random) -> bool:
    if table.suffix != "csv":
        return False
    table.encoding = "bad byte"
    table.readable = False
    return True


def _other_encodings(table: Table, draw: random.Random) -> bool:
    if table.suffix != "csv":
        return False
    table.encoding = draw.choice(("utf-8-sig", "utf-16"))
    table.delimiter = draw.choice((";", "\t", ","))
    return True


def _look_alikes(table: Table, draw: random.Random) -> bool:
    """Letters of another alphabet that look the same in a header, a name or an identifier."""
    column = 0 if table.entity in ("stall", "listing") else table.at("name")
    n = table.row(draw)
    value = str(table.rows[n][column])
    changed = value.replace("X", "\u0425", 1)
    if changed == value:
        return False
    table.rows[n][column] = changed
    table.readable = False
    return True


LIKE = {
    "planned_tonnes": (
        "Sản lượng dự kiến năm trước (tấn)",
        "Kế hoạch giao sản lượng (tấn)",
        "Sản lượng (con)",
    ),
    "price_vnd_kg": (
        "Giá tuần trước (đồng/kg)",
        "Giá (nghìn đồng/yến)",
        "Giá bán lẻ dự kiến (đồng/kg)",
    ),
    "price_vnd": ("Giá bán trước khuyến mại (đồng)", "Giá bán kế hoạch (đồng)"),
    "opened_on": ("Ngày mở gian hàng dự kiến", "Ngày mở gian hàng Voso"),
}


def _a_column_like_it(table: Table, draw: random.Random) -> bool:
    column = next((c for c in LIKE if c in table.columns), None)
    if column is None:
        return False
    place = draw.choice((table.at(column), table.at(column) + 1))
    table.headers.insert(place, draw.choice(LIKE[column]))
    for row in table.rows:
        old = row[table.at(column)] if len(row) > table.at(column) else None
        other = (
            old + 7 if isinstance(old, int) else ("01/01/2021" if column.endswith("_on") else old)
        )
        row.insert(place, other)
    table.columns.insert(place, "like")
    return True


def _totals_and_headings(table: Table, draw: random.Random) -> bool:
    width = len(table.headers)
    what = draw.randrange(4)
    blank: list[Any] = [None] * width
    column = NUMBERS.get(table.entity)
    middle = draw.randrange(1, len(table.rows))
    label = 1 if width > 1 else 0
    if what == 0 and column:
        total = list(blank)
        total[0] = draw.choice(("Tổng cộng", "Cộng", "TỔNG SỐ"))
        numbers = [r[table.at(column)] for r in table.rows if isinstance(r[table.at(column)], int)]
        total[table.at(column)] = sum(numbers)
        table.insert(len(table.rows), total)
    elif what == 1:
        heading = list(blank)
        heading[label] = draw.choice(
            ("I. Vùng phía Đông", "Nhóm cây ăn quả", "Ngày 18/11/2021", "Ghi chú: số tạm tính")
        )
        table.insert(middle, heading)
    elif what == 2:
        table.insert(middle, list(blank))
        if draw.random() < 0.5:
            table.insert(middle, list(blank))
    else:
        table.insert(middle, list(table.headers))
    return True


def _letterhead(table: Table, draw: random.Random) -> bool:
    table.lead = [
        ["ỦY BAN NHÂN DÂN TỈNH QUẢNG NINH"], [], [draw.choice(("DANH SÁCH", "BẢNG TỔNG HỢP"))],
        [f"(Kèm theo Công văn số {draw.randrange(1, 900)}/CV ngày 10/11/2021)"], [],
    ]  # fmt: skip
    if draw.random() < 0.5:
        table.tail = [[], ["NGƯỜI LẬP BIỂU"], [], ["Nguyễn Văn Lập"]]
    return table.suffix == "xlsx"


def _row_number_column(table: Table, draw: random.Random) -> bool:
    table.headers.insert(0, draw.choice(("STT", "TT", "Số TT")))
    table.columns.insert(0, "number")
    count = 0
    for n, row in enumerate(table.rows):
        if table.truth[n] is not None:
            count += 1
        row.insert(0, count if table.truth[n] is not None else None)
    return True


def _a_wider_row(table: Table, draw: random.Random) -> bool:
    if table.suffix != "csv" or table.entity != "price":
        return False
    n = table.row(draw)
    column = table.at("price_vnd_kg")
    if not isinstance(table.rows[n][column], int):
        return False
    table.rows[n][column] = f"{table.rows[n][column]:,}"
    table.encoding = "unquoted"
    table.readable = False
    return True


def _phones_with_words(table: Table, draw: random.Random) -> bool:
    if table.entity != "stall":
        return False
    for n, known in enumerate(table.truth):
        if known is None:
            continue
        phone = known[1]["phone"]
        table.rows[n][table.at("phone")] = draw.choice(
            [f"ĐT: {phone}", f"+84{phone[1:]}", f"84{phone[1:]}", f"{phone[:4]} {phone[4:7]} {phone[7:]}",
             f"{phone[:4]}.{phone[4:7]}.{phone[7:]}", f"{phone} (Zalo)", f"SĐT {phone}"]
        )  # fmt: skip
    return True


HABITS: dict[str, Callable[[Table, random.Random], bool]] = {
    "K1 unit in a cell": _unit_in_a_cell,
    "K1 unit in the header": _unit_in_the_header,
    "K12 no number": _not_a_number,
    "K13 money marks": _money_marks,
    "K2 three decimals": _three_decimals,
    "K4 identifiers spoiled": _identifiers_spoiled,
    "K5 placeholders": _placeholders,
    "K6 the same key twice": _the_same_key_twice,
    "K7 swapped dates": _swapped_dates,
    "K13 dates written otherwise": _dates_written_otherwise,
    "K9 legacy cells": _legacy_cells,
    "K9 encoded twice": _encoded_twice,
    "K9 one bad byte": _one_bad_byte,
    "K9 other encodings": _other_encodings,
    "K9 look-alikes": _look_alikes,
    "K10 a column like it": _a_column_like_it,
    "K11 totals and headings": _totals_and_headings,
    "K11 letterhead": _letterhead,
    "K13 a column of row numbers": _row_number_column,
    "K3 a wider row": _a_wider_row,
    "K13 phones with words": _phones_with_words,
}


# ---------------------------------------------------------------- forms

HEADER = [
    "TT", "Chỉ tiêu", "Đơn vị tính", "Chỉ tiêu đạt được trong tuần (Số lượng)",
    "Tăng trưởng so với tuần trước (%)", "Chỉ tiêu đạt được lũy kế đến hiện tại (Số lượng)",
    "Tỉ lệ hoàn thành chỉ tiêu đến thời điểm hiện tại (%)", "Ghi chú thông tin bổ sung",
]  # fmt: skip
LABELS = {
    "II.1": (
        "Số hộ được đào tạo, tập huấn về kỹ năng số và kỹ năng hoạt động trên không gian mạng",
        "Hộ",
    ),
    "II.2": (
        "Số hộ SXNN được đào tạo, tập huấn, hướng dẫn thực hiện quy trình đóng gói - kết nối - giao nhận",
        "Hộ",
    ),
    "II.3": ("Số hộ SXNN có tài khoản bán hàng/gian hàng trên sàn", "Hộ"),
    "II.4": ("Số hộ SXNN có tài khoản thanh toán điện tử", "Hộ"),
    "III.2": ("Sản lượng nông sản tiêu thụ qua sàn", "Tấn"),
    "III.3": ("Số sản phẩm nông nghiệp được gắn mark thương hiệu trên sàn", "Sản phẩm"),
}
# No row of the form, though it sounds like one; its numbers are nobody's.
OTHER_LABELS = (
    "Số hộ SXNN chưa có tài khoản bán hàng/gian hàng trên sàn",
    "Số hộ SXNN có tài khoản bán hàng/gian hàng trên sàn Voso",
    "Kế hoạch giao: Số hộ SXNN có tài khoản thanh toán điện tử",
    "Số hộ SXNN có tài khoản thanh toán điện tử năm trước",
    "Số hộ cần được đào tạo, tập huấn về kỹ năng số và kỹ năng hoạt động trên không gian mạng",
    "Sản lượng nông sản tiêu thụ ngoài sàn",
)
OTHER_HEADERS = (
    "Chỉ tiêu đạt được trong tuần trước (Số lượng)", "Kế hoạch giao trong tuần (Số lượng)",
    "Lũy kế đến tuần trước (Số lượng)", "Chỉ tiêu chưa đạt được trong tuần", "Kế hoạch lũy kế",
)  # fmt: skip
UNIT_CODES = {
    "193": "THÀNH PHỐ HẠ LONG", "194": "THÀNH PHỐ MÓNG CÁI", "195": "THÀNH PHỐ CẨM PHẢ",
    "196": "THÀNH PHỐ UÔNG BÍ", "198": "HUYỆN BÌNH LIÊU", "199": "HUYỆN TIÊN YÊN", "200": "HUYỆN ĐẦM HÀ",
    "201": "HUYỆN HẢI HÀ", "202": "HUYỆN BA CHẼ", "203": "HUYỆN VÂN ĐỒN", "205": "THỊ XÃ ĐÔNG TRIỀU",
    "206": "THỊ XÃ QUẢNG YÊN", "207": "HUYỆN CÔ TÔ",
}  # fmt: skip
FIRST_DUE = date(2021, 10, 21)
SPANS = (
    "(Từ ngày {0:%d/%m/%Y} đến ngày {1:%d/%m/%Y})", "Từ {0:%d/%m/%Y} đến {1:%d/%m/%Y}",
    "Tuần từ {0:%d-%m-%Y} đến {1:%d-%m-%Y}", "(Thời gian: {0:%d.%m.%Y} – {1:%d.%m.%Y})",
    "Từ ngày {0.day}/{0.month} đến ngày {1.day}/{1.month}/{1.year}",
    "Từ ngày {0.day} tháng {0.month} năm {0.year} đến ngày {1.day} tháng {1.month} năm {1.year}",
    "(từ {0:%d/%m/%y} đến hết ngày {1:%d/%m/%y})", "Tuần {0:%d/%m/%Y} - {1:%d/%m/%Y}",
)  # fmt: skip


def _form(number: int, draw: random.Random) -> Table:
    """A unit's weekly form; the key of a row is unit, first day and code."""
    codes = list(UNIT_CODES)
    unit = codes[number // 5 % len(codes)]
    end = FIRST_DUE + timedelta(days=7 * (number // (5 * len(codes))))
    start = end - timedelta(days=7)
    rows: list[list[Any]] = []
    truth: list[tuple[str, dict[str, Any]] | None] = []
    for n, (code, (label, measure)) in enumerate(LABELS.items(), 1):
        now, total = draw.randrange(1, 60), draw.randrange(100, 900)
        rows.append([str(n), label, measure, now, None, total, None, None])
        truth.append(
            (f"{unit}|{start}|{code}", {"in_period": Decimal(now), "cumulative": Decimal(total)})
        )
    table = Table(
        "form", "districts", "xlsx", list(HEADER),
        ["tt", "label", "measure", "in_period", "growth", "cumulative", "done", "note"], rows, truth,
    )  # fmt: skip
    table.lead = [
        ["ỦY BAN NHÂN DÂN", None, None, None, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"],
        [UNIT_CODES[unit], None, None, None, "Độc lập - Tự do - Hạnh phúc"],
        [], ["BÁO CÁO TUẦN"],
        [draw.choice(SPANS).format(start, end - timedelta(days=1))], [],
    ]  # fmt: skip
    table.tail = [[], ["NGƯỜI LẬP BIỂU", None, None, None, "TM. ỦY BAN NHÂN DÂN"], []]
    return table


def _code(table: Table, number: int) -> str:
    known = table.truth[number]
    return known[0].rsplit("|", 1)[-1] if known else ""


def _form_unit_in_a_cell(table: Table, draw: random.Random) -> bool:
    n = next(n for n in range(len(table.rows)) if _code(table, n) == "III.2")
    if not isinstance(table.rows[n][table.at("in_period")], int):
        return False
    factor, word = draw.choice([(1000, "kg"), (10, "tạ"), (100, "yến"), (1, "tấn")])
    for column in ("in_period", "cumulative"):
        table.rows[n][table.at(column)] = f"{table.rows[n][table.at(column)] * factor} {word}"
    return True


def _form_households_in_words(table: Table, draw: random.Random) -> bool:
    n = table.row(draw)
    if not _code(table, n).startswith("II.") or not isinstance(
        table.rows[n][table.at("in_period")], int
    ):
        return False
    table.rows[n][table.at("in_period")] = f"{table.rows[n][table.at('in_period')]} hộ"
    return True


def _form_no_number(table: Table, draw: random.Random) -> bool:
    n, column = table.row(draw), draw.choice(("in_period", "cumulative"))
    table.rows[n][table.at(column)] = draw.choice(
        ["70%", "#N/A", "#REF!", "khoảng 50", "5 tấn/ha", "x"]
    )
    table.known(n)[column] = UNKNOWN
    table.readable = False
    return True


def _form_another_row(table: Table, draw: random.Random) -> bool:
    place = draw.randrange(len(table.rows) + 1)
    row: list[Any] = [None] * len(table.headers)
    row[table.at("label")] = draw.choice(OTHER_LABELS)
    row[table.at("in_period")], row[table.at("cumulative")] = 777, 7777
    table.insert(place, row)
    table.readable = False
    return True


def _form_another_column(table: Table, draw: random.Random) -> bool:
    header = draw.choice(OTHER_HEADERS)
    place = draw.choice(
        (
            table.at("in_period"),
            table.at("in_period") + 1,
            table.at("cumulative"),
            table.at("cumulative") + 1,
        )
    )
    table.headers.insert(place, header)
    table.columns.insert(place, "like")
    for n, row in enumerate(table.rows):
        row.insert(place, 777 if table.truth[n] is not None else None)
    return True


def _form_filled_twice(table: Table, draw: random.Random) -> bool:
    n = table.row(draw)
    again = list(table.rows[n])
    if not isinstance(again[table.at("in_period")], int):
        return False
    again[table.at("in_period")] += 5
    table.insert(draw.randrange(n + 1, len(table.rows) + 1), again)
    table.known(n)["in_period"] = UNKNOWN
    table.readable = False
    return True


def _form_subtotals(table: Table, draw: random.Random) -> bool:
    row: list[Any] = [None] * len(table.headers)
    row[table.at("label")] = draw.choice(("Cộng", "Tổng cộng", "Cộng mục II"))
    row[table.at("in_period")], row[table.at("cumulative")] = 999, 9999
    table.insert(draw.randrange(1, len(table.rows) + 1), row)
    return True


def _form_blank_rows(table: Table, draw: random.Random) -> bool:
    for _ in range(draw.randint(1, 3)):
        table.insert(draw.randrange(1, len(table.rows)), [None] * len(table.headers))
    return True


def _form_columns_changed_places(table: Table, draw: random.Random) -> bool:
    a, b = table.at("in_period"), table.at("cumulative")
    for row in (table.headers, table.columns, *table.rows):
        row[a], row[b] = row[b], row[a]
    return True


FORM_HABITS: dict[str, Callable[[Table, random.Random], bool]] = {
    "K1 unit in a form's cell": _form_unit_in_a_cell,
    "K13 households in words": _form_households_in_words,
    "K12 no number in a form": _form_no_number,
    "K10 another row": _form_another_row,
    "K10 another column": _form_another_column,
    "K6 a row filled twice": _form_filled_twice,
    "K11 subtotals": _form_subtotals,
    "K11 blank rows": _form_blank_rows,
    "K13 columns changed places": _form_columns_changed_places,
}


# ---------------------------------------------------------------- written


def _csv(table: Table) -> bytes:
    import csv

    buffer = io.StringIO()
    if table.encoding == "unquoted":
        for row in (table.headers, *table.rows):
            buffer.write(table.delimiter.join("" if c is None else str(c) for c in row) + "\n")
    else:
        writer = csv.writer(buffer, delimiter=table.delimiter, lineterminator="\n")
        for row in (table.headers, *table.rows):
            writer.writerow(["" if cell is None else cell for cell in row])
    written = buffer.getvalue()
    if table.encoding == "twice":
        return written.encode().decode("cp1252", "replace").encode()
    if table.encoding == "bad byte":
        raw = written.encode()
        place = raw.find("ộ".encode())
        return raw if place < 0 else raw[:place] + b"\xe1" + raw[place + 3 :]
    return written.encode("utf-8" if table.encoding == "unquoted" else table.encoding)


def _xlsx(table: Table) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Danh sách"
    for row in (*table.lead, table.headers):
        sheet.append(row)
    first = sheet.max_row + 1
    for row in (*table.rows, *table.tail):
        sheet.append(row)
    for n, font in table.fonts.items():
        sheet.cell(first + n, table.at("name") + 1).font = Font(name=font)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def make(number: int, seed: int = 1) -> Variant:
    """Variant ``number`` of a seed: the same bytes and the same truth every time."""
    draw = random.Random(f"{seed}/{number}")
    makers = (*TABLES, _form)
    table = makers[number % len(makers)](number, draw)
    habits = FORM_HABITS if table.entity == "form" else HABITS
    names = list(habits)
    draw.shuffle(names)
    wanted = draw.randint(1, 3)
    for name in names:
        if len(table.kinds) == wanted:
            break
        if habits[name](table, draw):
            table.kinds.append(name)
    content = _csv(table) if table.suffix == "csv" else _xlsx(table)
    truth = {known[0]: known[1] for known in table.truth if known is not None}
    first = 2 + len(table.lead) if table.suffix == "xlsx" else 2
    rows = {known[0]: first + n for n, known in enumerate(table.truth) if known is not None}
    return Variant(
        number, f"{table.folder}/v{number}_20211209.{table.suffix}", content, table.entity, truth, rows,
        tuple(table.kinds), table.readable,
    )  # fmt: skip


def write(root: Path, numbers: Iterable[int], seed: int = 1) -> list[Variant]:
    """Puts variants below a landing root; returns them."""
    made = []
    for number in numbers:
        variant = make(number, seed)
        path = root / variant.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(variant.content)
        made.append(variant)
    return made


def run(engine: Engine, folder: Path, numbers: Iterable[int], seed: int = 1) -> Verdicts:
    """Takes variants in through the real loading and judges what came of them."""
    made = write(folder / "landing", numbers, seed)
    for contract in contracts.contracts().values():
        sweep.sweep(
            engine,
            contract,
            folder / "landing" / contract.location,
            folder / "raw",
            moment=MOMENT,
            progress=lambda _: None,
        )
    with engine.connect() as connection:
        return judge(connection, made)


# ---------------------------------------------------------------- judged

# What stands in core of an entity: a key that bears the variant's number, and its columns.
TAKEN = {
    "stall": "select seller_id as key, owner_name, paper_number, phone, opened_on from core.stall",
    "price": "select name as key, priced_on, price_vnd_kg from core.price",
    "key_product": "select name as key, planned_tonnes from core.key_product",
    "form": "select unit_code || '|' || period_start || '|' || indicator_code as key, in_period, cumulative "
    "from core.submission join core.submission_value using (submission_id)",
    "listing": "select product_id as key, price_vnd, net_weight_kg, listed_on from core.listing_version "
    "where known_from <= core.known_at() and known_until > core.known_at()",
}
REFUSED = "select name from ops.source_file where status = 'rejected'"
DOUBTED = """
select source.name, held.row_number
from ops.quarantine as held join ops.source_file as source using (file_id)
union
select source.name, line.row_number
from ops.row_warning as doubt
join ops.source_file as source using (file_id)
left join raw.source_row as line on line.record_id = doubt.record_id
"""


@dataclass
class Verdicts:
    """``outcomes``: of cells; ``faults``: kinds, file, key, column, wanted, got of each wrong, lost or
    invented one; ``refused``: readable variants of which something was held."""

    outcomes: Counter[str] = field(default_factory=Counter)
    by_kind: dict[str, Counter[str]] = field(default_factory=dict)
    faults: list[tuple[Any, ...]] = field(default_factory=list)
    refused: list[tuple[Any, ...]] = field(default_factory=list)
    readable: int = 0

    def shares(self) -> str:
        total = sum(self.outcomes.values()) or 1
        lines = [
            ", ".join(f"{name} {count / total:.2%}" for name, count in self.outcomes.most_common())
        ]
        lines.append(
            f"readable variants of which something was held: {len(self.refused)} of {self.readable}"
        )
        for kind in sorted(self.by_kind):
            lines.append(f"  {kind}: {dict(self.by_kind[kind])}")
        return "\n".join(lines)


def _same(wanted: Any, got: Any) -> bool:
    if isinstance(wanted, Decimal) and got is not None:
        return Decimal(str(got)) == wanted
    return bool(wanted == got)


def judge(connection: Connection, variants: Iterable[Variant]) -> Verdicts:
    """Compares what core holds, and what was said, with what the variants mean."""
    taken: dict[str, dict[str, dict[str, Any]]] = {}
    for entity, query in TAKEN.items():
        rows = connection.execute(text(query)).mappings()
        taken[entity] = {str(row["key"]): dict(row) for row in rows}
    refused = set(connection.scalars(text(REFUSED)))
    doubts: dict[str, set[int | None]] = {}
    for name, row_number in connection.execute(text(DOUBTED)):
        doubts.setdefault(name, set()).add(row_number)
    verdicts = Verdicts()
    for variant in variants:
        name = variant.name.rsplit("/", 1)[-1]
        said = {None, *variant.rows.values()} if name in refused else doubts.get(name, set())
        _judge(variant, taken[variant.entity], said, verdicts)
    return verdicts


def _judge(
    variant: Variant, taken: dict[str, dict[str, Any]], said: set[int | None], verdicts: Verdicts
) -> None:
    """``said``: the rows about which something was said; null: about the whole file."""
    ours = {
        key: row
        for key, row in taken.items()
        if (key in variant.truth if variant.entity == "form" else f"V{variant.number}X" in key)
    }
    outcomes: Counter[str] = Counter()
    for key, known in variant.truth.items():
        for column, wanted in known.items():
            row = ours.get(key)
            got = None if row is None else row[column]
            if row is not None and wanted is not UNKNOWN and _same(wanted, got):
                outcome = "right"
            elif None in said or variant.rows[key] in said:
                outcome = "held"
            elif row is None or (got is None and wanted is not UNKNOWN):
                outcome = "lost"
            else:
                outcome = "wrong"
            outcomes[outcome] += 1
            if outcome in ("lost", "wrong"):
                verdicts.faults.append((variant.kinds, variant.name, key, column, wanted, got))
    for key in ours.keys() - variant.truth.keys():
        if None not in said:
            outcomes["invented"] += 1
            verdicts.faults.append((variant.kinds, variant.name, key, "", None, ours[key]))
    verdicts.outcomes += outcomes
    for kind in variant.kinds:
        verdicts.by_kind.setdefault(kind, Counter()).update(outcomes)
    if variant.readable:
        verdicts.readable += 1
        if outcomes["held"]:
            verdicts.refused.append((variant.kinds, variant.name))
