"""A published figure proves itself: manifest, root, seal, and verify.py that shares no code with us."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import openpyxl
import personal_data
import pytest
from office import WEEKS, Office
from sqlalchemy import Engine
from taking_in import MOMENT

from lensan.domain import periods
from lensan.domain.office import PROVINCE
from lensan.domain.periods import Period
from lensan.reports import proof, publishing, rendering, tracing
from lensan.warehouse import audit

PERIOD = periods.parse("week", "2021-12-09")


def _loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("verify", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


verify = _loaded(proof.VERIFIER)


def pack(engine: Engine, raw: Path, folder: Path, period: Period = PERIOD) -> Path:
    report, files = publishing.load(engine, period)
    proof.pack(engine, period, files, report.revision, raw, folder)
    return folder


@pytest.fixture(scope="module")
def package(
    published_sample: Engine, sample_raw: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    return pack(published_sample, sample_raw, tmp_path_factory.mktemp("package"))


def lines(package: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (package / "manifest.jsonl").read_bytes().splitlines()]


def part_lines(package: Path) -> list[dict[str, Any]]:
    paths = sorted((package / "parts").iterdir())
    return [json.loads(line) for path in paths for line in path.read_bytes().splitlines()]


def run(package: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """verify.py as somebody runs it who has the folder and a Python, nothing else."""
    return subprocess.run(
        [sys.executable, "-I", "-S", str(package / "verify.py"), str(package), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONUTF8": "1"},
    )


def levels(package: Path) -> dict[str, str]:
    figures = verify.Figures(verify.Proof(package))
    return {figure: figures.verdict(figure)[0] for figure in figures.figures}


# ---------------------------------------------------------------- what is proved


def test_every_figure_of_a_report_is_proved_by_its_rows(package: Path) -> None:
    done = run(package)
    assert (done.returncode, done.stderr) == (0, "")
    found = dict(line.split("\t") for line in done.stdout.splitlines() if "\t" in line)
    printed = json.loads((package / "figures.json").read_text("utf-8"))["figures"]
    assert set(found) == {f"{each['indicator']} {each['unit']}" for each in printed}
    said = list(found.values())
    shares = {level: said.count(level) for level in sorted(set(said))}
    print(shares)
    assert shares[verify.RECOUNTED] >= 15
    assert shares[verify.AGREES] >= 100
    assert verify.BROKEN not in done.stdout


def test_verify_py_is_one_short_file_of_the_standard_library() -> None:
    source = proof.VERIFIER.read_text("utf-8")
    assert len(source.splitlines()) <= 400
    imported = re.findall(r"^(?:import|from) ([a-z]+)", source, re.M)
    assert set(imported) <= set(sys.stdlib_module_names)


def test_the_rows_are_those_that_the_tracer_finds(published_sample: Engine, package: Path) -> None:
    """Independent ways to the same rows, and verify.py finds in each the key that the warehouse has."""
    found = verify.Figures(verify.Proof(package))
    names = found.proof.files
    keys = []
    for code, unit in (("I", "22"), ("II.3", "193"), ("II.4", "22"), ("III.1", "195"), ("III.2", "22"),
                       ("III.5", "22"), ("III.6", "22"), ("II.1", "195"), ("II.1", "22")):  # fmt: skip
        traced = tracing.trace(published_sample, PERIOD, code, unit=unit)
        assert traced.records
        expected: dict[str, set[Any]] = {}
        key_of = {}
        for record in traced.records:
            place = (record.file, record.sheet, record.row_number)
            key_of[place] = record.key
            part = "_2" if record.part == 2 else ""
            for measure, counts in (
                ("in_period", record.is_in_period),
                ("cumulative", record.is_cumulative),
            ):
                if counts:
                    expected.setdefault(measure + part, set()).add(place)
        told: dict[str, set[Any]] = {}
        for measure, blocks in found.rows[f"{code} {unit}"].items():
            for block, numbers, _ in blocks:
                table = block["of"]
                for number in numbers:
                    place = (names[table["in"]], table["sheet"], number)
                    told.setdefault(measure, set()).add(place)
                    cells = found._cells(block)
                    key = (key_of[place] or "").partition("|")[0]
                    if traced.channel == "platform" and cells is not None and key:
                        keys.append(key in "|".join(cells[number]))
        assert told == expected, (code, unit)
    # Of merged cells only the first row bears the order's number.
    assert len(keys) > 300
    assert sum(keys) > 0.97 * len(keys)


def test_the_root_is_printed_and_the_audit_chains_it(
    published_sample: Engine, package: Path
) -> None:
    seal = json.loads((package / "seal.json").read_bytes().splitlines()[0])
    assert json.loads((package / "figures.json").read_text("utf-8"))["root"] == seal["root"]
    book = openpyxl.load_workbook(next(package.glob("*.xlsx")))
    assert seal["root"] in [cell.value for row in book["Nguồn gốc"] for cell in row]
    acts = [act for act in audit.acts(published_sample) if act["action"] == "report.proof"]
    assert [act["detail"]["root_before"] for act in acts] == [None, acts[0]["detail"]["root"]]
    assert acts[1]["detail"]["root"] == seal["root"]
    line = (package / "seal.json").read_bytes().splitlines()[0]
    assert acts[1]["detail"]["seal"] == hashlib.sha256(line).hexdigest()
    assert audit.verify(published_sample) is None


def test_the_tree_is_that_of_rfc_6962_in_both_programs() -> None:
    """The roots that certificate-transparency publishes for its own test leaves."""
    leaves = [bytes.fromhex(each) for each in ("", "00", "10", "2021", "3031", "40414243",
              "5051525354555657", "606162636465666768696a6b6c6d6e6f")]  # fmt: skip
    expected = {
        1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    }
    for size, root in expected.items():
        assert proof.root_of(leaves[:size]) == verify.merkle_root(leaves[:size]) == root


def test_published_again_from_the_same_warehouse_the_proof_has_the_same_bytes(
    sample_warehouse: Engine,
    copy_warehouse: Callable[[Engine], Engine],
    tmp_path: Path,
    published_sample: Engine,
) -> None:
    engine = copy_warehouse(sample_warehouse)
    for name in ("2021-12-02", "2021-12-09"):
        publishing.freeze(engine, periods.parse("week", name), tmp_path, moment=MOMENT)
    for name in ("2021-12-02", "2021-12-09"):
        period = periods.parse("week", name)
        report, files = publishing.load(engine, period)
        assert files == publishing.load(published_sample, period)[1]
        assert rendering.render(report) == files
        for at, store in ((tmp_path / name, engine), (tmp_path / f"{name}b", published_sample)):
            with store.begin() as connection:
                proof.write(connection, period, 0, at, at / "parts")
        for part in ("manifest.jsonl", "seal.json"):
            assert (tmp_path / name / part).read_bytes() == (
                tmp_path / f"{name}b" / part
            ).read_bytes()
            beside = proof.folder_of(tmp_path, period, 0)
            assert (beside / part).read_bytes() == (tmp_path / name / part).read_bytes()
        named = sorted(proof.parts_named((tmp_path / name / "manifest.jsonl").read_bytes()))
        assert len(named) > 3
        assert named == sorted(path.name for path in (tmp_path / name / "parts").iterdir())
        beside = proof.parts_beside(tmp_path)
        assert set(named) <= {path.name for path in beside.iterdir()}


def test_no_personal_data_stands_in_a_manifest(published_sample: Engine, package: Path) -> None:
    numbers = personal_data.numbers(published_sample)
    assert len(numbers) > 100
    parts = [path.relative_to(package) for path in (package / "parts").iterdir()]
    assert parts
    for name in ("manifest.jsonl", "seal.json", *parts):
        text = re.sub(r"[0-9a-f]{64}", "", (package / name).read_text("utf-8"))
        assert personal_data.borne(text, numbers) == set()
    keys = {key for line in lines(package) + part_lines(package) for key in line}
    assert keys == {
        "format", "kind", "period", "revision", "code_version", "file", "sha256", "bytes", "source", "table", "in",
        "sheet", "header_row", "width", "columns", "figure", "values", "counted", "named_by", "rows", "of", "count",
        "for", "tonnes", "part", "from", "until",
    }  # fmt: skip


def test_a_report_published_before_has_no_proof_and_says_so(
    published_sample: Engine,
    copy_warehouse: Callable[[Engine], Engine],
    sample_raw: Path,
    tmp_path: Path,
) -> None:
    engine = copy_warehouse(published_sample)
    with engine.begin() as connection:
        connection.exec_driver_sql("delete from ops.report_proof where period = '2021-12-02'")
    with pytest.raises(LookupError, match="it has none"):
        pack(engine, sample_raw, tmp_path / "pack", periods.parse("week", "2021-12-02"))
    assert publishing.write_files(engine, periods.parse("week", "2021-12-02"), 0, tmp_path)
    assert not (tmp_path / "proof").exists()


# ---------------------------------------------------------------- what is changed is found


def small_and_large(package: Path) -> list[Path]:
    """Each file of a package that a proof rests on, as often as its kind: report, manifest, seal, raw files."""
    raw = sorted((package / "raw").iterdir()) + sorted((package / "parts").iterdir())
    report = [path for path in package.iterdir() if path.is_file() and path.name != "verify.py"]
    return raw + sorted(report) * (len(raw) // len(report))


def test_every_byte_that_is_changed_is_found_and_its_file_named(package: Path) -> None:
    """500 here, ten thousand by `make proofs`."""
    choose = random.Random(int(os.environ.get("SEED", "17")))
    files = small_and_large(package)
    missed = []
    tried: dict[str, int] = {}
    for _ in range(int(os.environ.get("SINGLE_BYTES", "500"))):
        path = choose.choice(files)
        content = bytearray(path.read_bytes())
        at = choose.randrange(len(content))
        kept = content[at]
        content[at] = choose.choice([byte for byte in range(256) if byte != kept])
        path.chmod(0o600)
        path.write_bytes(content)
        faults = verify.Proof(package).faults
        content[at] = kept
        path.write_bytes(content)
        name = str(path.relative_to(package))
        tried[name.partition("/")[0]] = tried.get(name.partition("/")[0], 0) + 1
        if [fault[0] for fault in faults] != [name]:
            missed.append((name, at, kept, faults))
    print(tried)
    assert missed == []
    assert verify.Proof(package).faults == []


@pytest.fixture
def own(package: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(package, tmp_path / "own"))


def rewrite(package: Path, change: Callable[[list[dict[str, Any]]], None]) -> None:
    """Somebody who knows how proofs are made makes another one, seal and all."""
    changed = lines(package)
    change(changed)
    manifest = [proof.line_of(line) for line in changed]
    content = b"".join(line + b"\n" for line in manifest)
    (package / "manifest.jsonl").write_bytes(content)
    seal = json.loads((package / "seal.json").read_bytes().splitlines()[0])
    seal |= {"root": proof.root_of(manifest), "manifest": hashlib.sha256(content).hexdigest()}
    line = proof.line_of(seal)
    (package / "seal.json").write_bytes(
        line + b"\n" + hashlib.sha256(line).hexdigest().encode() + b"\n"
    )


def test_a_manifest_that_leaves_a_row_out_no_longer_gives_the_figure(own: Path) -> None:
    def leave_out(changed: list[dict[str, Any]]) -> None:
        block = next(
            i
            for i, line in enumerate(changed)
            if f"II.3 {PROVINCE} cumulative" in line.get("for", ())
        )
        del changed[block]

    rewrite(own, leave_out)
    done = run(own)
    assert done.returncode == 1
    assert re.search(
        rf"^II.3 {PROVINCE}\t{verify.BROKEN}: in \d+, các dòng cho \d+$", done.stdout, re.M
    )


def test_a_row_that_is_not_there_proves_nothing(own: Path) -> None:
    def point_below_the_end(changed: list[dict[str, Any]]) -> None:
        block = next(
            line for line in changed if f"II.3 {PROVINCE} cumulative" in line.get("for", ())
        )
        block |= {"rows": "900000", "count": 1}

    rewrite(own, point_below_the_end)
    assert "không có dòng đã nêu" in run(own).stdout


def test_a_seal_that_somebody_made_anew_is_found_by_the_printed_root(
    own: Path, package: Path
) -> None:
    root = json.loads((package / "figures.json").read_text("utf-8"))["root"]
    assert run(package, "--root", root).returncode == 0
    rewrite(own, lambda changed: changed[0].update(code_version="9"))
    done = run(own, "--root", root)
    assert done.returncode == 1
    assert "seal.json: mã gốc khác" in done.stdout
    assert re.search(r"^bao-cao-tuan-2021-12-09.xlsx: không in mã gốc$", done.stdout, re.M)


def test_figures_that_rest_on_a_lost_part_are_not_proved(own: Path) -> None:
    part = next(line["part"] for line in lines(own) if "part" in line)
    (own / "parts" / part).unlink()
    done = run(own)
    assert done.returncode == 1
    assert f"parts/{part}: thiếu hoặc đã bị thay đổi" in done.stdout
    # Also where as many markets are named by the other parts.
    for figure in ("III.2", "III.6"):
        assert f"{figure} {PROVINCE}\t{verify.BROKEN}: tệp parts… thiếu" in done.stdout
    assert f"II.3 {PROVINCE}\t{verify.BROKEN}" not in done.stdout


def as_before_parts(package: Path) -> list[dict[str, Any]]:
    """The manifest as it was until November 2026, with all rows in it."""
    whole = lines(package)
    kept = [line for line in whole if "part" not in line]
    kept[0]["format"] = 1
    counted = {line["figure"]: line["counted"] for line in whole if "figure" in line}
    numbers = {(line["in"], line["sheet"]): line["table"] for line in whole if "table" in line}
    files = {line["sha256"] for line in whole if "file" in line}
    said: set[tuple[str, str]] = set()
    for reference in (line for line in whole if "part" in line):
        content = (package / "parts" / reference["part"]).read_bytes()
        own: dict[int, int] = {}
        for line in map(json.loads, content.splitlines()):
            if "file" in line and line["sha256"] not in files:
                files.add(line["sha256"])
                kept.append(line)
            elif "table" in line:
                place = (line["in"], line["sheet"])
                if place not in numbers:
                    numbers[place] = len(numbers) + 1
                    kept.append(line | {"table": numbers[place]})
                own[line["table"]] = numbers[place]
            elif "rows" in line:
                names = []
                for name in line["for"]:
                    code, unit, measure, *thing = name.split(" ")
                    for each in (
                        reference["for"]
                        if counted.get(f"{code} {unit}") in ("things", "sum")
                        else ()
                    ):
                        figure = f"{code} {unit} {measure.replace('*', each)}"
                        again = thing == ["again"] or (figure, *thing) in said
                        if thing:
                            said.add((figure, *thing))
                        names.append(f"{figure} again" if again else figure)
                kept.append(line | {"of": own[line["of"]], "for": names})
    return kept


def test_a_manifest_from_before_parts_proves_what_it_proved(own: Path, package: Path) -> None:
    def inline(changed: list[dict[str, Any]]) -> None:
        changed[:] = as_before_parts(own)

    rewrite(own, inline)
    shutil.rmtree(own / "parts")
    before = verify.Figures(verify.Proof(own))
    assert not [line for line in before.proof.lines if "part" in line]
    assert levels(own) == levels(package)


def test_figures_that_rest_on_a_spoiled_file_are_named(own: Path) -> None:
    line = next(
        line for line in lines(own) if line.get("file", "").startswith("gian-hang_20211209")
    )
    (own / "raw" / line["sha256"]).unlink()
    done = run(own)
    assert f"raw/{line['sha256']}: {line['file']}: thiếu" in done.stdout
    assert f"II.3 {PROVINCE}\t{verify.BROKEN}" in done.stdout
    assert f"IV.1 {PROVINCE}\t{verify.BROKEN}" not in done.stdout
    (own / "seal.json").unlink()
    assert run(own).returncode == 2


def test_a_file_written_again_without_a_person_says_so(
    published_sample: Engine,
    copy_warehouse: Callable[[Engine], Engine],
    sample_raw: Path,
    tmp_path: Path,
) -> None:
    engine = copy_warehouse(published_sample)
    raw = Path(shutil.copytree(sample_raw, tmp_path / "raw"))
    whole = pack(engine, raw, tmp_path / "before")
    old = next(
        x["sha256"] for x in lines(whole) if x.get("file", "").startswith("gian-hang_20211209")
    )
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "insert into ops.erased_file values (%s, %s, now())", (old, "ab" * 32)
        )
    (raw / old[:2] / old).unlink()
    (raw / "ab").mkdir(exist_ok=True)
    (raw / "ab" / ("ab" * 32)).write_bytes(b"without")
    later = pack(engine, raw, tmp_path / "after")
    assert (later / "raw" / ("ab" * 32)).exists()
    assert "đã được ghi lại để xóa dữ liệu của một người" in run(later).stdout


@pytest.mark.parametrize("week", WEEKS[:3], ids=str)
def test_weeks_of_an_office_are_proved(
    settled_office: Office, tmp_path: Path, week: Period
) -> None:
    folder = pack(settled_office.engine, settled_office.folder / "raw", tmp_path / "p", week)
    assert verify.Proof(folder).faults == []
    found = levels(folder)
    assert verify.BROKEN not in found.values()
    assert found[f"III.2 {PROVINCE}"] != verify.BROKEN
    print({level: list(found.values()).count(level) for level in set(found.values())})
