"""Published reports stay; what would be different now is found, with the file that changed it."""

from __future__ import annotations

import csv
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from office import CODES, WEEKS, Office, thursday
from sqlalchemy import Connection, Engine

from lensan import samples
from lensan.domain import csv_text
from lensan.domain.periods import Period
from lensan.figures import adjusting, measuring
from lensan.reports import building, publishing, revisions, tracing
from lensan.warehouse import audit


@pytest.fixture(scope="session")
def messy_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("messy")
    samples.write(folder, seed=5, weeks=5, order_lines=500)
    return folder


def test_what_is_brought_up_to_date_is_all_that_changed(
    messy_world: Path, tmp_path: Path, warehouse_engine: Engine
) -> None:
    """Refreshing only the periods that can have changed leaves the same as computing every one."""
    office = Office(warehouse_engine, messy_world, tmp_path)
    skipped = 0
    for number, week in enumerate(WEEKS):
        office.until(week.end)
        office.sweep(thursday(week))
        done = adjusting.refresh(warehouse_engine, week, CODES, moment=thursday(week))
        refreshed = [office.figures(earlier) for earlier in WEEKS[:number]]
        for earlier in WEEKS[:number]:
            measuring.compute(warehouse_engine, earlier, moment=thursday(week), codes=CODES)
        assert refreshed == [office.figures(earlier) for earlier in WEEKS[:number]]
        skipped += number - len(done)
        office.freeze(week)
    assert skipped > 0


def late_stall(office: Office, opened_on: date, name: str) -> Path:
    """One more stall of a household of Hạ Long, exported late."""
    path = office.landing / "postmart" / name
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(
            ["Mã gian hàng", "Tên gian hàng", "Chủ gian hàng", "Loại hình", "Số giấy tờ",
             "Số điện thoại", "Xã/Phường", "Huyện/Thị xã/Thành phố", "Tỉnh/Thành phố",
             "Ngày mở gian hàng", "Ngày đóng", "Ngày mở tài khoản thanh toán",
             "Gắn mark thương hiệu từ", "Truy xuất nguồn gốc từ"]
        )  # fmt: skip
        writer.writerow(
            ["GH-MUON-1", "Gian hàng muộn", "Đoàn Thị Muộn", "Hộ SXNN", "022999000111", "", "Bãi Cháy",
             "Hạ Long", "Quảng Ninh", f"{opened_on:%d/%m/%Y}", "", "", "", ""]
        )  # fmt: skip
    return path


def test_the_next_report_lists_exactly_the_changed_figures_and_the_file(office: Office) -> None:
    late_stall(office, WEEKS[1].start, "gian-hang_20211105.csv")
    office.until(WEEKS[3].end)
    office.sweep(thursday(WEEKS[3]))
    office.freeze(WEEKS[3])
    report, _ = publishing.load(office.engine, WEEKS[3])
    table = report.tables["adjustments"].records()
    changed = {
        (row["period"], row["unit"], row["indicator"], row["measure"])
        for row in table
        if row["file"] == "postmart/gian-hang_20211105.csv"
    }
    ours = {row for row in changed if row[2] == "II.3"}
    assert {
        (WEEKS[1].name, "193", "II.3", "Trong tuần"),
        (WEEKS[1].name, "22", "II.3", "Trong tuần"),
        (WEEKS[1].name, "193", "II.3", "Lũy kế"),
        (WEEKS[2].name, "193", "II.3", "Lũy kế"),
        (WEEKS[2].name, "22", "II.3", "Lũy kế"),
    } <= ours
    assert not any(row[0] == WEEKS[0].name for row in changed)
    # The list is what one gets by comparing every printed figure with the figure of today.
    expected = set()
    for week in WEEKS[:3]:
        printed = {
            (f.unit, f.indicator): f for f in publishing.load(office.engine, week)[0].figures
        }
        for now in measuring.compute(office.engine, week, moment=thursday(WEEKS[3]), codes=CODES):
            then = printed[now.unit, now.indicator]
            for measure in adjusting.MEASURES:
                if getattr(then, measure) != getattr(now, measure):
                    expected.add((week.name, now.unit, now.indicator, measure))
    words = {"Trong tuần": "in_period", "Tăng trưởng (%)": "growth_pct", "Lũy kế": "cumulative",
             "Tỉ lệ hoàn thành (%)": "completion_pct"}  # fmt: skip
    assert {
        (r["period"], r["unit"], r["indicator"], words[r["measure"]]) for r in table
    } == expected
    assert all(row["file"] for row in table)


