"""Bad files hurt nobody (docs/rules/trust.md#promises): each ends in a verdict, in time, within memory."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import time
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import corpus
import pytest
from sqlalchemy import Engine, text
from taking_in import MOMENT

from lensan.domain import contracts
from lensan.domain.values import fold
from lensan.intake import file_load, gate, landing, sections
from lensan.intake import sweep as sweeping
from lensan.intake.readers import asking
from lensan.intake.readers.model import stream_safe

MOST_SECONDS = 30.0
MOST_BYTES = 1 << 30

REJECTED = {
    "truncated.xlsx": (corpus.truncated, "damaged"),
    "encrypted.xlsx": (corpus.encrypted_xlsx, "encrypted"),
    "bomb.xlsx": (corpus.zip_bomb, "too_large"),
    "small-bomb.xlsx": (corpus.small_zip_bomb, "too_large"),
    "lying-bomb.xlsx": (corpus.lying_zip_bomb, "damaged|too_large"),
    "xxe.xlsx": (corpus.xxe, "dangerous"),
    "laughs.xlsx": (corpus.billion_laughs, "dangerous"),
    "doctype.ods": (lambda path: corpus.ods(path, doctype=True), "dangerous"),
    "far.xlsx": (corpus.far_cells, "too_sparse"),
    "text-bomb.xlsx": (corpus.text_bomb, "too_large"),
    "strings.xlsx": (corpus.many_strings, "too_large|too_much_memory"),
    "sheets.xlsx": (corpus.many_sheets, "too_many_sheets"),
    "keys.jsonl": (corpus.many_keys, "too_many_columns"),
    "empty.csv": (corpus.bytes_of(b""), "empty"),
    "blank.csv": (corpus.bytes_of(b" \r\n\r\n "), "empty"),
    "nul.csv": (corpus.bytes_of(corpus.csv_text().encode() + b"a\0b,c,d,1\n"), "nul_bytes"),
    "long-line.csv": (corpus.long_line, "line_too_long"),
    "page.xls": (corpus.bytes_of(b"<html><table><tr><td>Gi\xc3\xa1</td></tr></table></html>"), "not_a_spreadsheet"),
    "photo.xlsx": (corpus.bytes_of(b"\xff\xd8\xff\xe0" + b"\0" * 900), "not_a_spreadsheet"),
    "report.xlsx": (corpus.bytes_of(b"%PDF-1.7\n" + b"x" * 900), "not_a_spreadsheet"),
    "other.zip": (lambda path: corpus.zipped(path, {"readme.txt": b"hello"}), "not_a_spreadsheet"),
    "noise.csv": (corpus.bytes_of(bytes(range(1, 256)) * 40), "not_recognised|damaged|too_many_columns|unknown_encoding"),
    "other-table.csv": (corpus.bytes_of(b"a,b\n1,2\n"), "not_recognised"),
}  # fmt: skip

READ = {
    "plain.xlsx": corpus.workbook,
    "dimension.xlsx": corpus.lying_dimension,
    "huge-dimension.xlsx": corpus.huge_dimension,
    "empty-rows.xlsx": corpus.formatted_empty_rows,
    "macros.xlsm": corpus.with_macros,
    "links.xlsx": corpus.external_link,
    "workbook-named.csv": corpus.workbook,
    "text-named.xlsx": corpus.encoded("utf-8"),
    "excel-5.xls": corpus.excel_5,
    "repeated.ods": lambda path: corpus.ods(path, repeated=1_048_573),
    "utf8.csv": corpus.encoded("utf-8"),
    "utf8-bom.csv": corpus.encoded("utf-8-sig"),
    "utf16-le.csv": corpus.encoded("utf-16-le", bom=b"\xff\xfe"),
    "utf16-be.csv": corpus.encoded("utf-16-be", bom=b"\xfe\xff"),
    "windows-1258.csv": corpus.bytes_of(corpus.windows_1258(corpus.csv_text())),
    "semicolon.csv": corpus.encoded("utf-8", ";"),
    "tab.csv": corpus.encoded("utf-8", "\t"),
    "windows-ends.csv": corpus.encoded("utf-8", end="\r\n"),
    "old-mac-ends.csv": corpus.encoded("utf-8", end="\r"),
}


@pytest.fixture
def sweep(tmp_path: Path, warehouse_engine: Engine):
    """Takes in what stands in the folder of market prices; the outcome by name."""

    def run() -> dict[str, file_load.Outcome]:
        started = time.monotonic()
        outcomes = sweeping.sweep(
            warehouse_engine,
            contracts.contract("prices"),
            tmp_path / "prices",
            tmp_path / "raw",
            moment=MOMENT,
            progress=lambda line: None,
        )
        assert time.monotonic() - started < MOST_SECONDS * max(1, len(outcomes))
        assert child_peak_bytes() < MOST_BYTES
        return {outcome.name: outcome for outcome in outcomes}

    (tmp_path / "prices").mkdir()
    return run


def child_peak_bytes() -> int:
    """The reader process's peak memory; 0 when none runs."""
    process = asking._child._process
    if process is None or process.poll() is not None:
        return 0
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) * 1024  # type: ignore[index]


