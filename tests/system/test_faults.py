"""Eight clean weeks raise no false alarm; then a week with forty faults of twenty kinds is told of, each once."""

from __future__ import annotations

import csv
import io
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from office import Office, thursday
from sqlalchemy import Engine

from lensan import samples
from lensan.domain import periods
from lensan.domain.periods import Period
from lensan.figures import measuring
from lensan.gates import judge as quality
from lensan.gates.judge import Verdict

pytestmark = pytest.mark.system
WEEKS = [periods.parse("week", "2021-10-21")]
while len(WEEKS) < 9:
    WEEKS.append(WEEKS[-1].next())


def judge(office: Office, week: Period) -> list[Verdict]:
    """A Thursday: what came is taken in, figures are computed, all gates are asked. What failed."""
    office.sweep(thursday(week))
    measuring.compute(office.engine, week, moment=thursday(week))
    runs = quality.judge(office.engine, week, moment=thursday(week))
    return [verdict for run in runs for verdict in run.failed]


@pytest.fixture(scope="module")
def eight_weeks(
    new_warehouse: Callable[[], Engine], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Office, dict[str, list[Verdict]]]:
    """Nine clean weeks, eight of them taken in and judged."""
    world = tmp_path_factory.mktemp("nine-weeks")
    samples.write(world, seed=6, weeks=9, order_lines=900, mess=False)
    office = Office(new_warehouse(), world, tmp_path_factory.mktemp("office"))
    found = {}
    for week in WEEKS[:8]:
        office.until(week.end)
        found[week.name] = judge(office, week)
    return office, found


# True of the invented world, clean or not: units declare more OCOP products than their catalogue holds and
# more trained people than they list, one unit corrects an earlier week, and some domestic lines bear no
# province. These are doubts, no alarms.
TRUE_DOUBTS = (
    ".doubts.no_province",
    "districts.doubts.cumulative_above_base",
    "districts.doubts.training_list_short",
    "districts.doubts.cumulative_not_sum",
)


def test_eight_clean_weeks_raise_no_false_alarm(
    eight_weeks: tuple[Office, dict[str, list[Verdict]]],
) -> None:
    _, found = eight_weeks
    for week, verdicts in found.items():
        said = [(v.check.name, v.findings[:3]) for v in verdicts]
        assert [each for each in said if not each[0].endswith(TRUE_DOUBTS)] == [], week
        assert {v.check.severity for v in verdicts} <= {"warn"}


# kind of fault → (check that must say it, who must mend it)
SENDERS = {
    "postmart": "Bưu điện tỉnh Quảng Ninh",
    "voso": "Chi nhánh Bưu chính Viettel Quảng Ninh",
    "wallets": "Doanh nghiệp bưu chính",
    "info": "Doanh nghiệp bưu chính",
    "registry": "Liên minh HTX, Hội Nông dân, Sở NN&PTNT, doanh nghiệp bưu chính",
    "districts": "Phòng Văn hóa và Thông tin các huyện, thị xã, thành phố",
}
# file, column, what is put there: twice, on two rows that are sound
ROW_FAULTS = [
    ("postmart/don-hang_20211216.csv", "Trạng thái", "Đang bay", "postmart.rows.unknown_word"),
    ("postmart/don-hang_20211216.csv", "Số lượng", "hai", "postmart.rows.text_in_number"),
    ("postmart/don-hang_20211216.csv", "Số lượng", "-3", "postmart.rows.negative"),
    ("postmart/don-hang_20211216.csv", "Số lượng", "0", "postmart.rows.zero"),
    ("postmart/don-hang_20211216.csv", "Thời điểm đặt", "31/02/2021 10:00", "postmart.rows.no_such_date"),
    ("postmart/don-hang_20211216.csv", "Thời điểm hoàn thành", "20/12/2022 10:00", "postmart.rows.in_future"),
    ("postmart/don-hang_20211216.csv", "Tỉnh/Thành phố nhận", "Quảng Nam Ninh", "postmart.rows.unknown_place"),
    ("postmart/don-hang_20211216.csv", "Mã gian hàng", "GH-KHONG-CO", "postmart.rows.unknown_stall"),
    ("postmart/don-hang_20211216.csv", "Mã sản phẩm", "SP-KHONG-CO", "postmart.rows.unknown_listing"),
    ("postmart/san-pham_20211216.csv", "Ngày đăng bán", "01/01/1999", "postmart.rows.too_early"),
    ("postmart/san-pham_20211216.csv", "Ngày gỡ", "01/02/2016", "postmart.listing.dates"),
    ("voso/orders_20211216.csv", "qty", "", "voso.rows.missing"),
    ("voso/sellers_20211216.csv", "phone", "12", "voso.doubts.bad_phone"),
    ("wallets/viettelpay_20211216.csv", "Địa phương", "Hà Lội", "wallets.rows.unknown_place"),
    ("info/tin_20211216.csv", "nhóm", "KHONG_RO", "info.rows.unknown_word"),
    ("registry/buu-dien/tap-huan_2021-12-16.csv", "Ngày", "40/12/2021", "registry.rows.no_such_date"),
]  # fmt: skip