def test_what_changed_earlier_reports_is_found_once_until_something_new_bears_on_them(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    found_of: list[str] = []
    finds = adjusting.files_of

    def files_of(connection: Connection, published: Period, *more: Any) -> list[list[int]]:
        found_of.append(published.name)
        return finds(connection, published, *more)

    def adjustments() -> list[dict[str, Any]]:
        found_of.clear()
        report = building.build(office.engine, WEEKS[3], moment=thursday(WEEKS[3]))
        return report.tables["adjustments"].records()

    monkeypatch.setattr(adjusting, "files_of", files_of)
    late_stall(office, WEEKS[1].start, "gian-hang_20211105.csv")
    office.until(WEEKS[3].end)
    office.sweep(thursday(WEEKS[3]))
    first = adjustments()
    assert {WEEKS[1].name, WEEKS[2].name} <= set(found_of)
    assert adjustments() == first
    assert found_of == []

    late_stall(office, WEEKS[0].start, "gian-hang_20211112.csv")
    office.sweep(thursday(WEEKS[3], 16))
    then = adjustments()
    assert {WEEKS[0].name, WEEKS[1].name, WEEKS[2].name} == set(found_of)
    assert {row["period"] for row in then if "gian-hang_20211112.csv" in row["file"]} >= {
        WEEKS[0].name,
        WEEKS[1].name,
    }


def corrected_form(office: Office, week: Period, unit_folder: str, add: int) -> Path:
    """The unit's own workbook of a week again, with II.1 raised."""
    folder = office.landing / "districts" / unit_folder
    original = next(
        p for p in folder.iterdir() if f"{week.end:%Y%m%d}" in p.name and p.suffix == ".xlsx"
    )
    book = openpyxl.load_workbook(original)
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for at, cell in enumerate(row):
                if isinstance(cell.value, str) and cell.value.startswith("Số hộ được đào tạo"):
                    numbers = [c for c in row[at + 1 :] if isinstance(c.value, int | float)]
                    for number in numbers[:1] + numbers[1:][-1:]:
                        number.value += add
    path = folder / original.name.replace(".xlsx", "-sua.xlsx")
    book.save(path)
    return path


def test_how_much_changes_is_counted_with_the_files_that_are_named_for_it() -> None:
    def row(unit: str, files: str | None) -> adjusting.Change:
        return adjusting.Change(
            unit_code=unit, indicator_code="II.1", measure="in_period", old_value=None, old_value_2=None,
            new_value=Decimal(1), new_value_2=None, files=files,
        )  # fmt: skip

    found = [row("22", "b\na\n… và 2 tệp khác"), row("193", "a"), row("194", None)]
    assert adjusting.extent(found) == adjusting.Extent(3, 1, ("a", "b"))


def test_a_corrected_workbook_makes_a_revision_and_leaves_the_published_report(
    office: Office,
) -> None:
    week = WEEKS[2]
    _, before = publishing.load(office.engine, week)
    unit_folder, unit = next(
        (folder.name, code)
        for folder, code in ((office.landing / "districts" / name, code)
                             for name, code in (("ha-long", "193"), ("mong-cai", "194"), ("cam-pha", "195"),
                                                ("uong-bi", "196"), ("quang-yen", "206")))
        if folder.is_dir() and any(f"{week.end:%Y%m%d}" in p.name and p.suffix == ".xlsx" for p in folder.iterdir())
    )  # fmt: skip
    path = corrected_form(office, week, unit_folder, 4)
    later = thursday(week, 16)
    office.sweep(later)

    found = publishing.changes(office.engine, week, moment=later)
    assert {(row["indicator_code"], row["unit_code"]) for row in found} == {
        ("II.1", unit),
        ("II.1", "22"),
    }
    assert {row["files"] for row in found} == {f"districts/{unit_folder}/{path.name}"}
    assert publishing.load(office.engine, week)[1] == before

    corrected = publishing.correct(
        office.engine,
        week,
        office.folder / "reports",
        moment=later,
        reason="corrected workbook",
        by="Lan",
    )
    acts = [act for act in audit.acts(office.engine) if act["action"] == "report.correct"]
    assert [(act["actor"], act["action"], act["subject"], act["at"]) for act in acts] == [
        ("Lan", "report.correct", f"week {week.name}", later)
    ]
    assert (acts[0]["detail"]["revision"], acts[0]["detail"]["reason"]) == (1, "corrected workbook")
    assert (corrected.revision, corrected.is_new) == (1, True)
    assert sorted(corrected.files) == [
        f"bao-cao-tuan-{week.name}-dc1.pdf",
        f"bao-cao-tuan-{week.name}-dc1.xlsx",
        "figures-dc1.json",
    ]
    sheet = openpyxl.load_workbook(
        corrected.files[f"bao-cao-tuan-{week.name}-dc1.xlsx"]
    ).worksheets[0]
    assert any(
        cell.value == "BÁO CÁO TUẦN (ĐIỀU CHỈNH LẦN 1)" for row in sheet.iter_rows() for cell in row
    )
    assert publishing.load(office.engine, week, 0)[1] == before
    assert publishing.changes(office.engine, week, moment=later) == []
    between = publishing.changes_between(office.engine, week, 0, 1)
    assert {(row["indicator_code"], row["unit_code"]) for row in between} == {
        ("II.1", unit),
        ("II.1", "22"),
    }

    # As known at the old moment: the old figures again, to the byte of figures.json.
    then = building.build(office.engine, week, moment=later, known_at=thursday(week))
    assert then.figures == publishing.load(office.engine, week, 0)[0].figures
    then_json = json.loads(before["figures.json"])["figures"]
    assert revisions.to_plain(then)["figures"] == then_json

    # Each revision is traced as it was.
    for revision in (0, 1):
        traced = tracing.trace(office.engine, week, "II.1", unit=unit, revision=revision)
        assert [record.file.endswith(path.name) for record in traced.records] == [revision == 1]


def test_publishing_again_and_correcting_without_a_change_are_told_apart(office: Office) -> None:
    again = office.freeze(WEEKS[2], moment=thursday(WEEKS[2], 15))
    assert (again.revision, again.is_new) == (0, False)
    assert publishing.changes(office.engine, WEEKS[2], moment=thursday(WEEKS[2], 15)) == []
    with pytest.raises(LookupError, match="has not been published"):
        publishing.changes(office.engine, WEEKS[4], moment=thursday(WEEKS[4]))


def test_a_report_names_at_most_three_files_and_how_many_more() -> None:
    names = {number: f"postmart/{number}.csv" for number in range(1, 6)}
    assert adjusting.named([], names) is None
    assert adjusting.named([2], names) == "postmart/2.csv"
    assert adjusting.named([1, 2, 3, 4, 5], names) == (
        "postmart/3.csv\npostmart/4.csv\npostmart/5.csv\n… và 2 tệp khác"
    )


@pytest.mark.parametrize("code", CODES)
def test_every_figure_is_traced_to_as_many_records_as_it_says(
    settled_office: Office, code: str
) -> None:
    week = WEEKS[2]
    report, _ = publishing.load(settled_office.engine, week)
    for unit in ("22", *(unit for unit, _ in report.units)):
        traced = tracing.trace(settled_office.engine, week, code, unit=unit)
        assert traced.differences == ()
        figure = report.figure(unit, code)
        assert traced.figure["cumulative"] == figure.cumulative
        if figure.channel == "platform" and code != "III.2":
            for part, cumulative in ((1, figure.cumulative), (2, figure.cumulative_2)):
                things = {r.thing for r in traced.records if r.part == part and r.is_cumulative}
                assert cumulative is None or len(things) == cumulative


def test_a_trace_leads_to_the_row_in_the_original_file(settled_office: Office) -> None:
    traced = tracing.trace(settled_office.engine, WEEKS[2], "II.3", unit="193")
    assert traced.records
    for record in traced.records:
        path = settled_office.landing / record.source / record.file
        if path.suffix == ".csv":
            with path.open(encoding="utf-8-sig", newline="") as stream:
                line = stream.read().splitlines()[record.row_number - 1]
            assert record.key is not None
            assert record.key in line
        elif path.suffix == ".xlsx":
            sheet = openpyxl.load_workbook(path)[record.sheet]
            assert record.key in [cell.value for cell in sheet[record.row_number]]


def test_a_trace_says_what_it_cannot_find(settled_office: Office) -> None:
    for code, unit, revision, said in (
        ("IV.1", "22", None, "has no indicator"),
        ("II.3", "999", None, "no II.3 of unit '999'"),
        ("II.3", "22", 4, "in revision 4"),
    ):
        with pytest.raises(LookupError, match=said):
            tracing.trace(settled_office.engine, WEEKS[2], code, unit=unit, revision=revision)
    with pytest.raises(LookupError, match="--now"):
        tracing.trace(settled_office.engine, WEEKS[4], "II.3")


def test_a_trace_as_csv_and_workbook_runs_no_formula(
    settled_office: Office, tmp_path: Path
) -> None:
    traced = tracing.trace(settled_office.engine, WEEKS[2], "II.3")
    assert tracing.to_workbook(traced) == tracing.to_workbook(traced)
    lines = list(csv.DictReader(tracing.to_csv(traced).splitlines()))
    assert len(lines) == len(traced.records)
    path = tmp_path / "trace.xlsx"
    path.write_bytes(tracing.to_workbook(traced))
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert sheet.max_row >= len(traced.records) + 4
    evil = [{"name": "=HYPERLINK(1)", "n": Decimal("-1.50")}]
    assert csv_text.as_csv(evil) == "name,n\n'=HYPERLINK(1),-1.5\n"


def test_the_sheet_of_sources_counts_the_records_of_the_trace(settled_office: Office) -> None:
    report, _ = publishing.load(settled_office.engine, WEEKS[2])
    for row in report.tables["sources"].records():
        traced = tracing.trace(settled_office.engine, WEEKS[2], row["indicator"])
        assert row["records_in_period"] == sum(r.is_in_period for r in traced.records)
        assert row["records_cumulative"] == sum(r.is_cumulative for r in traced.records)
        assert row["trace"] == f"lensan trace week {WEEKS[2].name} {row['indicator']}"


def test_reconciliation_shows_both_channels_and_their_difference(settled_office: Office) -> None:
    report, _ = publishing.load(settled_office.engine, WEEKS[2])
    rows = report.tables["reconciliation"].records()
    both = [
        r
        for r in rows
        if r["cumulative_platform"] is not None and r["cumulative_declared"] is not None
    ]
    assert both
    for row in both:
        assert (
            row["cumulative_difference"] == row["cumulative_platform"] - row["cumulative_declared"]
        )
    assert {row["indicator"] for row in rows} >= {"I", "II.3", "II.4", "III.1", "III.7"}
