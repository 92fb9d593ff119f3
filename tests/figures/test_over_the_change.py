"""A week of June 2025, the week over 1 July 2025 and a week of November 2026, published in a row from forms of the
13 units of before and of the 54 since, beside a platform that goes on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from loading import ORDER, ORDERS, PRODUCT, PRODUCTS, SELLER, SELLERS, form, held, put, workbook
from sqlalchemy import Engine
from taking_in import take_in

from lensan.domain import periods
from lensan.domain.office import PROVINCE
from lensan.domain.periods import Period
from lensan.domain.places import places
from lensan.domain.report_model import Report
from lensan.reports import publishing, wording

BEFORE, JUNE, OVER, AFTER = (
    periods.parse("week", name) for name in ("2025-06-19", "2025-06-26", "2025-07-03", "2025-07-10")
)
NOVEMBER, NEXT = periods.parse("week", "2026-11-19"), periods.parse("week", "2026-11-26")
SILENT = "07060"


def units_of(week: Period) -> list[dict[str, str]]:
    """The units of a week's last day."""
    return [row for row in places().units if places().exists(row["code"], week.last_day)]


def forms(week: Period, now: int, total: int, silent: tuple[str, ...] = ()) -> dict[str, bytes]:
    """A form of every unit of the week but the silent ones: so many trained now and until now."""
    span = f"Từ ngày {week.start:%d/%m/%Y} đến ngày {week.last_day:%d/%m/%Y}"
    values: Any = ((1, 4), (None, None), (now, total), (0, 2), ("1/0", "5/2"), (0, 1), (1, 3))
    return {
        f"districts/{row['code']}/bao-cao-tuan_{week.end:%Y%m%d}.xlsx": workbook(
            [form(f"{row['kind']} {row['name']}".upper(), span, values, "- Miền Bắc: Hà Nội")]
        )
        for row in units_of(week)
        if row["code"] not in silent
    }


def exports(week: Period, number: int) -> dict[str, bytes]:
    """What a platform exports on a week's end: of one stall of before and one of the new ward; an order of each."""
    day = week.end - timedelta(days=2)
    new = (
        SELLER.replace("GH1", "GH2")
        .replace("Nguyễn Văn An", "Trần Thị Bình")
        .replace("05/11/2021", "05/07/2025")
        .replace("Hạ Long", "")
        .replace("022000000001", "022000000002")
        .replace("0912345678", "0912345679")
    )
    is_later = week.end > OVER.end
    order = ORDER.replace("DH1", f"DH{number}").replace("4,,Hà Nội", f"{4 * number},,Hà Nội")
    order = order.replace("10/11/2021", f"{day:%d/%m/%Y}").replace("12/11/2021", f"{day:%d/%m/%Y}")
    return {
        f"postmart/gian-hang_{week.end:%Y%m%d}.csv": (
            SELLERS + SELLER + (new if is_later else "")
        ).encode(),
        f"postmart/san-pham_{week.end:%Y%m%d}.csv": (PRODUCTS + PRODUCT).encode(),
        f"postmart/don-hang_{week.end:%Y%m%d}.csv": (ORDERS + order).encode(),
    }


@pytest.fixture(scope="module")
def published(
    new_warehouse: Callable[[], Engine], tmp_path_factory: pytest.TempPathFactory
) -> dict[date, Report]:
    """The six reports, each published when it was due, from what had come by then."""
    folder, engine = tmp_path_factory.mktemp("over"), new_warehouse()
    found = {}
    plan = (
        (BEFORE, 2, 9, ()), (JUNE, 3, 12, ()), (OVER, 1, 1, (SILENT,)), (AFTER, 2, 3, ()),
        (NOVEMBER, 2, 40, ()), (NEXT, 4, 44, ()),
    )  # fmt: skip
    for number, (week, now, total, silent) in enumerate(plan, 1):
        files = {**exports(week, number), **forms(week, now, total, silent)}
        put(folder / "landing", dict(files))
        outcomes = take_in(engine, folder / "landing", folder / "raw", moment=week.draft_at)
        assert [(o.name, str(o.reason)) for o in outcomes if o.status == "rejected"] == []
        publishing.freeze(engine, week, folder / "reports", moment=week.due_at)
        found[week.end] = publishing.load(engine, week)[0]
    assert held(engine) == []
    return found


