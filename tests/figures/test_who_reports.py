"""Who reports, a region or its units, is said day by day: what counts, what never counts twice, who is chased
(docs/rules/units.md#regions)."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from loading import form, put, rows, workbook
from regions_kept import kept, tell
from sqlalchemy import Engine
from taking_in import take_in

from lensan import warehouse
from lensan.board import facts
from lensan.domain import periods, report_forms
from lensan.domain.office import PROVINCE
from lensan.domain.periods import Period
from lensan.domain.places import places
from lensan.domain.report_model import RegionFigures, Report
from lensan.mail import report_mail
from lensan.reports import building, publishing, revisions
from lensan.units import blank_forms, reminders

IN_HA_LONG = [row["code"] for row in places().units if row["parent"] == "193"]
OTHERS = "|".join(
    sorted({row["parent"] for row in places().units if row["parent"] not in ("", "193")})
)
LINES = f"""KV1,Hạ Long,Khu vực,KV Hạ Long,193,units,2025-07-01,2026-10-31
KV1,Hạ Long,Khu vực,KV Hạ Long,193,region,2026-11-01,2026-12-31
KV1,Hạ Long,Khu vực,KV Hạ Long,193,units,2027-01-01,
KV2,Còn lại,Khu vực,,{OTHERS},units,2025-07-01,
"""
UNITS_REPORT, REGION_REPORTS, SILENT, ONE_OF_THEM, ALL_AGAIN = (
    periods.parse("week", name)
    for name in ("2026-10-22", "2026-11-05", "2026-11-12", "2027-01-07", "2027-01-14")
)
FIRST = IN_HA_LONG[0]


def sheet(name: str, week: Period, now: int, total: int) -> bytes:
    span = f"Từ ngày {week.start:%d/%m/%Y} đến ngày {week.last_day:%d/%m/%Y}"
    values: Any = ((1, 4), (None, None), (now, total), (0, 2), ("1/0", "5/2"), (0, 1), (1, 3))
    return workbook([form(name.upper(), span, values, "- Miền Bắc: Hà Nội")])


@dataclass
class Told:
    """What became of the five weeks."""

    engine: Engine
    folder: Path
    reports: dict[Period, Report]
    rejected: dict[str, str]


@pytest.fixture(scope="module")
def told(
    new_warehouse: Callable[[], Engine], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Told]:
    folder = tmp_path_factory.mktemp("told")
    with kept(folder, LINES):
        engine = new_warehouse()
        tell(engine)
        names = {row["code"]: f"{row['kind']} {row['name']}" for row in places().senders}
        others = [
            row["code"]
            for row in places().units
            if row["level"] == "commune" and row["code"] not in IN_HA_LONG
        ]
        sent: dict[Period, dict[str, tuple[int, int]]] = {
            UNITS_REPORT: dict.fromkeys(IN_HA_LONG, (2, 10)) | {"KV1": (100, 1000)},
            REGION_REPORTS: {"KV1": (5, 10 * len(IN_HA_LONG) + 5), FIRST: (7, 17)},
            SILENT: {},
            ONE_OF_THEM: {FIRST: (3, 12)},
            ALL_AGAIN: dict.fromkeys(IN_HA_LONG, (1, 13)),
        }
        found, rejected = {}, {}
        for week, forms in sent.items():
            every = forms | dict.fromkeys(others, (1, 6))
            files = {
                f"districts/{code}/bao-cao-tuan_{week.end:%Y%m%d}.xlsx": sheet(
                    names[code], week, *values
                )
                for code, values in every.items()
            }
            put(folder / "landing", dict(files))
            outcomes = take_in(engine, folder / "landing", folder / "raw", moment=week.draft_at)
            rejected |= {o.name: str(o.reason) for o in outcomes if o.status == "rejected"}
            publishing.freeze(engine, week, folder / "reports", moment=week.due_at)
            found[week] = publishing.load(engine, week)[0]
        yield Told(engine, folder, found, rejected)


def of(report: Report, code: str) -> tuple[Any, ...]:
    figure = report.figure(code, "II.1")
    return figure.in_period, figure.cumulative, figure.channel


OF_OTHERS = 54 - len(IN_HA_LONG)
N = len(IN_HA_LONG)


def test_units_that_report_make_up_their_region(told: Told) -> None:
    report = told.reports[UNITS_REPORT]
    assert [region.code for region in report.regions] == ["KV1", "KV2"]
    assert report.regions[0].units == tuple(IN_HA_LONG)
    assert of(report, "KV1") == (2 * N, 10 * N, "submission")
    assert of(report, PROVINCE) == (2 * N + OF_OTHERS, 10 * N + 6 * OF_OTHERS, "submission")
    # Distinct over the region: Hà Nội once, whoever lists it.
    assert report.figure("KV1", "III.6").in_period == 1
    assert not any(region.is_reporting for region in report.regions)


def test_a_region_that_reports_counts_once_and_its_units_do_not(told: Told) -> None:
    report = told.reports[REGION_REPORTS]
    assert of(report, "KV1") == (5, 10 * N + 5, "submission")
    assert of(report, FIRST) == (None, None, None)
    assert report.figure(FIRST, "II.1").note == "Khu vực Hạ Long báo cáo chung."
    assert of(report, PROVINCE) == (5 + OF_OTHERS, 10 * N + 5 + 6 * OF_OTHERS, "submission")
    assert report_mail.missing_units(report, report_forms.form("week")) == []


def test_a_form_of_who_does_not_report_is_refused_and_says_whom_to_send_it_to(told: Told) -> None:
    assert {name.split("/")[-2] for name in told.rejected} == {"KV1", FIRST}
    by_sender = {name.split("/")[-2]: reason for name, reason in told.rejected.items()}
    assert "từng đơn vị trong đó tự báo cáo" in by_sender["KV1"]
    assert "Khu vực Hạ Long báo cáo chung cho các đơn vị của mình" in by_sender[FIRST]


def test_a_silent_region_is_carried_named_and_chased_and_its_units_are_not(told: Told) -> None:
    report = told.reports[SILENT]
    assert of(report, "KV1") == (None, 10 * N + 5, None)
    assert report.figure("KV1", "II.1").note == "chưa báo cáo"
    assert of(report, PROVINCE) == (OF_OTHERS, 10 * N + 5 + 6 * OF_OTHERS, "submission")
    note = report.figure(PROVINCE, "II.1").note or ""
    assert "Chưa báo cáo tuần này: Khu vực Hạ Long." in note
    assert report_mail.missing_units(report, report_forms.form("week")) == ["Khu vực Hạ Long"]
    assert reminders._missing(told.engine, SILENT) == ("KV1",)
    assert set(IN_HA_LONG) <= set(reminders._missing(told.engine, ALL_AGAIN.next()))
    assert "KV1" not in reminders._missing(told.engine, ALL_AGAIN.next())
    assert blank_forms.unit_codes(SILENT)[-1] == "KV1"
    assert not set(IN_HA_LONG) & set(blank_forms.unit_codes(SILENT))
    [(name, book)] = blank_forms.build_all(told.engine, SILENT, ["KV1"]).items()
    assert name == "bieu-mau-tuan-2026-11-12-ha-long.xlsx" and book


def test_what_a_region_declared_stands_until_all_its_units_have(told: Told) -> None:
    """One unit declares 12 where the region had 10 a unit and 5: what was declared before the change stands, of
    its units none carries on what it declared before the region did."""
    report = told.reports[ONE_OF_THEM]
    assert of(report, "KV1") == (3, 10 * N + 5, "submission")
    assert of(report, IN_HA_LONG[1]) == (None, None, None)
    assert of(report, PROVINCE)[1] == 10 * N + 5 + 6 * OF_OTHERS
    assert "của Khu vực Hạ Long" in (report.figure(PROVINCE, "II.1").note or "")
    again = told.reports[ALL_AGAIN]
    assert of(again, "KV1") == (N, 13 * N, "submission")
    assert of(again, PROVINCE) == (N + OF_OTHERS, 13 * N + 6 * OF_OTHERS, "submission")


def test_units_and_regions_never_count_twice_whatever_the_week(told: Told) -> None:
    for report in told.reports.values():
        regions = [report.figure(region.code, "II.1") for region in report.regions]
        whole = report.figure(PROVINCE, "II.1")
        assert sum(each.cumulative for each in regions) == whole.cumulative
        assert sum(each.in_period or 0 for each in regions) == whole.in_period


def test_a_published_report_keeps_its_regions_and_so_does_the_warehouse(told: Told) -> None:
    report = told.reports[REGION_REPORTS]
    with told.engine.connect() as connection:
        frozen = revisions.frozen_report(connection, REGION_REPORTS, 0)
    assert frozen.regions == report.regions
    assert isinstance(frozen.regions[0], RegionFigures)
    kept_rows = rows(
        told.engine,
        "select region_code, region, is_reporting, in_period from mart.region_published "
        "where period = '2026-11-05' and indicator_code = 'II.1' order by region_code",
    )
    assert [tuple(row.values()) for row in kept_rows] == [
        ("KV1", "Khu vực Hạ Long", True, 5),
        ("KV2", "Khu vực Còn lại", False, OF_OTHERS),
    ]


def test_a_month_of_weekly_forms_is_formed_of_who_reports_in_it(told: Told) -> None:
    """November: the region's one weekly form, 10 a unit and 5 less what stood before it."""
    november = periods.parse("month", "2026-11")
    moment = november.due_at + timedelta(hours=1)
    report = building.build(told.engine, november, moment=moment)
    assert of(report, "KV1") == (5, 10 * N + 5, "submission")


