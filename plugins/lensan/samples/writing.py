"""Puts a world down as a landing root: exports, workbooks and lists, week by week.

``mess`` False: canonical spellings, one format a kind of file. ``mess`` True: encodings, delimiters,
header cases and orders, legacy fonts, numbers and dates as text, merged headers, blank and hidden
rows, resent and overlapping files, which all mean the same. ``faults`` adds rows that belong in
quarantine; they are recorded and change no figure. Files are the same, byte for byte, for the same
arguments; their modification time is their date's 09:00 in Asia/Ho_Chi_Minh.
"""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from lensan.domain.office import PROVINCE
from lensan.domain.periods import ICT
from lensan.samples import home, legacy, unit_forms, vocabulary
from lensan.samples.home import PLATFORMS
from lensan.samples.sheets import HAS_XLS, UNCALCULATED, Sheet, write_workbook
from lensan.samples.spelling import WORDS, Hand
from lensan.samples.world import (
    EPOCH,
    EXPORT_HOUR,
    STATUSES,
    World,
    build,
    minutes,
)

CHUNK = 100_000
MOST_SHEET_ROWS = 20_000
ODS_UNITS, XLS_UNITS = ("196", "205"), ("195", "201", "202")


class WrittenColumn(NamedTuple):
    """A column of a file: its header and the kind of value, as ``Hand.spell`` knows it."""

    header: str
    kind: str


@dataclass(frozen=True)
class BadRow:
    """A row that belongs in quarantine; ``closed``: a later export corrects it.

    ``path`` below the landing root, ``row`` as a person counts, ``field`` its header as in the file.
    """

    path: str
    sheet: str | None
    row: int
    field: str
    rule: str
    closed: bool


@dataclass(frozen=True)
class Fault:
    """How to spoil a copy of a row: column → what to write instead; the first one is to blame."""

    cells: dict[int, Any]
    rule: str


@dataclass
class Written:
    """What was written: the world, the files below the landing root, the rows for quarantine."""

    world: World
    files: list[Path] = field(default_factory=list)
    bad_rows: list[BadRow] = field(default_factory=list)

    def bad_rows_json(self) -> str:
        """The bad rows as a JSON list."""
        return json.dumps([asdict(row) for row in self.bad_rows], ensure_ascii=False, indent=1)


def write(
    out: Path,
    *,
    seed: int,
    weeks: int = 8,
    first_due: date = home.FIRST_DUE,
    order_lines: int = 3000,
    mess: bool = True,
    faults: bool | None = None,
    missing_exports: frozenset[tuple[str, date]] = frozenset(),
    agrees: bool = False,
) -> Written:
    """Build a world and write it below ``out``, which is made when it is not there.

    ``faults`` defaults to ``mess``; ``agrees`` as for ``world.build``. Raises ValueError when ``first_due`` is no day of the deadline.
    """
    world = build(
        seed=seed,
        weeks=weeks,
        first_due=first_due,
        order_lines=order_lines,
        missing_exports=missing_exports,
        agrees=agrees,
    )
    return write_world(Path(out), world, mess=mess, faults=faults)


def write_world(
    out: Path,
    world: World,
    *,
    mess: bool = True,
    faults: bool | None = None,
    sources: Sequence[str] = ("marketplaces", "districts", "lists"),
) -> Written:
    """Write a world below ``out``; ``sources`` names the parts wanted."""
    landing = _Landing(out, world, mess, mess if faults is None else faults)
    if "marketplaces" in sources:
        for platform in PLATFORMS:
            landing.marketplace(platform)
    if "districts" in sources:
        landing.districts()
    if "lists" in sources:
        landing.lists()
    landing.written.bad_rows.sort(key=lambda row: (row.path, row.sheet or "", row.row))
    return landing.written


_DATES = {
    "opened_at": ("Ngày mở gian hàng", "created_at"),
    "closed_at": ("Ngày đóng", "closed_at"),
    "payment_account_at": ("Ngày mở tài khoản thanh toán", "payment_account_at"),
    "brand_mark_at": ("Gắn mark thương hiệu từ", "brand_mark_at"),
    "traceability_at": ("Truy xuất nguồn gốc từ", "traceability_at"),
    "listed_at": ("Ngày đăng bán", "listed_at"),
    "delisted_at": ("Ngày gỡ", "delisted_at"),
}

# Columns of an export: name in the world's frame, header of Postmart, header of Voso, kind.
_SELLERS = [
    ("seller_id", "Mã gian hàng", "shop_id", "code"),
    ("stall_name", "Tên gian hàng", "shop_name", "text"),
    ("owner", "Chủ gian hàng", "owner_name", "name"),
    ("kind", "Loại hình", "owner_type", "word"),
    ("paper", "Số giấy tờ", "id_number", "paper"),
    ("phone", "Số điện thoại", "phone", "phone"),
    ("commune", "Xã/Phường", "ward", "commune"),
    ("unit", "Huyện/Thị xã/Thành phố", "district", "district"),
    ("province", "Tỉnh/Thành phố", "province", "province"),
    *(
        (name, *_DATES[name], "date")
        for name in (
            "opened_at",
            "closed_at",
            "payment_account_at",
            "brand_mark_at",
            "traceability_at",
        )
    ),
]
_PRODUCTS = [
    ("listing_id", "Mã sản phẩm", "sku", "code"),
    ("name", "Tên sản phẩm", "name", "category"),
    ("seller_id", "Mã gian hàng", "shop_id", "code"),
    ("group", "Nhóm hàng", "group", "word"),
    ("category", "Loại sản phẩm", "category", "category"),
    ("ocop_code", "Mã OCOP", "ocop_code", "code"),
    ("price", "Giá bán (đồng)", "price_vnd", "number"),
    ("sales_unit", "Đơn vị tính", "unit", "text"),
    ("net_weight_kg", "Khối lượng tịnh (kg)", "net_weight_kg", "weight"),
    *(
        (name, *_DATES[name], "date")
        for name in ("listed_at", "delisted_at", "brand_mark_at", "traceability_at")
    ),
    ("discount", "Ưu đãi cho hộ SXNN (%)", "farmer_discount_pct", "percent"),
]
_ORDERS = [
    ("order_no", "Mã đơn hàng", "order_no", "code"),
    ("line_no", "Dòng", "line_no", "count"),
    ("ordered_at", "Thời điểm đặt", "ordered_at", "moment"),
    ("completed_at", "Thời điểm hoàn thành", "completed_at", "moment"),
    ("seller_id", "Mã gian hàng", "shop_id", "code"),
    ("listing_id", "Mã sản phẩm", "sku", "code"),
    ("quantity", "Số lượng", "qty", "count"),
    ("weight", "Khối lượng (kg)", "weight_kg", "weight"),
    ("amount", "Thành tiền (đồng)", "amount_vnd", "number"),
    ("province", "Tỉnh/Thành phố nhận", "ship_province", "province"),
    ("country", "Quốc gia nhận", "ship_country", "country"),
    ("phone", "Số điện thoại người mua", "buyer_phone", "phone"),
    ("status", "Trạng thái", "status", "word"),
]
_ORDER_LEVEL = (0, 2, 3, 9, 10, 11, 12)
_NAMES = {
    "postmart": {"sellers": "gian-hang", "products": "san-pham", "orders": "don-hang"},
    "voso": {"sellers": "sellers", "products": "products", "orders": "orders"},
}
_ELSEWHERE = ["Thanh Hà", "Chí Linh", "Vĩnh Bảo", "Quế Võ", "Đông Anh"]