def of(report: Report, indicator: str, unit: str = PROVINCE) -> tuple[Any, ...]:
    """In the period, in the one before, growth in percent, cumulative."""
    figure = report.figure(unit, indicator)
    return (
        figure.in_period, figure.previous, figure.growth_pct, figure.cumulative
    )  # fmt: skip


def test_each_report_has_the_units_of_its_last_day(published: dict[date, Report]) -> None:
    assert [len(report.units) for report in published.values()] == [13, 13, 54, 54, 54, 54]
    week = published[OVER.end]
    assert dict(week.units)["06685"] == "Phường Hồng Gai"
    assert wording.office_of(week.period).letterhead.office == "SỞ KHOA HỌC VÀ CÔNG NGHỆ"
    assert "- UBND các xã, phường, đặc khu;" in wording.copies_to(week.period)


def test_what_platforms_know_goes_on_over_the_change(published: dict[date, Report]) -> None:
    """Tonnes of one stall in Hồng Gai: 2, 4, 6 kg …; it is of Hạ Long before, of the ward since."""
    assert [float(of(report, "III.2")[0]) for report in published.values()] == [
        0.002, 0.004, 0.006, 0.008, 0.010, 0.012,
    ]  # fmt: skip
    assert [float(of(report, "III.2")[3]) for report in published.values()] == [
        0.002, 0.006, 0.012, 0.020, 0.030, 0.042,
    ]  # fmt: skip
    assert of(published[JUNE.end], "III.2", "193")[2:] == (100, Decimal("0.006"))
    assert float(of(published[OVER.end], "III.2")[2]) == 50
    # The ward's week has the stall's whole past, and nothing to compare with yet.
    now, previous, growth, total = of(published[OVER.end], "III.2", "06685")
    assert (float(now), previous, growth, float(total)) == (0.006, None, None, 0.012)
    note = published[OVER.end].figure("06685", "III.2").note
    assert note == "Đơn vị mới, chưa có tuần trước để so sánh."
    assert float(of(published[AFTER.end], "III.2", "06685")[2]) == 33.3


def test_what_units_declare_is_summed_carried_and_told(published: dict[date, Report]) -> None:
    assert of(published[JUNE.end], "II.1") == (39, 26, 50, 156)
    # 53 wards, communes and zones declare 1 and 1. Thống Nhất is silent: the other successors of Hạ Long have
    # declared one less than the 12 that Hạ Long had, so these are carried on until it speaks.
    assert of(published[OVER.end], "II.1") == (53, 39, Decimal("35.9"), 54)
    told = published[OVER.end].figure(PROVINCE, "II.1").note or ""
    assert "Chưa báo cáo tuần này: Xã Thống Nhất." in told
    assert "của TP Hạ Long (chưa đủ đơn vị kế thừa báo cáo)" in told
    assert "Lũy kế giảm từ 156 xuống 54: từ tuần này là tổng số các đơn vị mới khai" in told
    silent = published[OVER.end].figure(SILENT, "II.1")
    assert (silent.in_period, silent.cumulative, silent.note) == (None, None, "chưa báo cáo")
    # All of them have declared now: the province is their sum.
    assert of(published[AFTER.end], "II.1") == (108, 53, Decimal("103.8"), 54 * 3)
    assert "TP Hạ Long" not in (published[AFTER.end].figure(PROVINCE, "II.1").note or "")


def test_a_week_of_november_2026_is_as_any_other(published: dict[date, Report]) -> None:
    """After a year without forms there is nothing to compare with, and the note says why; a week later there is."""
    assert of(published[NOVEMBER.end], "II.1") == (108, None, None, 54 * 40)
    told = published[NOVEMBER.end].figure(PROVINCE, "II.1").note or ""
    assert "Không tính tăng trưởng: tuần trước chưa có số liệu." in told
    assert of(published[NEXT.end], "II.1") == (216, 108, 100, 54 * 44)
    assert of(published[NEXT.end], "II.1", SILENT) == (4, 2, 100, 44)
    assert float(of(published[NEXT.end], "III.2", "06685")[2]) == 20