def test_the_workbook_has_each_region_before_its_units(told: Told) -> None:
    content = told_files(told, REGION_REPORTS)["bao-cao-tuan-2026-11-05.xlsx"]
    sheet = openpyxl.load_workbook(io.BytesIO(content))["Theo địa phương"]
    lines = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5)]
    names = [str(line[0]).strip() for line in lines]
    at = names.index("Khu vực Hạ Long")
    unit_names = {row["code"]: f"{row['kind']} {row['name']}" for row in places().units}
    assert names[at - 1] == "Toàn tỉnh"
    assert names[at + 1 : at + 1 + N] == [unit_names[code] for code in IN_HA_LONG]
    assert names[at + 1 + N] == "Khu vực Còn lại"
    codes = [cell.value for cell in sheet[3]]
    assert (lines[at][codes.index("II.1")], lines[at + 1][codes.index("II.1")]) == (5, None)
    said = json.loads(told_files(told, REGION_REPORTS)["figures.json"])
    assert [
        (each["code"], each["is_reporting"], len(each["units"])) for each in said["regions"]
    ] == [
        ("KV1", True, N),
        ("KV2", False, OF_OTHERS),
    ]
    assert {figure["unit"] for figure in said["figures"]}.isdisjoint({"KV1", "KV2"})