def prices(engine: Engine) -> list[tuple]:
    with engine.connect() as connection:
        return [
            tuple(row)
            for row in connection.execute(
                text(
                    "select name, priced_on::text, place, price_vnd_kg from core.price order by 1, 2"
                )
            )
        ]


GOOD = [("Na dai", "2021-11-10", "Chợ Mạo Khê", 31000), ("Ổi", "2021-11-10", "Chợ Hạ Long", 12000)]


@pytest.mark.parametrize("name", REJECTED)
def test_a_file_that_cannot_be_read_is_rejected_with_a_reason_and_stops_nothing(
    name: str, sweep, tmp_path: Path, warehouse_engine: Engine
) -> None:
    build, rules = REJECTED[name]
    build(tmp_path / "prices" / name)
    corpus.workbook(tmp_path / "prices" / "good.xlsx")
    outcomes = sweep()
    assert outcomes[name].status == "rejected"
    assert outcomes["good.xlsx"].status == "loaded"
    with warehouse_engine.connect() as connection:
        rule, reason, detail = connection.execute(
            text("select rule, reason, detail from ops.source_file where name = :name"),
            {"name": name},
        ).one()
        known = {row[0] for row in connection.execute(text("select rule from ops.rule"))}
    assert rule in rules.split("|")
    assert rule in known
    assert "Đề nghị" in reason or "không phải bảng" in reason
    assert fold(reason) != reason.casefold()
    assert detail
    assert prices(warehouse_engine) == GOOD


@pytest.mark.parametrize("name", READ)
def test_an_odd_but_honest_file_is_read_right(
    name: str, sweep, tmp_path: Path, warehouse_engine: Engine
) -> None:
    READ[name](tmp_path / "prices" / name)
    outcomes = sweep()
    assert outcomes[name].status == "loaded", outcomes[name].reason
    assert prices(warehouse_engine) == GOOD


def test_nothing_in_a_workbook_runs(sweep, tmp_path: Path, warehouse_engine: Engine) -> None:
    corpus.dde_and_script_links(tmp_path / "prices" / "dde.xlsx")
    outcomes = sweep()
    assert outcomes["dde.xlsx"].status == "loaded"
    assert outcomes["dde.xlsx"].rows_quarantined == 1  # formulas without a cached value
    assert prices(warehouse_engine) == GOOD


def test_an_error_cell_holds_its_row_back(sweep, tmp_path: Path, warehouse_engine: Engine) -> None:
    corpus.error_cells(tmp_path / "prices" / "errors.xlsx")
    assert sweep()["errors.xlsx"].rows_quarantined == 1
    with warehouse_engine.connect() as connection:
        assert connection.execute(
            text("select row_number, rule, value from ops.quarantine")
        ).all() == [(2, "error_value", "#REF!")]


def test_dates_of_the_1904_system_are_those_that_excel_shows(
    sweep, tmp_path: Path, warehouse_engine: Engine
) -> None:
    corpus.date_system_1904(tmp_path / "prices" / "mac_20211118.xlsx")
    sweep()
    assert [row[1] for row in prices(warehouse_engine)] == ["2021-11-09"]


def test_hidden_rows_and_sheets_count_and_carry_a_warning(
    sweep, tmp_path: Path, warehouse_engine: Engine
) -> None:
    corpus.hidden(tmp_path / "prices" / "hidden.xlsx")
    sweep()
    assert len(prices(warehouse_engine)) == 3
    with warehouse_engine.connect() as connection:
        assert connection.execute(
            text("select count(*) from ops.row_warning where rule = 'hidden_row'")
        ).scalar() in (1, 2)


