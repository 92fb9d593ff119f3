"""An invented report with everything that is awkward to print: long notes, blanks, two-part values."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from lensan.domain import indicators, periods, report_forms
from lensan.domain.office import PROVINCE
from lensan.domain.periods import ICT, Period
from lensan.domain.report_model import Figure, Report, SheetTable

UNITS = (
    ("193", "Thành phố Hạ Long"),
    ("194", "Thành phố Móng Cái"),
    ("195", "Thành phố Cẩm Phả"),
    ("196", "Thành phố Uông Bí"),
    ("198", "Huyện Bình Liêu"),
    ("199", "Huyện Tiên Yên"),
    ("200", "Huyện Đầm Hà"),
    ("201", "Huyện Hải Hà"),
    ("202", "Huyện Ba Chẽ"),
    ("203", "Huyện Vân Đồn"),
    ("205", "Thị xã Đông Triều"),
    ("206", "Thị xã Quảng Yên"),
    ("207", "Huyện Cô Tô"),
)
NORTH = (
    "Hà Nội, Hà Giang, Cao Bằng, Bắc Kạn, Tuyên Quang, Lào Cai, Điện Biên, Lai Châu, Sơn La, Yên Bái, "
    "Hòa Bình, Thái Nguyên, Lạng Sơn, Quảng Ninh, Bắc Giang, Phú Thọ, Vĩnh Phúc, Bắc Ninh, Hải Dương, "
    "Hải Phòng, Hưng Yên, Thái Bình, Hà Nam, Nam Định, Ninh Bình"
)
MIDDLE = (
    "Thanh Hóa, Nghệ An, Hà Tĩnh, Quảng Bình, Quảng Trị, Thừa Thiên Huế, Đà Nẵng, Quảng Nam, "
    "Quảng Ngãi, Bình Định, Phú Yên, Khánh Hòa, Ninh Thuận, Bình Thuận, Kon Tum, Gia Lai, Đắk Lắk, "
    "Đắk Nông, Lâm Đồng"
)
SOUTH = (
    "Bình Phước, Tây Ninh, Bình Dương, Đồng Nai, Bà Rịa - Vũng Tàu, TP. Hồ Chí Minh, Long An, "
    "Tiền Giang, Bến Tre, Trà Vinh, Vĩnh Long, Đồng Tháp, An Giang, Kiên Giang, Cần Thơ, Hậu Giang, "
    "Sóc Trăng, Bạc Liêu, Cà Mau"
)
LONG_NOTE = (
    f"Danh sách các tỉnh thành:\n- Miền Bắc: {NORTH}\n- Miền Trung: {MIDDLE}\n- Miền Nam:\n"
    f"(Lũy kế còn có: Miền Nam: {SOUTH})"
)
NOTES = {
    "II.1": "Chưa báo cáo tuần này: Huyện Ba Chẽ, Huyện Cô Tô.",
    "III.2": "9/13 địa phương đạt.\nTỉ lệ = 73,749 / (10% × 396,5).\n"
    "Chưa có sản lượng kế hoạch: Rượu ba kích.",
    "III.6": LONG_NOTE,
    "III.7": "Danh sách các quốc gia: Trung Quốc\n(Lũy kế còn có: Lào, Campuchia, Nhật Bản)",
}
SILENT = ("202", "207")


COLUMNS = {
    "progress": ("period", "indicator", "unit", "achieved", "target", "completion_pct"),
    "pace": ("indicator", "unit", "achieved", "goal", "due_on", "needed_weekly", "recent_weekly",
             "recent_days", "outlook", "expected_on"),
    "season": ("product", "unit", "months", "planned_tonnes", "quality", "price_range",
               "market_price", "market_place", "live_listings", "tonnes_sold", "average_price",
               "contact", "remark"),
    "season_forecast": ("product", "unit", "peak_on", "peak_interval", "chance_pct", "unsold",
                        "unsold_interval", "warned_on", "remark"),
    "season_weeks": ("product", "unit", "week_on", "harvested", "harvested_low", "harvested_high",
                     "sold", "demand", "is_peak"),
    "reconciliation": ("indicator", "unit", "declared_by", "in_period_platform",
                       "in_period_platform_2", "in_period_declared", "in_period_declared_2",
                       "in_period_difference", "cumulative_platform", "cumulative_platform_2",
                       "cumulative_declared", "cumulative_declared_2", "cumulative_difference",
                       "channel"),
    "quality_files": ("source", "files_of_period", "files_loaded", "files_rejected", "files_duplicate", "rows_read",
                      "rows_accepted", "rows_quarantined", "rows_superseded", "rows_ignored"),
    "quality_checks": ("source", "severity", "failed_rows", "check", "reason", "mended_by"),
    "quality_figures": (
        "indicator", "unit", "severity", "found", "expected", "check", "mended_by",
    ),
    "quality_units": ("unit", "status", "received_at", "rows_quarantined", "warnings", "file"),
    "quality_rates": (
        "unit", "periods", "sent", "on_time", "on_time_pct", "on_time_pct_8", "complete_pct",
    ),
    "adjustments": ("period", "unit", "indicator", "measure", "old_value", "new_value", "file"),
    "sources": ("indicator", "channel", "records_in_period", "records_cumulative", "files", "trace"),
}  # fmt: skip


def make(kind: str = "week", revision: int = 0, notes: dict[str, str] | None = None) -> Report:
    """A report of the week due 2021-11-18, or of November 2021."""
    period = (
        periods.week(date(2021, 11, 18)) if kind == "week" else periods.month(date(2021, 11, 1))
    )
    form = report_forms.form(kind)
    figures = []
    for number, row in enumerate(form.lines, 1):
        code = row.indicator or ""
        for place, unit in enumerate([PROVINCE, *(unit for unit, _ in UNITS)]):
            figures.append(
                _figure(code, row.parts, row.decimals, unit, number, place, notes or NOTES)
            )
    return Report(period, revision, tuple(figures), UNITS, tables(period))


def fullest(kind: str = "week") -> Report:
    """As much as a period of the 13 units says: every market, every unit silent, everything without a base,
    every unit of every indicator compared."""
    report = make(kind)
    left_out = (
        "Chưa có số liệu nền: Huyện Đầm Hà.\nTỉ lệ (không tính nơi đó) = 5.852 / (60% × 14.425)."
    )
    missing = f"Chưa báo cáo này: {', '.join(name for _, name in UNITS)}."
    notes = dict.fromkeys(
        ("III.1", "III.2", "III.3", "III.4", "III.5"), f"3/13 địa phương đạt.\n{left_out}"
    )
    notes |= dict.fromkeys(("II.1", "II.2"), f"{missing}\n{left_out}")
    notes |= dict.fromkeys(("I", "II.3", "II.4"), left_out)
    notes |= {"III.6": LONG_NOTE, "III.7": NOTES["III.7"]}
    figures = tuple(
        replace(f, note=notes.get(f.indicator)) if f.unit == PROVINCE else f for f in report.figures
    )
    times = {
        "season": 10,
        "reconciliation": 76,
        "quality_files": 4,
        "quality_checks": 9,
        "sources": len(report_forms.form(kind).lines),
    }
    tables = {
        key: SheetTable(table.columns, table.rows * times.get(key, 1))
        for key, table in report.tables.items()
    }
    return replace(report, figures=figures, tables=tables)


def doubted(checks: int, kind: str = "week") -> Report:
    """A period in which so many checks did not pass."""
    report = make(kind)
    failed = report.tables["quality_checks"]
    rows = (failed.rows * checks)[:checks]
    return replace(
        report, tables={**report.tables, "quality_checks": SheetTable(failed.columns, rows)}
    )


def emptiest(kind: str = "week") -> Report:
    """A period of which nobody has told anything: what was known before, and why there is no more."""
    report = make(kind)
    silent = (
        "Số liệu theo báo cáo của địa phương do hai sàn chưa có dữ liệu mới.\n"
        f"Chưa báo cáo này: tất cả {len(UNITS)} địa phương.\n"
        f"Chưa có số liệu nền: tất cả {len(UNITS)} địa phương."
    )
    before = f"Miền Bắc: {NORTH}; Miền Trung: {MIDDLE}; Miền Nam: {SOUTH}"
    listed = {
        "III.6": f"Danh sách các tỉnh thành:\n(Lũy kế còn có: {before})\n",
        "III.7": "Danh sách các quốc gia:\n(Lũy kế còn có: Lào, Campuchia, Nhật Bản)\n",
    }
    figures = tuple(
        replace(
            f, in_period=None, in_period_2=None, growth_pct=None, completion_pct=None, channel=None,
            note=listed.get(f.indicator, "") + silent if f.unit == PROVINCE else "chưa báo cáo",
        )
        for f in report.figures
    )  # fmt: skip
    return replace(report, figures=figures)


def of_units(count: int, kind: str = "week") -> Report:
    """The fullest report with so many units, each compared in all that can be compared and silent nowhere."""
    report = fullest(kind)
    known = [unit for unit, _ in UNITS]
    units = tuple((f"{number:05}", f"Phường Đơn vị {number}") for number in range(1, count + 1))
    form = report_forms.form(kind)
    whole = tuple(figure for figure in report.figures if figure.unit == PROVINCE)
    of_units_ = tuple(
        replace(report.figure(known[number % len(known)], row.indicator or ""), unit=code)
        for row in form.lines
        for number, (code, _) in enumerate(units)
    )
    compared = _compared(report, [code for code, _ in units])
    of_sheets = {"reconciliation": compared}
    for key in ("quality_units", "quality_rates"):
        table = report.tables[key]
        at = table.columns.index("unit")
        of_sheets[key] = SheetTable(
            table.columns,
            tuple(
                (*(row := table.rows[number % len(known)])[:at], code, *row[at + 1 :])
                for number, (code, _) in enumerate(units)
            ),
        )
    progress = report.tables["progress"]
    of_sheets["progress"] = SheetTable(
        progress.columns,
        tuple(
            (*row[:2], code, *row[3:])
            for row in progress.rows
            for code in (
                [PROVINCE]
                if row[2] == PROVINCE
                else [
                    code
                    for number, (code, _) in enumerate(units)
                    if known[number % len(known)] == row[2]
                ]
            )
        ),
    )
    return replace(
        report, units=units, figures=whole + of_units_, tables={**report.tables, **of_sheets}
    )


def _compared(report: Report, codes: list[str]) -> SheetTable:
    """Every indicator of both channels, of the province, an enterprise and each unit."""
    form = report_forms.form(report.period.kind)
    compared = report.tables["reconciliation"]
    template = compared.records()[0]
    rows: list[tuple[Any, ...]] = []
    for row in form.lines:
        told = indicators.indicator(row.indicator or "")
        if not (told.has_platform and told.has_submission):
            continue
        for code, by in [
            (PROVINCE, "Các địa phương"),
            (PROVINCE, "Bưu điện tỉnh"),
            *((code, "Địa phương") for code in codes),
        ]:
            record = template | {"indicator": row.indicator, "unit": code, "declared_by": by}
            if row.parts == 2:
                record |= {"in_period_platform_2": Decimal(2), "in_period_declared_2": Decimal(3)}
            if row.decimals:
                record |= {
                    "cumulative_platform": Decimal("1234.5"),
                    "cumulative_declared": Decimal("1034.625"),
                }
            rows.append(tuple(record.values()))
    return SheetTable(compared.columns, tuple(rows))


def _figure(
    code: str, parts: int, decimals: int, unit: str, number: int, place: int, notes: dict[str, str]
) -> Figure:
    whole = unit == PROVINCE
    silent = unit in SILENT and code in ("II.1", "II.2")
    has_target = not code.startswith("IV") and code not in ("III.6", "III.7")
    size = 13 if whole else place % 5
    now = Decimal(number * size)
    before = Decimal(number * (size + place % 3 - 1))
    total = Decimal(f"{number * size * 97}")
    if decimals:
        now, before, total = now + Decimal("0.018"), before + Decimal("0.5"), total + Decimal("0.9")
    return Figure(
        unit=unit,
        indicator=code,
        in_period=None if silent else now,
        in_period_2=Decimal(size) if parts == 2 else None,
        previous=before,
        growth_pct=None if silent or not before else round((now - before) / before * 100, 1),
        cumulative=total,
        cumulative_2=Decimal(size * 7) if parts == 2 else None,
        base=Decimal(number * 1200) if has_target else None,
        target_share=Decimal("0.5") if has_target else None,
        completion_pct=round(total / (number * 6), 1) if has_target else None,
        channel=None if silent else ("submission" if code in ("II.1", "II.2") else "platform"),
        note=notes.get(code) if whole else ("chưa báo cáo" if silent else None),
    )


def _pace(period: Period) -> list[tuple[Any, ...]]:
    """A row for each place and target, each outlook among them."""
    due = date(period.year, 12, 31)
    outlooks = ("behind", "on_pace", "met", "too_short", "missed")
    rows: list[tuple[Any, ...]] = []
    for number, code in enumerate(
        ("I", "II.1", "II.2", "II.3", "II.4", "III.1", "III.2", "III.3", "III.4", "III.5")
    ):
        for place, unit in enumerate([PROVINCE, *(unit for unit, _ in UNITS)]):
            outlook = outlooks[(number + place) % 5]
            is_open = outlook in ("behind", "on_pace", "too_short")
            recent = None if outlook == "too_short" else Decimal("12.5") - place
            needed = Decimal(1203 + place) / 10 if is_open else None
            rows.append(
                (code, unit, Decimal(40 + place), Decimal(800), due, needed, recent,
                 None if recent is None else 28, outlook, None)
            )  # fmt: skip
    return rows


FORECAST: list[tuple[Any, ...]] = [
    ("Na dai", "205", date(2021, 12, 16), "09/12 - 30/12", Decimal(72), Decimal("48.5"), "12,0 - 96,4",
     date(2021, 11, 11), "Cảnh báo: bán sớm trước cao điểm"),
    ("9 nông sản khác", None, None, None, None, None, None, None, "Chưa đủ dữ liệu"),
]  # fmt: skip

AHEAD: list[tuple[Any, ...]] = [
    ("Na dai", "205", date(2021, 11, 18) + timedelta(weeks=week), Decimal(harvest), Decimal(harvest) / 2,
     Decimal(harvest) * Decimal("1.2"), Decimal(2), Decimal("22.5"), harvest == 40)
    for week, harvest in enumerate((5, 12, 25, 36, 40, 35, 20, 8))
]  # fmt: skip


def tables(period: Period) -> dict[str, SheetTable]:
    """Rows for every table that the further sheets know."""
    names = [period.name]
    earlier = period
    for _ in range(4):
        earlier = earlier.previous()
        names.insert(0, earlier.name)
    progress = [
        (
            name,
            code,
            unit,
            Decimal(40 * at + 7 * i),
            Decimal(150),
            Decimal(40 * at + 7 * i) / Decimal("1.5"),
        )
        for code in (
            "I",
            "II.1",
            "II.2",
            "II.3",
            "II.4",
            "III.1",
            "III.2",
            "III.3",
            "III.4",
            "III.5",
        )
        for at, name in enumerate(names, 1)
        for i, unit in enumerate([PROVINCE, *(unit for unit, _ in UNITS)])
    ]
    rows: dict[str, list[tuple[Any, ...]]] = {
        "progress": progress,
        "pace": _pace(period),
        "season": [
            ("Na dai", "205", "11/2021, 12/2021", Decimal("120.5"), "VietGAP", "25.000 - 35.000",
             Decimal(31000), "Chợ Mạo Khê, 10/11/2021", 0, None, None, "HTX Na dai Việt Dân",
             "Sắp vào vụ, chưa có sản phẩm nào đang bán trên sàn."),
            ("Trà hoa vàng", "202", "11/2021", Decimal("8"), None, "1.500.000 - 2.000.000", None, None,
             3, Decimal("0.125"), Decimal(1750000), "=HYPERLINK(\"http://example.vn\")", None),
        ],
        "reconciliation": [
            ("II.3", "193", "Địa phương", Decimal(3), None, Decimal(5), None, Decimal(-2), Decimal(41),
             None, Decimal(44), None, Decimal(-3), "platform"),
            ("III.1", PROVINCE, "Bưu điện tỉnh", Decimal(17), Decimal(2), Decimal(20), Decimal(3),
             Decimal(-3), Decimal(141), Decimal(47), Decimal(150), Decimal(50), Decimal(-9), "platform"),
        ],
        "quality_files": [
            ("Sàn Postmart.vn", 3, 12, 1, 1, 15230, 15002, 120, 90, 18),
            ("Biểu báo cáo của địa phương", 13, 11, 0, 0, 640, 391, 4, 12, 233),
        ],
        "quality_checks": [
            ("Sàn Voso.vn", "Cảnh báo", 14, "Dòng hoàn thành không có tỉnh/thành phố nhận hàng",
             "Tính vào sản lượng, không tính vào thị trường", "Chi nhánh Bưu chính Viettel Quảng Ninh"),
        ],
        "quality_figures": [
            ("III.3", "22", "Không đạt", Decimal(500), Decimal(11), "Số trong kỳ khác xa tám kỳ trước",
             "Cán bộ phụ trách báo cáo"),
        ],
        "quality_units": [
            (code, "Chưa báo cáo" if code in SILENT else "Đã báo cáo",
             None if code in SILENT else datetime(2021, 11, 17, 15, 40, tzinfo=ICT), 0, 1,
             None if code in SILENT else f"{code}/bao-cao-tuan.xlsx")
            for code, _ in UNITS
        ],
        "quality_rates": [
            (code, 4, 3, 2, Decimal("50.0"), Decimal("50.0"), Decimal("97.2")) for code, _ in UNITS
        ],
        "adjustments": [], "season_forecast": FORECAST, "season_weeks": AHEAD,
        "sources": [
            ("II.3", "platform", 5, 125, "postmart/gian-hang_20211118.csv\nvoso/sellers_20211118.xlsx",
             "lensan trace week 2021-11-18 II.3"),
        ],
    }  # fmt: skip
    return {key: SheetTable(COLUMNS[key], tuple(rows[key])) for key in COLUMNS}
