"""A small office's senders: what is true, and the files that say it, of one seed.

Two marketplaces export each week, three units hand in their form, others send lists. Each file is kept
with what a reader must find in it, so that what the warehouse holds, and what a report says, can be
told from the files that were loaded and from nothing else.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

import loading

from lensan.domain.periods import ICT, Period

PLAN_START = date(2021, 10, 18)
UNITS = {"193": "THÀNH PHỐ HẠ LONG", "199": "HUYỆN TIÊN YÊN", "205": "THỊ XÃ ĐÔNG TRIỀU"}
DISTRICTS = {"193": "Hạ Long", "199": "Tiên Yên", "205": "Đông Triều"}
COMMUNES = {"193": "Hồng Gai", "199": "Đông Ngũ", "205": "Mạo Khê"}
RECEIVERS = ("Hà Nội", "Hải Phòng", "Quảng Ninh", "Đà Nẵng", "Cần Thơ")
FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Đỗ", "Ngô", "Dương", "Lý")
MIDDLE = ("Văn", "Thị", "Hữu", "Đức", "Thanh", "Minh", "Ngọc", "Quang", "Xuân", "Kim")
GIVEN = (
    "An",
    "Bích",
    "Cường",
    "Dung",
    "Giang",
    "Hoa",
    "Khánh",
    "Lan",
    "Mạnh",
    "Nga",
    "Oanh",
    "Phúc",
)
HEADERS = {
    "postmart": (
        "Mã gian hàng,Tên gian hàng,Chủ gian hàng,Loại hình,Số giấy tờ,Số điện thoại,Xã/Phường,"
        "Huyện/Thị xã/Thành phố,Tỉnh/Thành phố,Ngày mở gian hàng,Ngày đóng",
        "Mã sản phẩm,Tên sản phẩm,Mã gian hàng,Nhóm hàng,Loại sản phẩm,Khối lượng tịnh (kg),Ngày đăng bán",
        "Mã đơn hàng,Dòng,Thời điểm đặt,Thời điểm hoàn thành,Mã gian hàng,Mã sản phẩm,Số lượng,"
        "Khối lượng (kg),Tỉnh/Thành phố nhận,Quốc gia nhận,Trạng thái",
    ),
    "voso": (
        "shop_id,shop_name,owner_name,owner_type,id_number,phone,ward,district,province,created_at,closed_at",
        "sku,name,shop_id,group,category,net_weight_kg,listed_at",
        "order_no,line_no,ordered_at,completed_at,shop_id,sku,qty,weight_kg,ship_province,ship_country,status",
    ),
}  # fmt: skip
WORDS = {
    "postmart": {"household": "Hộ SXNN", "agri": "Nông sản", True: "Hoàn thành", False: "Đang giao"},
    "voso": {"household": "HOUSEHOLD", "agri": "AGRI", True: "COMPLETED", False: "SHIPPING"},
}  # fmt: skip


@dataclass(frozen=True)
class Stall:
    platform: str
    key: str
    owner: int
    unit: str
    opened_on: date
    closed_on: date | None = None


@dataclass(frozen=True)
class Line:
    platform: str
    order_no: str
    stall: Stall
    ordered_at: datetime
    completed_at: datetime
    grams: int
    receiver: str


@dataclass(frozen=True)
class File:
    """A file as it is put below the landing root. ``rows``: written, the header's included; ``held``: of
    those that no reader may take; null where nobody can know. The others: what it says."""

    name: str
    content: bytes
    rows: int | None = None
    held: int | None = None
    stalls: tuple[Stall, ...] = ()
    lines: tuple[tuple[Line, bool], ...] = ()
    form: tuple[str, str, tuple[int, int], tuple[int, int]] | None = None
    """Unit, period, what it declares of II.1 and II.2: in the period, cumulative."""
    listed: frozenset[str] = frozenset()
    entity: str = ""
    exported_on: date = date.min
    version: int = 0
    """Of forms found together the higher one stands."""

    @property
    def source(self) -> str:
        return self.name.split("/", 1)[0]


@dataclass
class World:
    """``draw`` makes all of it; nothing else is random."""

    draw: random.Random
    stalls: list[Stall] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    trained: dict[str, list[int]] = field(default_factory=lambda: {u: [0, 0] for u in UNITS})
    owners: int = 0
    numbers: int = 0

    def live(self, day: date) -> None:
        """One day of the office: stalls open and close, people buy."""
        for platform in HEADERS:
            if self.draw.random() < 0.2 or not any(s.platform == platform for s in self.stalls):
                self._open(platform, day)
            own = [s for s in self.stalls if s.platform == platform and s.closed_on is None]
            for _ in range(self.draw.randint(0, 2)):
                self._sell(self.draw.choice(own), day)
        if self.draw.random() < 0.02 and len(self.stalls) > 8:
            at = self.draw.randrange(len(self.stalls))
            old = self.stalls[at]
            others = [s for s in self.stalls if s.platform == old.platform and not s.closed_on]
            if old.closed_on is None and len(others) > 3:
                self.stalls[at] = replace(old, closed_on=day)

    def _open(self, platform: str, day: date) -> None:
        """By a new owner, or by one of the other marketplace: that is one producer."""
        known = {s.owner for s in self.stalls if s.platform == platform}
        others = [s for s in self.stalls if s.owner not in known]
        self.numbers += 1
        key = f"{platform[0].upper()}S{self.numbers:04}"
        if others and self.draw.random() < 0.2:
            same = self.draw.choice(others)
            self.stalls.append(Stall(platform, key, same.owner, same.unit, day))
        else:
            self.owners += 1
            self.stalls.append(
                Stall(platform, key, self.owners, self.draw.choice(list(UNITS)), day)
            )

    def _sell(self, stall: Stall, day: date) -> None:
        self.numbers += 1
        ordered = datetime.combine(day, time(self.draw.randint(6, 20), self.draw.randrange(60)))
        takes = timedelta(hours=self.draw.randint(2, 90))
        grams = self.draw.randint(1, 400) * 50
        number = f"{stall.platform[0].upper()}D{self.numbers:06}"
        self.lines.append(
            Line(stall.platform, number, stall, ordered, ordered + takes, grams,
                 self.draw.choice(RECEIVERS))
        )  # fmt: skip

    # ------------------------------------------------------------ what is written

    def export(self, platform: str, day: date, *, spoil: bool = False) -> list[File]:
        """What a marketplace knows on the morning of a day: all stalls and products, the orders of eight
        weeks. ``spoil``: with rows that must be held back."""
        stamp = datetime.combine(day, time(5))
        stalls = [s for s in self.stalls if s.platform == platform and s.opened_on < day]
        lines = [
            line
            for line in self.lines
            if line.platform == platform and stamp - timedelta(days=24) < line.ordered_at < stamp
        ]
        done = tuple((line, line.completed_at < stamp) for line in lines)
        words, (sellers, products, orders) = WORDS[platform], HEADERS[platform]
        bad = self.draw.randint(1, 2) if spoil else 0
        rows = {
            "stall": [sellers, *(self._stall_row(s, words) for s in stalls)],
            "listing": [products, *(_product_row(s, words) for s in stalls)],
            "order_line": [orders, *(_line_row(line, is_done, words) for line, is_done in done)],
        }
        rows["stall"] += [
            f"{platform[0].upper()}BAD{day:%m%d}{n},Hỏng,Ai Đó,không rõ,,,Ở đâu,Hạ Long,Quảng Ninh,không nhớ,"
            for n in range(bad)
        ]
        # What a seller's clerk pasted twice: the same of the same thing, one of which counts.
        rows["order_line"] += rows["order_line"][1:][-bad:] if bad else []
        return [
            File(
                f"{platform}/{entity}_{day:%Y%m%d}.csv",
                ("\n".join(written) + "\n").encode(),
                len(written),
                bad if entity == "stall" else 0,
                tuple(stalls) if entity == "stall" else (),
                done if entity == "order_line" else (),
                listed=frozenset(s.key for s in stalls if entity == "listing"),
                entity=entity,
                exported_on=day,
            )
            for entity, written in rows.items()
        ]

    def _stall_row(self, stall: Stall, words: dict[object, str]) -> str:
        n = stall.owner
        name = f"{FAMILY[n % 12]} {MIDDLE[n // 12 % 10]} {GIVEN[n // 120 % 12]} {_letters(n)}"
        return ",".join(
            [stall.key, f"Gian {stall.key}", name, words["household"], f"0222{n * 97:08}", f"09{n * 7919 % 10**8:08}",
             COMMUNES[stall.unit], DISTRICTS[stall.unit], "Quảng Ninh", _day(stall.opened_on),
             _day(stall.closed_on) if stall.closed_on else ""]
        )  # fmt: skip

    def form(self, unit: str, period: Period, *, version: int = 0) -> File:
        """The weekly form of a unit; ``version``: an own correction of it, with other values."""
        trained = self.trained[unit]
        now = self.draw.randint(0, 9), self.draw.randint(0, 9)
        if version == 0:
            trained[0], trained[1] = trained[0] + now[0], trained[1] + now[1]
        first, second = (now[0], trained[0]), (now[1], trained[1])
        values = ((2, 9), (None, None), first, (4, 40), ("5/1", "125/34"), (1, 3), (2, 6))
        span = f"Từ ngày {period.start:%d/%m/%Y} đến ngày {period.last_day:%d/%m/%Y}"
        book = loading.workbook([loading.form(UNITS[unit], span, values)])
        again = f"-sua-{version}" if version else ""
        name = f"districts/{unit}/bao-cao-{period.name}{again}.xlsx"
        said = (unit, period.name, first, second)
        return File(name, book, form=said, entity="form", version=version)

    def prices(self, day: date) -> File:
        """A price list of the market."""
        rows = ["Nông sản,Ngày,Nơi,Giá (đồng/kg)"]
        rows += [
            f"{name},{_day(day)},Chợ {place},{self.draw.randint(10, 90)}000"
            for name in ("Na dai", "Chả mực")
            for place in ("Mạo Khê", "Hạ Long")
        ]
        return File(f"prices/gia_{day:%Y%m%d}.csv", "\n".join(rows).encode(), 5, 0, entity="price")


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _letters(number: int) -> str:
    return "".join(chr(ord("A") + int(digit)) for digit in str(number))


def _product_row(stall: Stall, words: dict[object, str]) -> str:
    return f"P{stall.key},Na dai {stall.key},{stall.key},{words['agri']},Na dai,0.5,{_day(stall.opened_on)}"


def _line_row(line: Line, is_done: bool, words: dict[object, str]) -> str:
    done = f"{line.completed_at:%d/%m/%Y %H:%M}" if is_done else ""
    return (
        f"{line.order_no},1,{line.ordered_at:%d/%m/%Y %H:%M},{done},{line.stall.key},P{line.stall.key},1,"
        f"{Decimal(line.grams) / 1000},{line.receiver},,{words[is_done]}"
    )


# ---------------------------------------------------------------- what follows from files


def known_stalls(files: Iterable[File]) -> dict[str, Stall]:
    """Each stall as the youngest of these exports says it."""
    found: dict[str, Stall] = {}
    for file in sorted(files, key=lambda each: each.exported_on):
        found |= {stall.key: stall for stall in file.stalls}
    return found


def known_lines(files: Iterable[File]) -> dict[str, tuple[Line, bool]]:
    """Each order line as the youngest of these exports says it, and whether it is completed; one whose stall or
    product no export has said yet waits."""
    files = list(files)
    known = known_stalls(files).keys() & {key for file in files for key in file.listed}
    found: dict[str, tuple[Line, bool]] = {}
    for file in sorted(files, key=lambda each: each.exported_on):
        found |= {
            line.order_no: (line, is_done)
            for line, is_done in file.lines
            if line.stall.key in known
        }
    return found


def figures(files: Iterable[File], period: Period) -> dict[str, tuple[object, object]]:
    """What a report of a period says of the province, in the period and cumulative, from the files that
    were loaded; a marketplace's where one is fresh."""
    files = list(files)
    said: dict[str, tuple[object, object]] = {}
    fresh = {
        (file.source, file.entity)
        for file in files
        if file.exported_on >= period.last_day and file.source in HEADERS
    }
    if any(
        {(platform, each) for each in ("stall", "listing", "order_line")} <= fresh
        for platform in HEADERS
    ):
        stalls = known_stalls(files).values()
        first: dict[int, date] = {}
        for stall in stalls:
            first[stall.owner] = min(stall.opened_on, first.get(stall.owner, date.max))
        live = {
            stall.owner
            for stall in stalls
            if stall.opened_on < period.end and (stall.closed_on or date.max) >= period.end
        }
        start = max(period.start, PLAN_START)
        said["II.3"] = sum(start <= day < period.end for day in first.values()), len(live)
        sold = [line for line, is_done in known_lines(files).values() if is_done]
        said["III.2"] = tuple(  # type: ignore[assignment]
            _tonnes(line for line in sold if since <= line.completed_at.date() < period.end)
            for since in (start, PLAN_START)
        )
    return said


def declared(forms: Iterable[File], period: Period) -> tuple[int | None, int | None]:
    """II.1 of the province for a week, in the period and cumulative, from the forms that hold."""
    held: dict[tuple[str, str], File] = {}
    for file in forms:
        assert file.form is not None
        held[file.form[0], file.form[1]] = file
    now = [file.form[2][0] for (_, name), file in held.items() if name == period.name and file.form]
    last = [
        max(((name, file.form[2][1]) for (u, name), file in held.items()
             if u == unit and name <= period.name and file.form), default=("", None))[1]
        for unit in UNITS
    ]  # fmt: skip
    totals = [total for total in last if total is not None]
    return (sum(now) if now else None), (sum(totals) if totals else None)


def _tonnes(lines: Iterable[Line]) -> Decimal:
    tonnes = Decimal(sum(line.grams for line in lines)) / 1_000_000
    return tonnes.quantize(Decimal("0.001"), ROUND_HALF_UP)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), ICT)