def told_files(told: Told, week: Period) -> dict[str, bytes]:
    return {
        row["name"]: bytes(row["content"])
        for row in rows(
            told.engine,
            "select name, content from ops.report_file where report_kind = 'week' and period = :week",
            week=week.name,
        )
    }


def test_the_board_asks_the_region_shows_its_sums_and_maps_its_units(told: Told) -> None:
    moment = SILENT.due_at - timedelta(hours=1)
    seen = facts.period_page(told.engine, SILENT, moment=moment, failed_runs={})
    matrix = {line["unit_code"]: line["cells"] for line in seen["matrix"]}
    assert [cell["unit"] for cell in seen["absent"]] == ["Khu vực Hạ Long"]
    assert matrix["KV1"][-1]["state"] == "awaited"
    assert matrix[FIRST][-1] is None  # its region reports
    assert seen["units"] == OF_OTHERS + 1
    signs = [sign for sign in seen["map"].signs if sign.state == "awaited"]
    located = [row for row in places().units if row["code"] in IN_HA_LONG and row["lat"]]
    assert len(signs) == len(located)
    [ha_long, _others] = seen["regions"]
    assert (ha_long["region"], ha_long["is_reporting"]) == ("Khu vực Hạ Long", True)
    trained = next(cell for cell in ha_long["cells"] if cell["code"] == "II.1")
    assert (trained["in_period"], trained["cumulative"]) == ("", str(10 * N + 5))


def test_analysts_read_regions_by_the_statement_of_the_api(told: Told) -> None:
    with told.engine.connect() as connection:
        warehouse.run(connection, "read/tables/as_analyst")
        found = warehouse.rows(
            connection, "read/tables/regions", kind="week", first=None, last=None
        )
        assert connection.exec_driver_sql("select count(*) from mart.region").scalar() == 4
    trained = [row for row in found if row["indicator_code"] == "II.1"]
    assert [(row["period"], row["region_code"], row["cumulative"]) for row in trained][:4] == [
        ("2026-10-22", "KV1", 10 * N),
        ("2026-10-22", "KV2", 6 * OF_OTHERS),
        ("2026-11-05", "KV1", 10 * N + 5),
        ("2026-11-05", "KV2", 6 * OF_OTHERS),
    ]