def spoil_rows(landing: Path) -> None:
    """Two rows of each fault, never the same row twice, no order's second line (it needs its first)."""
    for file in dict.fromkeys(fault[0] for fault in ROW_FAULTS):
        path = landing / file
        text = path.read_text(encoding="utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text)))
        sound = [
            row
            for row in rows
            if row.get("Trạng thái", "Hoàn thành") == "Hoàn thành"
            and row.get("status", "COMPLETED") == "COMPLETED"
            and row.get("Khối lượng (kg)", "1")
            and (
                row.get("Tỉnh/Thành phố nhận", "x")
                and row.get("Quốc gia nhận", "") in ("", "Việt Nam")
            )
            and row.get("phone", "0")
        ]
        number = 0
        for _, column, value, _ in (fault for fault in ROW_FAULTS if fault[0] == file):
            for _ in range(2):
                sound[number][column] = value
                number += 1
        out = io.StringIO()
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        path.write_text(out.getvalue(), encoding="utf-8")


def spoil_forms(landing: Path) -> None:
    def form(unit: str) -> Path:
        return landing / "districts" / unit / "bao-cao-tuan_20211216.xlsx"

    for unit in ("binh-lieu", "cam-pha"):
        form(unit).write_bytes(form(unit).read_bytes()[:900])
    for unit in ("co-to", "dam-ha"):
        change(form(unit), period="(Từ ngày 07/12/2021 đến ngày 13/12/2021)")
    for unit in ("dong-trieu", "hai-ha"):
        change(form(unit), row="Số hộ SXNN có tài khoản bán hàng", in_period="khoảng mười")
    for unit in ("mong-cai", "tien-yen"):
        change(form(unit), row="Sản lượng nông sản", more=5000)


def change(
    path: Path, *, period: str = "", row: str = "", in_period: str = "", more: int = 0
) -> None:
    """Change the heading's period, or a row's value of the week (and its cumulative by as much)."""
    book = openpyxl.load_workbook(path)
    done = 0
    for sheet in book.worksheets:
        columns: dict[str, int] = {}
        for cells in sheet.iter_rows():
            texts = {cell.column: str(cell.value or "") for cell in cells}
            for column, text in texts.items():
                if text.startswith("Chỉ tiêu đạt được trong tuần"):
                    columns["week"] = column
                if text.startswith("Chỉ tiêu đạt được lũy kế"):
                    columns["cumulative"] = column
                if period and "ừ ngày" in text and "đến ngày" in text:
                    sheet.cell(cells[0].row, column).value = period
                    done += 1
            if row and columns and any(text.startswith(row) for text in texts.values()):
                week = sheet.cell(cells[0].row, columns["week"])
                cumulative = sheet.cell(cells[0].row, columns["cumulative"])
                week.value = in_period or week.value + more
                cumulative.value += more
                done += 1
    assert done == 1, f"{path}: {done} places"
    book.save(path)


FORM_FAULTS = {
    "districts.files.damaged": SENDERS["districts"],
    "districts.files.wrong_period": SENDERS["districts"],
    "districts.rows.text_in_number": SENDERS["districts"],
    "figures.platform_against_declared": "Địa phương",
}


def test_forty_faults_of_twenty_kinds_are_each_told_once_to_who_can_mend_them(
    eight_weeks: tuple[Office, dict[str, list[Verdict]]],
    copy_warehouse: Callable[[Engine], Engine],
    tmp_path: Path,
) -> None:
    original, _ = eight_weeks
    shutil.copytree(original.folder, tmp_path / "office")
    office = Office(copy_warehouse(original.engine), original.world, tmp_path / "office")
    office.until(WEEKS[8].end)
    spoil_rows(office.landing)
    spoil_forms(office.landing)
    verdicts = [v for v in judge(office, WEEKS[8]) if not v.check.name.endswith(TRUE_DOUBTS)]
    expected = {
        **{check: SENDERS[check.partition(".")[0]] for *_, check in ROW_FAULTS},
        **FORM_FAULTS,
    }
    assert len(expected) == 20
    assert {v.check.name: v.check.mended_by_name for v in verdicts} == expected
    told = Counter({v.check.name: v.failed for v in verdicts})
    assert told == dict.fromkeys(expected, 2)
    assert sum(told.values()) == 40
    units = {
        f["unit_code"]
        for v in verdicts
        if v.check.name == "figures.platform_against_declared"
        for f in v.findings
    }
    assert units == {"194", "199"}