def _columns(
    layout: Sequence[tuple[str, str, str, str]], platform: str, entity: str
) -> list[WrittenColumn]:
    """The columns of an export; without a header where the platform has none of the kind."""
    second = platform == "voso"
    return [
        WrittenColumn(
            (voso if second else postmart)
            if platform in _NAMES
            else home.header(platform, entity, name),
            "moment"
            if second and kind == "date"
            else "count"
            if kind == "weight" and home.is_in_grams(platform, entity, name)
            else kind,
        )
        for name, postmart, voso, kind in layout
    ]


def _name_of(platform: str, entity: str) -> str:
    return _NAMES.get(platform, _NAMES["postmart"])[entity]


def _word(platform: str, word: str) -> str:
    return WORDS[platform][word] if platform in WORDS else home.words(platform)[word]


def _present(columns: Sequence[WrittenColumn], cells: list[Any]) -> list[Any]:
    """The cells of the columns that there are."""
    return [cell for column, cell in zip(columns, cells, strict=True) if column.header]


class _Landing:
    def __init__(self, out: Path, world: World, messy: bool, faulty: bool) -> None:
        self.out, self.world, self.messy, self.faulty = out, world, messy, faulty
        self.written = Written(world)

    # ------------------------------------------------------------ files

    def _draw(self, path: str) -> np.random.Generator:
        return np.random.default_rng([self.world.seed, zlib.crc32(path.encode())])

    def _path(self, name: str) -> Path:
        path = self.out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _done(self, name: str, day: date) -> None:
        moment = datetime.combine(day, home.FILED_AT, ICT).timestamp()
        os.utime(self.out / name, (moment, moment))
        self.written.files.append(Path(name))

    def _bad(
        self, path: str, sheet: str | None, row: int, header: str, rule: str, closed: bool = False
    ) -> None:
        header = " ".join(unicodedata.normalize("NFC", header).split())
        self.written.bad_rows.append(BadRow(path, sheet, row, header, rule, closed))

    # ------------------------------------------------------------ marketplaces

    def marketplace(self, platform: str) -> None:
        """A platform's weekly exports of sellers, products and orders."""
        world = self.world
        before: np.datetime64 | None = None
        corrected: np.ndarray = np.array([], dtype=np.int64)
        dates = world.export_dates(platform)
        for nth, day in enumerate(dates):
            at = minutes(day) + EXPORT_HOUR
            since = before - np.timedelta64(1440, "m") if before is not None else None
            self._sellers(platform, day, at, since)
            self._products(platform, day, at, since)
            corrected = self._orders(platform, day, at, since, corrected, nth + 1 == len(dates))
            before = at

    def _name(self, platform: str, entity: str, day: date, suffix: str) -> str:
        """Names and folders vary: two date forms, and now and then a folder of the year."""
        if not self.messy:
            return f"{platform}/{_name_of(platform, entity)}_{day:%Y%m%d}.{suffix}"
        draw = self._draw(f"{platform}/{day}")
        shape = "%Y%m%d" if draw.random() < 0.6 else "%Y-%m-%d"
        folder = f"{day:%Y}/" if draw.random() < 0.25 else ""
        return f"{platform}/{folder}{_name_of(platform, entity)}_{day.strftime(shape)}.{suffix}"

    def _suffix(self, platform: str, entity: str, day: date, rows: int) -> str:
        if platform == "postmart" or not self.messy or rows == 0:
            return "csv"  # JSON Lines without a line would not say of what they are empty
        choices = ["csv", "jsonl", "xlsx"] if rows <= MOST_SHEET_ROWS else ["csv", "jsonl"]
        turn = self.world.due_dates.index(day) + ("sellers", "products", "orders").index(entity)
        return choices[turn % len(choices)]

    def _sellers(
        self, platform: str, day: date, at: np.datetime64, since: np.datetime64 | None
    ) -> None:
        frame = self.world.stalls_at(platform, at)
        frame = _changed(frame, since, at)
        elsewhere = frame.province != PROVINCE
        unnumbered = self.world.stalls[
            self.world.stalls.paper.isna() & (self.world.stalls.phone == 0)
        ]
        for row, unit, commune in _old_addresses(frame[~elsewhere], set(unnumbered.person_id)):
            frame.loc[row, ["unit", "commune"]] = unit, commune
        frame["unit"] = frame.unit.where(
            ~elsewhere, [_ELSEWHERE[i % len(_ELSEWHERE)] for i in range(len(frame))]
        )
        faults = [
            Fault({3: "Cá nhân", 0: f"GH9{day:%m%d}1"}, "unknown kind"),
            Fault({7: "Huyện Đông Sơn", 8: home.NAME, 0: f"GH9{day:%m%d}2"}, "unknown unit"),
        ]
        self._export(platform, "sellers", day, _SELLERS, frame, faults)

    def _products(
        self, platform: str, day: date, at: np.datetime64, since: np.datetime64 | None
    ) -> None:
        frame = _changed(self.world.listings_at(platform, at), since, at)
        faults = [
            Fault({3: "Đồ chơi", 0: f"SP9{day:%m%d}1"}, "unknown group"),
            Fault({6: "-15000", 0: f"SP9{day:%m%d}2"}, "negative price"),
            Fault({9: "31/02/2021", 0: f"SP9{day:%m%d}3"}, "no such date"),
        ]
        self._export(platform, "products", day, _PRODUCTS, frame, faults)

    def _export(
        self,
        platform: str,
        entity: str,
        day: date,
        layout: Sequence[tuple[str, str, str, str]],
        frame: pd.DataFrame,
        faults: Sequence[Fault],
    ) -> None:
        rows = [
            [home.weighed(platform, entity, name, each) for each in frame[name].tolist()]
            if kind == "weight"
            else frame[name].tolist()
            for name, _, _, kind in layout
        ]
        self._put_export(
            platform,
            entity,
            day,
            _columns(layout, platform, entity),
            lambda: iter([rows]),
            len(frame),
            faults,
        )

    def _put_export(
        self,
        platform: str,
        entity: str,
        day: date,
        columns: list[WrittenColumn],
        chunks: Any,
        count: int,
        faults: Sequence[Fault],
    ) -> None:
        """One export, and in a messy world now and then the same again: resent or copied."""
        name = self._name(platform, entity, day, self._suffix(platform, entity, day, count))
        draw = self._draw(f"faults/{name}")
        chosen = [fault for fault in faults if self.faulty and draw.random() < 0.2]
        self._put(name, day, platform, columns, chunks(), chosen)
        if self.messy and draw.random() < 0.1:
            again = f"{platform}/gui-lai/{Path(name).stem}_ban2.csv"
            self._put(again, day, platform, columns, chunks(), [])
        if self.messy and draw.random() < 0.06:
            copy = f"{platform}/gui-lai/{Path(name).stem} (1){Path(name).suffix}"
            if not chosen:
                shutil.copyfile(self._path(name), self._path(copy))
                self._done(copy, day)

    def _orders(
        self,
        platform: str,
        day: date,
        at: np.datetime64,
        since: np.datetime64 | None,
        corrected: np.ndarray,
        last: bool,
    ) -> np.ndarray:
        """One export of orders; gives the rows that it spoils and the next export must correct."""
        world, orders = self.world, self.world.orders
        until = int((at - EPOCH).astype(int))
        after = int((since - EPOCH).astype(int)) if since is not None else -1
        rows = orders.changed(after, until)
        rows = np.union1d(rows[world.lines_of(platform)[rows]], corrected)
        columns = _columns(_ORDERS, platform, "orders")
        status = orders.status(until, rows)
        draw = self._draw(f"orders/{platform}/{day}")

        # A row that another export puts right: it stands for nothing yet, so no week's figure differs.
        spoiled = np.array([], dtype=np.int64)
        if self.faulty and not last and draw.random() < 0.5:
            group = world.listings.group.to_numpy()[orders.listing[rows[:CHUNK]]]
            harmless = np.flatnonzero((status[:CHUNK] <= 1) & (group != "input"))
            if harmless.size:
                spoiled = rows[draw.choice(harmless, 1)]

        faults = [
            Fault({6: "chưa rõ"}, "text in a number column"),
            Fault({6: "0"}, "quantity of 0"),
            Fault({7: "-2"}, "negative weight"),
            Fault({12: "Thất lạc"}, "unknown status"),
            Fault({9: "Tỉnh Bình Trị Thiên"}, "unknown province"),
            Fault({2: "30/02/2021 10:00"}, "no such date"),
            Fault({2: f"{day + timedelta(days=40):%d/%m/%Y} 08:00"}, "date after the export"),
            Fault(
                {3: None, 12: _word(platform, "completed")},
                "completed without a completion date",
            ),
        ]
        for nth, fault in enumerate(faults):
            fault.cells.setdefault(0, f"{'DH' if platform == 'postmart' else 'VO'}9{day:%m%d}{nth}")

        slices = [rows]
        if self.messy and len(rows) > 40 and draw.random() < 0.3:
            slices = [rows[: int(len(rows) * 0.6)], rows[int(len(rows) * 0.45) :]]
        for nth, part in enumerate(slices):
            name = self._name(
                platform, "orders", day, self._suffix(platform, "orders", day, len(part))
            )
            if nth:
                name = name.replace(".", f"_p{nth + 1}.", 1)
            chosen = [fault for fault in faults if self.faulty and draw.random() < 0.08]
            self._put(
                name,
                day,
                platform,
                columns,
                self._order_chunks(platform, part, until),
                chosen,
                spoiled=set(np.flatnonzero(np.isin(part, spoiled)).tolist()),
            )
        if self.messy and draw.random() < 0.12:
            again = f"{platform}/gui-lai/{_name_of(platform, 'orders')}_{day:%Y%m%d}_ban2.csv"
            kept = rows[~np.isin(rows, spoiled)]
            self._put(again, day, platform, columns, self._order_chunks(platform, kept, until), [])
        return spoiled

    def _order_chunks(
        self, platform: str, rows: np.ndarray, until: int
    ) -> Iterator[list[list[Any]]]:
        orders, listings = self.world.orders, self.world.listings
        sellers, products = listings.seller_id.to_numpy(), listings.listing_id.to_numpy()
        letters = "DH" if platform == "postmart" else "VO"
        base = EPOCH.astype("datetime64[s]")
        for start in range(0, max(1, len(rows)), CHUNK):
            part = rows[start : start + CHUNK]
            completed = orders.completed_at[part]
            country = orders.country[part]
            abroad = country > 0
            weight = orders.weight[part]
            yield [
                [f"{letters}{number}" for number in orders.order_no[part].tolist()],
                orders.line_no[part].tolist(),
                list(base + orders.ordered_at[part].astype("timedelta64[m]")),
                [
                    moment if done else None
                    for moment, done in zip(
                        base + completed.astype("timedelta64[m]"), completed <= until, strict=True
                    )
                ],
                sellers[orders.listing[part]].tolist(),
                products[orders.listing[part]].tolist(),
                orders.quantity[part].tolist(),
                [value / 100 if value >= 0 else None for value in weight.tolist()],
                orders.amount[part].tolist(),
                orders.province[part].tolist(),
                [
                    vocabulary.FOREIGN[code - 1] if far else ("VN" if says else None)
                    for code, far, says in zip(
                        country.tolist(), abroad.tolist(), orders.says_vietnam[part].tolist(),
                        strict=True,
                    )
                ],
                orders.phone[part].tolist(),
                [STATUSES[code] for code in orders.status(until, part).tolist()],
            ]  # fmt: skip

    # ------------------------------------------------------------ one table, one file

    def _put(
        self,
        name: str,
        day: date,
        words: str,
        columns: list[WrittenColumn],
        chunks: Iterator[list[list[Any]]],
        faults: Sequence[Fault],
        *,
        spoiled: set[int] = frozenset(),  # type: ignore[assignment]
    ) -> None:
        """Write one table in the format of the name's suffix, faulty copies of rows among its own."""
        draw = self._draw(name)
        match Path(name).suffix:
            case ".csv":
                self._put_csv(name, draw, words, columns, chunks, faults, spoiled)
            case ".jsonl":
                self._put_jsonl(name, draw, words, columns, chunks, faults, spoiled)
            case _:
                self._put_sheet(name, draw, words, columns, chunks, faults, spoiled)
        self._done(name, day)

    def _spelled(
        self,
        name: str,
        hand: Hand,
        columns: list[WrittenColumn],
        chunks: Iterator[list[list[Any]]],
        faults: Sequence[Fault],
        spoiled: set[int],
    ) -> Iterator[tuple[list[Any], tuple[int, str, bool] | None]]:
        """Rows as this hand writes them, each with what is wrong with it: column, rule, corrected."""
        number = 0
        for chunk in chunks:
            spelled = [
                hand.column(column.kind, values)
                for column, values in zip(columns, chunk, strict=True)
            ]
            rows = [list(row) for row in zip(*spelled, strict=True)]
            orders = len(columns) == len(_ORDERS) and columns[1].kind == "count"
            for row in rows:
                wrong = None
                if number in spoiled:
                    row[6] = "mười hai"
                    wrong = (6, "text in a number column, corrected by the next export", True)
                yield row, wrong
                number += 1
            if rows:
                for fault in faults:
                    if not columns[next(iter(fault.cells))].header:
                        continue
                    # A fault stands in an otherwise complete row, of a product that is there.
                    row = list(rows[len(rows) // 2])
                    if orders:
                        row[2] = hand.spell("moment", chunk[2][len(rows) // 2])
                        row[3] = row[3] or row[2]
                    for column, cell in fault.cells.items():
                        row[column] = cell
                    yield row, (next(iter(fault.cells)), fault.rule, False)
            faults = ()

    def _put_csv(
        self,
        name: str,
        draw: np.random.Generator,
        words: str,
        columns: list[WrittenColumn],
        chunks: Iterator[list[list[Any]]],
        faults: Sequence[Fault],
        spoiled: set[int],
    ) -> None:
        encoding, delimiter, newline = "utf-8", ",", "\n"
        if self.messy:
            encoding = str(
                draw.choice(["utf-8", "utf-8-sig", "utf-16", "cp1258"], p=[0.35, 0.3, 0.2, 0.15])
            )
            delimiter = str(draw.choice([",", ";"]))
            newline = str(draw.choice(["\n", "\r\n"]))
        hand = Hand(draw, messy=self.messy, medium="csv", words=words, encoding=encoding)
        order = list(range(len(columns)))
        if self.messy and draw.random() < 0.5:
            order = draw.permutation(len(columns)).tolist()
        order = [nth for nth in order if columns[nth].header]
        headers = [hand.header(column.header) for column in columns]
        line = 1
        with self._path(name).open("wb") as file:
            if encoding == "utf-16":
                file.write(b"\xff\xfe")
            if encoding == "utf-8-sig":
                file.write(b"\xef\xbb\xbf")
            buffer = io.StringIO()
            writer = csv.writer(buffer, delimiter=delimiter, lineterminator=newline)
            writer.writerow([headers[i] for i in order])
            for row, wrong in self._spelled(name, hand, columns, chunks, faults, spoiled):
                line += 1
                if self.messy and line % 97 == 0:
                    buffer.write(newline)
                    line += 1
                writer.writerow([row[i] for i in order])
                if wrong:
                    self._bad(name, None, line, headers[wrong[0]], wrong[1], wrong[2])
                if line % 20_000 == 0:
                    _flush(file, buffer, encoding)
            _flush(file, buffer, encoding)

    def _put_jsonl(
        self,
        name: str,
        draw: np.random.Generator,
        words: str,
        columns: list[WrittenColumn],
        chunks: Iterator[list[list[Any]]],
        faults: Sequence[Fault],
        spoiled: set[int],
    ) -> None:
        hand = Hand(draw, messy=self.messy, medium="json", words=words)
        headers = [column.header for column in columns]
        escape = self.messy and draw.random() < 0.5
        drop = self.messy and draw.random() < 0.5
        with self._path(name).open("w", encoding="utf-8", newline="\n") as file:
            for line, (row, wrong) in enumerate(
                self._spelled(name, hand, columns, chunks, faults, spoiled), start=1
            ):
                record = {
                    header: value for header, value in zip(headers, row, strict=True) if header
                }
                if drop and line % 3:
                    record = {key: value for key, value in record.items() if value is not None}
                file.write(json.dumps(record, ensure_ascii=escape) + "\n")
                if wrong:
                    self._bad(name, None, line, headers[wrong[0]], wrong[1], wrong[2])

    def _put_sheet(
        self,
        name: str,
        draw: np.random.Generator,
        words: str,
        columns: list[WrittenColumn],
        chunks: Iterator[list[list[Any]]],
        faults: Sequence[Fault],
        spoiled: set[int],
        *,
        title: str = "Dữ liệu xuất từ Voso.vn",
    ) -> None:
        hand = Hand(draw, messy=self.messy, medium="sheet", words=words)
        hand.legacy = None
        headers = [hand.header(column.header) for column in columns]
        left = [None] * (int(draw.random() < 0.3) if self.messy else 0)
        rows: list[list[Any]] = []
        if self.messy and draw.random() < 0.6:
            rows = [[*left, title], []]
        rows.append([*left, *_present(columns, headers)])
        above: list[Any] | None = None
        orders = len(columns) == len(_ORDERS) and columns[1].kind == "count"
        sheet = str(draw.choice(["Sheet1", "Data", "Export"])) if self.messy else "Sheet1"
        for row, wrong in self._spelled(name, hand, columns, chunks, faults, spoiled):
            if self.messy and draw.random() < 0.03:
                rows.append([])
            cells = row
            if orders and self.messy and not wrong:
                cells = fill_first_only(row, above, draw)
                above = row
            elif wrong:
                above = None
            rows.append([*left, *_present(columns, cells)])
            if wrong:
                self._bad(name, sheet, len(rows), headers[wrong[0]], wrong[1], wrong[2])
        write_workbook(
            self._path(name),
            [Sheet(sheet, rows)],
            date_1904=self.messy and draw.random() < 0.2,
        )

    # ------------------------------------------------------------ units

    def districts(self) -> None:
        """Every unit's workbooks: form and list sheets; and the postal enterprise's."""
        world = self.world
        sent_lists: set[tuple[str, pd.Timestamp]] = set()
        forms = world.submissions.groupby(
            ["unit", "sent_on", "kind", "end", "correction"], sort=True
        )
        for (unit, sent_on, kind, _, correction), form in forms:
            day = sent_on.date()
            stem = "bao-cao-tuan" if kind == "week" else "bao-cao-thang"
            suffix = "xlsx"
            if self.messy and unit in ODS_UNITS:
                suffix = "ods"
            elif self.messy and HAS_XLS and unit in XLS_UNITS:
                suffix = "xls"
            name = (
                f"districts/{home.FOLDERS[unit]}/{stem}_{day:%Y%m%d}"
                f"{'_dinh-chinh' if correction else ''}.{suffix}"
            )
            with_lists = kind == "week" and (unit, sent_on) not in sent_lists
            if with_lists:
                sent_lists.add((unit, sent_on))
            self._workbook(name, unit, form, with_lists)
        for _, form in world.enterprise_forms.groupby("end"):
            day = form.sent_on.iloc[0].date()
            for number, enterprise in enumerate(home.ENTERPRISES):
                self._workbook(
                    f"districts/{enterprise}/bao-cao-tuan_{day:%Y%m%d}.xlsx", None, form, False,
                    enterprise=number,
                )  # fmt: skip

    def _workbook(
        self,
        name: str,
        unit: str | None,
        form: pd.DataFrame,
        with_lists: bool,
        *,
        enterprise: int = 0,
    ) -> None:
        draw = self._draw(name)
        hand = Hand(draw, messy=self.messy, medium="sheet", words="lists")
        if not name.endswith((".xlsx", ".xls")):
            hand.legacy = None
        sheet, bad = unit_forms.as_sheet(
            form, unit, hand, draw, messy=self.messy, faulty=self.faulty, enterprise=enterprise
        )
        sheets = [sheet]
        for row, header in bad:
            self._bad(name, sheet.name, row, header, "text in a number column")
        if unit and with_lists:
            sheets += self._list_sheets(name, unit, form.sent_on.iloc[0], hand, draw)
        if self.messy:
            guide = Sheet(
                "Hướng dẫn",
                [["Hướng dẫn điền biểu"], ["Gửi trước 14h00 thứ 5 hằng tuần"]],
                hidden=draw.random() < 0.5,
            )
            sheets.insert(len(sheets) if draw.random() < 0.7 else 1, guide)
        write_workbook(self._path(name), sheets, date_1904=self.messy and draw.random() < 0.05)
        self._done(name, form.sent_on.iloc[0].date())

    def _list_sheets(
        self, name: str, unit: str, sent_on: pd.Timestamp, hand: Hand, draw: np.random.Generator
    ) -> list[Sheet]:
        world = self.world

        def of(frame: pd.DataFrame) -> pd.DataFrame:
            return frame[(frame.unit == unit) & (frame.sent_on == sent_on)]

        sheets = []
        base = of(world.base_totals)
        if len(base):
            values = [
                ["Tổng số hộ SXNN", "Tổng số xã, phường"] * len(base),
                [year for year in base.year for _ in (0, 1)],
                [v for value in base.value for v in (value, len(home.COMMUNES[unit]))],
            ]
            sheets.append(self._list(name, "Số liệu nền", _BASE, values, hand, draw, total=False))
        people = of(world.registry)
        # Half of the cooperatives stand on the alliance's list only.
        people = people[(people.kind != "cooperative") | (people.person_id % 2 == 0)]
        if len(people):
            faults = []
            if self.faulty and name.endswith(".xlsx") and draw.random() < 0.3:
                faults = [Fault({0: UNCALCULATED, 2: "022999000111", 3: "0912000111"},
                                "formula without a cached value")]  # fmt: skip
            sheets.append(
                self._list(
                    name, "Danh sách hộ SXNN", _REGISTRY,
                    [people[c].tolist() for c in _REGISTRY_COLUMNS], hand, draw, faults,
                )
            )  # fmt: skip
        ocop = of(world.ocop)
        if len(ocop):
            sheets.append(
                self._list(
                    name, "Sản phẩm OCOP", _OCOP, [ocop[c].tolist() for c in _OCOP_COLUMNS], hand,
                    draw, total=False,
                )
            )  # fmt: skip
        keys = of(world.key_products)
        if len(keys):
            sheets.append(
                self._list(
                    name, "Sản phẩm chủ lực", _KEYS, [keys[c].tolist() for c in _KEY_COLUMNS], hand,
                    draw, total=False,
                )
            )  # fmt: skip
        trained = of(world.trainings)
        trained = trained[trained.sender == "unit"]
        if len(trained):
            faults = []
            if self.faulty and draw.random() < 0.4:
                faults = [Fault({5: "31/02/2021", 1: "022999000222"}, "no such date")]
            sheets.append(
                self._list(
                    name, "Danh sách tập huấn", _TRAINING,
                    [trained[c].tolist() for c in _TRAINING_COLUMNS], hand, draw, faults,
                )
            )  # fmt: skip
        return sheets

    def _list(
        self,
        path: str,
        title: str,
        columns: list[WrittenColumn],
        values: list[list[Any]],
        hand: Hand,
        draw: np.random.Generator,
        faults: Sequence[Fault] = (),
        *,
        total: bool = True,
        record: bool = True,
    ) -> Sheet:
        """A list as people keep it: title, running number, blank and hidden rows, a total below."""
        messy = self.messy
        headers = [hand.header(column.header) for column in columns]
        numbered = messy and len(columns) > 4 and draw.random() < 0.6
        left: list[Any] = [None] if messy and draw.random() < 0.2 else []
        sheet = Sheet(title, [])
        if messy:
            sheet.name = str(
                draw.choice([title, title, title.upper(), f"{title} (2)", f"PL {title}"])
            )[:31]
        rows = sheet.rows
        if messy and draw.random() < 0.6:
            rows += [[*left, title.upper()], []]
        sheet.bold_rows.add(len(rows))
        rows.append([*left, *(["STT"] if numbered else []), *headers])
        if messy and numbered and draw.random() < 0.3:
            rows.append([*left, *(f"({i + 1})" for i in range(len(columns) + 1))])
        spelled = [
            hand.column(column.kind, column_values)
            for column, column_values in zip(columns, values, strict=True)
        ]
        count = 0
        body: list[tuple[list[Any], Fault | None]] = [
            (list(row), None) for row in zip(*spelled, strict=True)
        ]
        for fault in faults:
            row = list(body[len(body) // 2][0])
            for column, cell in fault.cells.items():
                row[column] = cell
            body.insert(int(draw.integers(0, len(body))), (row, fault))
        for row, wrong in body:
            if messy and draw.random() < 0.03:
                rows.append([])
            if messy and draw.random() < 0.02:
                sheet.hidden_rows.add(len(rows))
            count += 1
            rows.append([*left, *([count] if numbered else []), *row])
            if wrong and record:
                header = headers[next(iter(wrong.cells))]
                self._bad(path, sheet.name, len(rows), header, wrong.rule)
        if messy and total and numbered and draw.random() < 0.6:
            rows.append([*left, None, "Tổng cộng", None, count])
        if messy and draw.random() < 0.2:
            rows += [[], [*left, "Ghi chú: số liệu do các xã, phường cung cấp"]]
        return sheet

    # ------------------------------------------------------------ lists of other senders

    def lists(self) -> None:
        """Registry, calendars, wallets, prices, information items."""
        self._registry()
        self._seasonal()
        self._wallets()
        self._prices()
        self._information()

    def _list_file(
        self,
        name: str,
        day: date,
        title: str,
        columns: list[WrittenColumn],
        values: list[list[Any]],
        faults: Sequence[Fault] = (),
    ) -> None:
        if name.endswith(".csv"):
            self._put(name, day, "lists", columns, iter([values]), faults)
            return
        draw = self._draw(name)
        hand = Hand(draw, messy=self.messy, medium="sheet", words="lists")
        if name.endswith(".ods"):
            hand.legacy = None
        sheet = self._list(name, title, columns, values, hand, draw, faults, total=False)
        write_workbook(self._path(name), [sheet])
        self._done(name, day)

    def _registry(self) -> None:
        world, first = self.world, self.world.due_dates[0]
        suffix = "xls" if self.messy and HAS_XLS else "xlsx"
        for sent_on, rows in world.ocop.groupby("sent_on"):
            day = sent_on.date()
            self._list_file(
                f"registry/ocop-toan-tinh_{day:%Y%m%d}.{suffix}", day, "OCOP",
                [*_OCOP, _PLACE], [rows[c].tolist() for c in (*_OCOP_COLUMNS, "unit")],
            )  # fmt: skip
        cooperatives = world.registry[world.registry.kind == "cooperative"]
        if len(cooperatives):
            self._list_file(
                f"registry/lien-minh-htx_{first:%Y%m%d}.xlsx", first, "HTX", [_PLACE, *_REGISTRY],
                [cooperatives[c].tolist() for c in ("unit", *_REGISTRY_COLUMNS)],
            )  # fmt: skip
        units_first = world.submissions.groupby("unit").sent_on.min()
        late = world.registry[
            (world.registry.kind != "cooperative")
            & (world.registry.sent_on > world.registry.unit.map(units_first))
        ]
        for sent_on, rows in late.groupby("sent_on"):
            day = sent_on.date()
            self._list_file(
                f"registry/hoi-nong-dan/ho-sxnn_{day:%Y%m%d}.xlsx", day, "Hộ SXNN",
                [_PLACE, *_REGISTRY], [rows[c].tolist() for c in ("unit", *_REGISTRY_COLUMNS)],
            )  # fmt: skip
        later = world.key_products[world.key_products.sent_on.dt.is_year_start]
        for sent_on, rows in later.groupby("sent_on"):
            day = sent_on.date()
            self._list_file(
                f"registry/san-pham-chu-luc_{day:%Y%m%d}.xlsx", day, "Sản phẩm chủ lực",
                [_PLACE, *_KEYS], [rows[c].tolist() for c in ("unit", *_KEY_COLUMNS)],
            )  # fmt: skip
        post = world.trainings[world.trainings.sender == "post"]
        for day in sorted({*world.due_dates[3::4], world.due_dates[-1]}):
            rows = post[post.sent_on <= pd.Timestamp(day)]
            if len(rows):
                self._list_file(
                    f"registry/buu-dien/tap-huan_{day:%Y-%m-%d}.csv", day, "Tập huấn",
                    [*_TRAINING, _PLACE], [rows[c].tolist() for c in (*_TRAINING_COLUMNS, "unit")],
                )  # fmt: skip

    def _seasonal(self) -> None:
        seasons = self.world.seasons
        first_year = int(seasons.month.dt.year.min()) if len(seasons) else 0
        for (sent_on, year), rows in seasons.groupby([seasons.sent_on, seasons.month.dt.year]):
            day = sent_on.date()
            if year == first_year:
                self._list_file(
                    f"seasonal/lich-{year}_{day:%Y%m%d}.xlsx", day, "Lịch mùa vụ", _MONTHS,
                    [
                        rows.name.tolist(), rows.unit.tolist(),
                        [f"{month:%m/%Y}" for month in rows.month], rows.tonnes.tolist(),
                        rows.certificate.tolist(), _price_ranges(rows),
                        ["Phòng Kinh tế"] * len(rows), [912345678] * len(rows),
                    ],
                )  # fmt: skip
                continue
            known = seasons[(seasons.month.dt.year == year) & (seasons.sent_on <= sent_on)]
            known = known.drop_duplicates(["unit", "name", "month"], keep="last")
            self._year_calendar(f"seasonal/nam-{year}_{day:%Y%m%d}.ods", day, int(year), known)

    def _year_calendar(self, name: str, day: date, year: int, rows: pd.DataFrame) -> None:
        """The calendar by year, in a messy world under a header of two rows."""
        draw = self._draw(name)
        hand = Hand(draw, messy=self.messy, medium="sheet", words="lists")
        hand.legacy = None
        months = [f"Tháng {month}" for month in range(1, 13)]
        ends = ["Khung giá (đồng/kg)", "Đầu mối liên hệ"]
        sheet = Sheet(str(year), [])
        if self.messy:
            sheet.rows += [[f"LỊCH MÙA VỤ NĂM {year}"], []]
            top = len(sheet.rows)
            sheet.rows.append(
                ["Nông sản", "Địa phương", "Năm", "Sản lượng theo tháng (tấn)", *[None] * 11, *ends]
            )
            sheet.rows.append([None, None, None, *months, None, None])
            sheet.merges = [(top, 3, top, 14)] + [
                (top, column, top + 1, column) for column in (0, 1, 2, 15, 16)
            ]
        else:
            sheet.rows.append(["Nông sản", "Địa phương", "Năm", *months, *ends])
        for (unit, product), plan in rows.groupby(["unit", "name"], sort=False):
            tonnes = dict(zip(plan.month.dt.month, plan.tonnes, strict=True))
            sheet.rows.append(
                [
                    hand.spell("category", product), hand.spell("unit", unit), year,
                    *(hand.spell("number", tonnes[m]) if m in tonnes else None for m in range(1, 13)),
                    _price_ranges(plan.iloc[:1])[0], "Sở NN&PTNT",
                ]
            )  # fmt: skip
        write_workbook(self._path(name), [sheet])
        self._done(name, day)

    def _wallets(self) -> None:
        for day in self.world.wallet_dates:
            known = self.world.wallets[self.world.wallets.opened_on <= pd.Timestamp(day)]
            for wallet, suffix in (("ViettelPay", "csv"), ("VietnamPostPay", "xlsx")):
                rows = known[known.wallet == wallet]
                name = f"wallets/{wallet.lower()}_{day:%Y%m%d}.{suffix}"
                draw = self._draw(f"faults/{name}")
                faults = [
                    Fault({5: "31/11/2021", 1: "022999000333"}, "no such date"),
                    Fault({3: "Huyện Nam Trực", 1: "022999000444"}, "unknown unit"),
                ]
                self._list_file(
                    name, day, "Danh sách tài khoản", _WALLETS,
                    [rows[c].tolist() for c in ("name", "paper", "phone", "unit", "wallet",
                                                "opened_on")],
                    [fault for fault in faults if self.faulty and draw.random() < 0.5],
                )  # fmt: skip

    def _prices(self) -> None:
        for nth, (sent_on, rows) in enumerate(self.world.prices.groupby("sent_on")):
            day = sent_on.date()
            name = f"prices/gia_{day:%Y%m%d}.{'csv' if nth % 2 == 0 else 'xlsx'}"
            faults = [Fault({3: "chưa có giá", 2: "Chợ đêm"}, "text in a number column")]
            self._list_file(
                name, day, "Giá thị trường", _PRICES,
                [rows[c].tolist() for c in ("name", "priced_on", "place", "price")],
                faults if self.faulty and nth % 2 == 0 else (),
            )  # fmt: skip

    def _information(self) -> None:
        items = self.world.information
        for day in self.world.information_dates:
            known = items[items.published_at <= minutes(day) + EXPORT_HOUR]
            for suffix, own in (
                ("csv", known[known.channel != "voso"]),
                ("jsonl", known[known.channel == "voso"]),
            ):
                headers = _INFORMATION[suffix == "jsonl"]
                faults = [Fault({2: "GIAI_TRI", 0: f"TT9{day:%m%d}"}, "unknown group")]
                self._put(
                    f"info/tin_{day:%Y%m%d}.{suffix}", day,
                    "voso" if suffix == "jsonl" else "lists", headers,
                    iter([[own[c].tolist() for c in ("item_id", "title", "group", "channel",
                                                     "published_at")]]),
                    faults if self.faulty and len(own) else (),
                )  # fmt: skip


_PLACE = WrittenColumn("Địa phương", "unit")
_BASE = [
    WrittenColumn("Chỉ tiêu nền", "text"),
    WrittenColumn("Năm", "count"),
    WrittenColumn("Giá trị", "count"),
]
_REGISTRY = [
    WrittenColumn("Họ tên/Tên cơ sở", "name"), WrittenColumn("Loại hình", "word"), WrittenColumn("Số giấy tờ", "paper"),
    WrittenColumn("Số điện thoại", "phone"), WrittenColumn("Xã/Phường", "commune"),
    WrittenColumn("Sản phẩm chính", "text"), WrittenColumn("Chứng nhận", "text"),
]  # fmt: skip
_REGISTRY_COLUMNS = ("name", "kind", "paper", "phone", "commune", "main_product", "certificate")
_OCOP = [
    WrittenColumn("Mã OCOP", "code"), WrittenColumn("Tên sản phẩm", "text"), WrittenColumn("Chủ thể", "name"),
    WrittenColumn("Số giấy tờ chủ thể", "paper"), WrittenColumn("Số sao", "count"),
    WrittenColumn("Ngày công nhận", "date"), WrittenColumn("Ngày hết hạn", "date"),
]  # fmt: skip
_OCOP_COLUMNS = ("ocop_code", "name", "owner", "paper", "stars", "recognised_on", "expires_on")
_KEYS = [
    WrittenColumn("Tên sản phẩm", "category"), WrittenColumn("Năm", "count"),
    WrittenColumn("Sản lượng dự kiến (tấn)", "number"), WrittenColumn("Chứng nhận", "text"),
]  # fmt: skip
_KEY_COLUMNS = ("name", "year", "tonnes", "certificate")
_TRAINING = [
    WrittenColumn("Họ tên", "name"), WrittenColumn("Số giấy tờ", "paper"), WrittenColumn("Số điện thoại", "phone"),
    WrittenColumn("Xã/Phường", "commune"), WrittenColumn("Nội dung", "word"), WrittenColumn("Ngày", "date"),
    WrittenColumn("Đơn vị tổ chức", "text"),
]  # fmt: skip
_TRAINING_COLUMNS = ("name", "paper", "phone", "commune", "topic", "held_on", "organiser")
_MONTHS = [
    WrittenColumn("Nông sản", "category"), WrittenColumn("Địa phương", "unit"), WrittenColumn("Tháng", "code"),
    WrittenColumn("Sản lượng (tấn)", "number"), WrittenColumn("Chất lượng/Chứng nhận", "text"),
    WrittenColumn("Khung giá (đồng/kg)", "code"), WrittenColumn("Đầu mối liên hệ", "text"),
    WrittenColumn("Số điện thoại", "phone"),
]  # fmt: skip
_WALLETS = [
    WrittenColumn("Họ tên", "name"), WrittenColumn("Số giấy tờ", "paper"), WrittenColumn("Số điện thoại", "phone"),
    WrittenColumn("Địa phương", "unit"), WrittenColumn("Ví", "code"), WrittenColumn("Ngày mở", "date"),
]  # fmt: skip
_PRICES = [
    WrittenColumn("Nông sản", "category"), WrittenColumn("Ngày", "date"), WrittenColumn("Nơi", "text"),
    WrittenColumn("Giá (đồng/kg)", "number"),
]  # fmt: skip
_INFORMATION = [
    [
        WrittenColumn(headers[i], kind)
        for i, kind in enumerate(("code", "text", "code", "code", "moment"))
    ]
    for headers in (
        ("id", "tiêu đề", "nhóm", "kênh", "ngày đăng"),
        ("id", "title", "group", "channel", "published_at"),
    )
]


def _changed(
    frame: pd.DataFrame, since: np.datetime64 | None, until: np.datetime64
) -> pd.DataFrame:
    """Rows with anything new in (since, until]; all of them for the first export."""
    if since is None:
        return frame
    moments = frame[[c for c in frame.columns if c.endswith("_at")]]
    return frame[((moments > since) & (moments <= until)).any(axis=1)].copy()


def _old_addresses(stalls: pd.DataFrame, unnumbered: set[int]) -> Iterator[tuple[Any, str, str]]:
    """Every second stall of before its unit began is still at its address of then: row, unit, commune.

    ``unnumbered``: people with a record that only name and commune tell; a former commune would be another place.
    """
    for stall in stalls.itertuples():
        known = home.FORMER_ADDRESSES.get(stall.unit)
        number = int(stall.seller_id[2:])
        before = stall.opened_at < home.BEGAN[stall.unit]
        if known and before and number % 2 and stall.person_id not in unnumbered:
            yield stall.Index, *known[number // 2 % len(known)]


def fill_first_only(
    row: list[Any], above: list[Any] | None, draw: np.random.Generator
) -> list[Any]:
    """The row with its order-level cells left out where the rows above say the same."""
    if above is None or row[0] is None or row[0] != above[0] or draw.random() < 0.2:
        return row
    # A cell that is empty in its own right would take the one above: such a row names its order.
    if any(row[i] is None and above[i] is not None for i in _ORDER_LEVEL):
        return row
    cells = list(row)
    for i in _ORDER_LEVEL:
        if cells[i] == above[i]:
            cells[i] = None
    return cells


def _flush(file: Any, buffer: io.StringIO, encoding: str) -> None:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    match encoding:
        case "utf-16":
            file.write(text.encode("utf-16-le"))
        case "cp1258":
            file.write(legacy.to_windows_1258(text))
        case _:
            file.write(text.encode("utf-8"))


def _price_ranges(rows: pd.DataFrame) -> list[str]:
    return [
        f"{low:,} - {high:,}".replace(",", ".")
        for low, high in zip(rows.price_low.astype(int), rows.price_high.astype(int), strict=True)
    ]