def test_two_tables_on_a_sheet_are_both_read(
    sweep, tmp_path: Path, warehouse_engine: Engine
) -> None:
    corpus.two_tables_on_a_sheet(tmp_path / "prices" / "two.xlsx")
    sweep()
    assert len(prices(warehouse_engine)) == 3


def test_an_unbalanced_quote_loses_no_row_silently(
    sweep, tmp_path: Path, warehouse_engine: Engine
) -> None:
    content = (
        corpus.csv_text() + 'Mực,09/11/2021,"Chợ Cô Tô,250000\nTôm,09/11/2021,Chợ Rừng,180000\n'
    )
    (tmp_path / "prices" / "quote.csv").write_text(content, "utf-8")
    outcome = sweep()["quote.csv"]
    accepted = len(prices(warehouse_engine))
    assert outcome.status == "rejected" or (accepted == 2 and outcome.rows_quarantined == 1)


def test_json_lines_that_are_none_are_held_back_line_by_line(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    folder = tmp_path / "voso"
    folder.mkdir()
    good = (
        '{"shop_id": "V1", "shop_name": "Gian", "owner_name": "Vi Văn A", "owner_type": "HOUSEHOLD",'
        ' "ward": "Bãi Cháy", "district": "Hạ Long", "province": "Quảng Ninh", "created_at": "2021-11-01"}'
    )
    lines = [
        good,
        '{"shop_id": "V2", broken',
        "[" * 100_000,
        good.replace("Gian", "\\ud800"),
        good.replace("shop_name", "\\udfff"),
        '{"shop_id": "V3", "shop_name": {"nested": 1}}',
        good.replace('"V1"', '"V4", "shop_id": "V5"'),
        good.replace('"V1"', '"V6"').replace("2021-11-01", "NaN"),
    ]
    corpus.json_lines(*lines)(folder / "sellers_20211118.jsonl")
    (outcome,) = sweeping.sweep(
        warehouse_engine,
        contracts.contract("voso"),
        folder,
        tmp_path / "raw",
        moment=MOMENT,
        progress=lambda line: None,
    )
    assert outcome.status == "loaded"
    assert outcome.rows_read == len(lines)
    with warehouse_engine.connect() as connection:
        held = [
            row[0]
            for row in connection.execute(
                text("select distinct row_number from ops.quarantine order by 1")
            )
        ]
        kept = [
            r[0] for r in connection.execute(text("select seller_id from core.stall order by 1"))
        ]
    assert held == [2, 3, 4, 5, 6, 8]
    assert kept == ["V1", "V5"]


def test_names_from_outside_are_only_names(sweep, tmp_path: Path) -> None:
    folder = tmp_path / "prices"
    for name in (
        "a\nb.xlsx",
        "gi\u202eá.xlsx",
        "%2e%2e%2fetc.xlsx",
        "=cmd.xlsx",
        "'; drop table.xlsx",
    ):
        corpus.workbook(folder / name)
        os.utime(folder / name)
    (folder / "a directory.xlsx").mkdir()
    outcomes = sweep()
    assert len(outcomes) == 5
    assert {outcome.status for outcome in outcomes.values()} <= {"loaded", "duplicate"}
    assert "a\ufffdb.xlsx" in outcomes


def test_only_regular_files_of_the_landing_root_are_read_and_the_rest_is_told(
    sweep, tmp_path: Path, warehouse_engine: Engine
) -> None:
    folder = tmp_path / "prices"
    corpus.workbook(folder / "gia.xlsx")
    secret = tmp_path / "secret.csv"
    secret.write_text("not,for,the,raw,store\n")
    (folder / "link.csv").symlink_to(secret)
    (folder / "loop").symlink_to(folder)
    (folder / "dangling.xlsx").symlink_to(folder / "nowhere")
    os.mkfifo(folder / "pipe.csv")
    with pytest.raises(landing.UnreadFilesError) as told:
        sweep()
    assert {line.partition(":")[0] for line in str(told.value).splitlines()[1:]} == {
        "- link.csv", "- loop", "- dangling.xlsx", "- pipe.csv",
    }  # fmt: skip
    with warehouse_engine.connect() as connection:
        found = connection.execute(text("select name, status from ops.source_file")).all()
    assert found == [("gia.xlsx", "loaded")]
    kept = [path.read_bytes() for path in (tmp_path / "raw").rglob("*") if path.is_file()]
    assert secret.read_bytes() not in kept


def test_a_file_that_meets_a_fault_of_ours_is_told_and_blocks_nobody(
    sweep,
    tmp_path: Path,
    warehouse_engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    corpus.workbook(tmp_path / "prices" / "a.xlsx", rows=[])
    corpus.workbook(tmp_path / "prices" / "b.xlsx")
    honest = sections.sections

    def fails(document: Any, contract: Any) -> Any:
        if len(document.tables[0].rows) == 1:
            raise KeyError("Nguyễn Văn A")
        return honest(document, contract)

    monkeypatch.setattr(sections, "sections", fails)
    assert {name: each.status for name, each in sweep().items()} == {
        "a.xlsx": "rejected",
        "b.xlsx": "loaded",
    }
    with warehouse_engine.connect() as connection:
        rule, detail = connection.execute(
            text("select rule, detail from ops.source_file where name = 'a.xlsx'")
        ).one()
    assert rule == "unexpected"
    assert detail.startswith("KeyError at test_corpus.py:")
    assert "Nguyễn" not in detail
    (told,) = [line for line in caplog.messages if "fault of ours" in line]
    assert detail in told


def test_a_name_that_is_no_text_is_shown_as_far_as_it_goes(sweep, tmp_path: Path) -> None:
    folder = tmp_path / "prices"
    corpus.workbook(folder / "gia.xlsx").rename(folder / os.fsdecode(b"gi\xe1.xlsx"))
    assert list(sweep()) == ["gi\ufffd.xlsx"]


@pytest.mark.parametrize("suffix", ["xls", "ods"])
@pytest.mark.system
def test_an_error_of_another_programs_workbook_holds_its_row_back(
    suffix: str, sweep, tmp_path: Path, warehouse_engine: Engine
) -> None:
    source = corpus.error_cells(tmp_path / "gia.xlsx")
    subprocess.run(
        ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to",
         suffix, "--outdir", str(tmp_path / "prices"), str(source)],
        capture_output=True, timeout=180, check=True,
    )  # fmt: skip
    assert sweep()[f"gia.{suffix}"].rows_quarantined == 1
    with warehouse_engine.connect() as connection:
        rule, value = connection.execute(text("select rule, value from ops.quarantine")).one()
    assert (rule, value) == ("error_value", "#REF!")


@pytest.mark.parametrize("target", ["xls:MS Excel 97", "ods"])
@pytest.mark.system
def test_workbooks_of_other_programs_are_read(
    target: str, sweep, tmp_path: Path, warehouse_engine: Engine
) -> None:
    """BIFF 8 and OpenDocument as LibreOffice writes them."""
    source = corpus.workbook(tmp_path / "gia.xlsx")
    suffix = target.split(":")[0]
    done = subprocess.run(
        ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to",
         target, "--outdir", str(tmp_path / "prices"), str(source)],
        capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip
    assert (tmp_path / "prices" / f"gia.{suffix}").exists(), done.stdout + done.stderr
    assert sweep()[f"gia.{suffix}"].status == "loaded"
    assert prices(warehouse_engine) == GOOD


@pytest.mark.parametrize(
    "hostile",
    [
        lambda size: "<c " * size,
        lambda size: "<x:" * size,
        lambda size: "<c r=" * size,
        lambda size: "<!  " * size,
        lambda size: "<c " + "r='" * size,
    ],
)
def test_the_gate_takes_time_in_proportion_to_what_it_reads(
    hostile: Callable[[int], str], tmp_path: Path
) -> None:
    """4.6 KB of it once kept the gate busy for more than a minute."""

    def seconds(size: int) -> float:
        parts = corpus.parts_of(corpus.workbook(tmp_path / "a.xlsx"))
        parts[corpus.SHEET] += hostile(size).encode() + os.urandom(size)
        path = corpus.zipped(tmp_path / "b.xlsx", parts)
        started = time.process_time()
        with contextlib.suppress(gate.Unreadable):
            gate.check_zip(path)
        return time.process_time() - started

    assert seconds(400_000) < 3 * seconds(200_000) + 0.5


def test_marks_upon_marks_are_composed_in_proportion_to_their_number() -> None:
    def seconds(size: int) -> float:
        started = time.process_time()
        text = "a" + "\u0316\u0301" * size
        assert len(unicodedata.normalize("NFC", stream_safe(text))) <= 31
        return time.process_time() - started

    assert seconds(1_000_000) < 3 * seconds(500_000) + 0.5
    assert stream_safe("Tiến Yên " * 9) == "Tiến Yên " * 9
    assert stream_safe("…" * 90) == "…" * 90
