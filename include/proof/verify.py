"""Kiểm tra số liệu của một báo cáo mà không cần kho dữ liệu hay phần mềm Lên Sàn.

    python3 verify.py THƯ-MỤC [--raw THƯ-MỤC-TỆP-GỐC] [--root MÃ-GỐC] [--rows "II.3 22"]

Only the standard library of Python 3.9 or later. The folder holds the report's files, manifest.jsonl, seal.json
and raw/, the raw files by their SHA-256. Ends with 0 where nothing was changed and every figure agrees with its
rows, with 1 where not, with 2 where the folder is no proof. What is proved of a figure, in rising order:

  NGUYÊN VẸN   its rows stand in files whose bytes are unchanged (of kinds that cannot be opened here: the files)
  KHỚP         the same, and as many different things, or as many tonnes, as are printed are counted there by the
               manifest, which says what rows are the same thing and what they weigh; of what a unit declared: the
               number stands in a row of its form
  TÍNH LẠI     the same, and the things are told apart, or the tonnes added up, from the cells of the rows alone

That no row is left out, and that a row counts by the rules, is not proved: that takes the rules and the warehouse.
Who could change report, manifest and seal together is found by --root alone: the root as printed in the signed
workbook, or as the office's audit chain has it.
"""

import argparse
import codecs
import csv
import functools
import hashlib
import io
import json
import re
import sys
import unicodedata
import zipfile
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from xml.etree import ElementTree

MEASURES = ("in_period", "in_period_2", "cumulative", "cumulative_2")
BROKEN, INTACT, AGREES, RECOUNTED = "KHÔNG CHỨNG MINH ĐƯỢC", "NGUYÊN VẸN", "KHỚP", "TÍNH LẠI"
RISING = (BROKEN, INTACT, AGREES, RECOUNTED)
SUMMED = "weight_kg"


def sha256(path):
    """In hex, of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        for chunk in iter(lambda: stream.read(1 << 20), b""):
            digest.update(chunk)
    return digest.hexdigest()


def merkle_root(leaves):
    """RFC 6962: leaves are hashed behind 0x00, nodes behind 0x01; an odd last one goes up as it is."""
    level = [hashlib.sha256(b"\0" + leaf).digest() for leaf in leaves]
    while len(level) > 1:
        above = [
            hashlib.sha256(b"\1" + level[at] + level[at + 1]).digest()
            for at in range(0, len(level) - 1, 2)
        ]
        level = above + ([level[-1]] if len(level) % 2 else [])
    return level[0].hex() if level else hashlib.sha256(b"").hexdigest()


class Proof:
    """What was read of a folder. ``faults``: (file, what is wrong with it); ``spoiled``: SHA-256 of raw files
    whose rows prove nothing."""

    def __init__(self, folder, raw=None, root=None):
        self.folder, self.raw = Path(folder), Path(raw or Path(folder) / "raw")
        self.faults, self.lines, self.spoiled = [], [], set()
        self.seal = self._seal()
        if self.seal is not None:
            self._manifest(root)
            self._report()
            self._raw_files()

    def _fault(self, name, what):
        self.faults.append((str(name), what))

    def _seal(self):
        path = self.folder / "seal.json"
        line, _, own = (path.read_bytes() if path.is_file() else b"").partition(b"\n")
        if own == hashlib.sha256(line).hexdigest().encode() + b"\n":
            return json.loads(line)
        return self._fault("seal.json", "thiếu hoặc đã bị thay đổi")

    def _manifest(self, root):
        path = self.folder / "manifest.jsonl"
        content = path.read_bytes() if path.is_file() else b""
        lines = content.split(b"\n")[:-1]
        if hashlib.sha256(content).hexdigest() != self.seal["manifest"]:
            self._fault("manifest.jsonl", "thiếu hoặc đã bị thay đổi")
        elif merkle_root(lines) != self.seal["root"]:
            self._fault("manifest.jsonl", "không cho ra mã gốc đã niêm phong")
        else:
            self.lines = json.loads(b"[" + b",".join(lines) + b"]")
        if root and root.strip().lower() != self.seal["root"]:
            self._fault("seal.json", "mã gốc khác với mã gốc đã cho (--root)")

    def _report(self):
        for name, digest in sorted(self.seal["files"].items()):
            path = self.folder / name
            if not path.is_file():
                self._fault(name, "thiếu")
            elif sha256(path) != digest:
                self._fault(name, "đã bị thay đổi")
            elif name.endswith(".xlsx") and self.seal["root"] not in texts_of(path):
                self._fault(name, "không in mã gốc")
            elif name.endswith(".json") and self.lines:
                self._figures(name, json.loads(path.read_bytes(), parse_float=str, parse_int=str))

    def _figures(self, name, printed):
        """figures.json says what the manifest says, figure by figure."""
        if printed.get("root") != self.seal["root"]:
            self._fault(name, "không ghi mã gốc")
        lines = (self.folder / "manifest.jsonl").read_bytes().split(b"\n")
        figures = b"[" + b",".join(each for each in lines if b'"figure":' in each) + b"]"
        exact = json.loads(figures, parse_float=str, parse_int=str)
        ours = {line["figure"]: line["values"] for line in exact if "figure" in line}
        theirs = {f"{each['indicator']} {each['unit']}": each for each in printed["figures"]}
        for figure in sorted({*ours, *theirs}):
            there = {key: v for key, v in theirs.get(figure, {}).items() if key != "note"}
            if ours.get(figure) != there:
                self._fault(name, f"{figure} khác với danh mục")

    def _raw_files(self):
        path = self.folder / "rewritten.json"
        rewritten = path.read_text("utf-8", "replace") if path.is_file() else ""
        for line in self.lines:
            digest = line.get("sha256")
            path = self.raw / str(digest)
            if digest is None or (path.is_file() and sha256(path) == digest):
                continue
            what = "đã bị thay đổi" if path.is_file() else "thiếu"
            if what == "thiếu" and digest in rewritten:
                what = "đã được ghi lại để xóa dữ liệu của một người"
            self.spoiled.add(digest)
            self._fault(f"raw/{digest}", f"{line['file']}: {what}")


def texts_of(path):
    """All texts of a workbook, as one."""
    with zipfile.ZipFile(path) as book:
        return "".join(
            book.read(name).decode("utf-8", "replace")
            for name in book.namelist()
            if name.startswith(("xl/sharedStrings", "xl/worksheets/sheet"))
        )


def rows_of(path, table, wanted):
    """Row number → cells as texts, of the wanted rows; None where the kind cannot be opened here."""
    content = path.read_bytes()
    if content.startswith(b"PK"):
        return _workbook(path, table["sheet"], wanted)
    if content.startswith((bytes.fromhex("d0cf11e0"), b"\x09\x08")):
        return None
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = content.decode("utf-16", "replace")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("latin-1")
    if text.lstrip()[:1] in ("{", "["):
        return _json_rows(text, wanted)
    return _delimited(text, table, wanted)


def _delimited(text, table, wanted):
    lines = io.StringIO(text, newline="").readlines()
    head = "".join(lines[(table["header_row"] or 1) - 1 :][:1])
    width = table["width"] - 1
    mark = min(",;\t|", key=lambda each: (abs(head.count(each) - width), -head.count(each)))
    csv.field_size_limit(1 << 26)
    return {n: cells for n, cells in enumerate(csv.reader(lines, delimiter=mark), 1) if n in wanted}


def _json_rows(text, wanted):
    if text.lstrip().startswith("["):
        records = json.loads(text)
    else:
        records = []
        for line in text.split("\n"):
            try:
                records.append(json.loads(line))
            except ValueError:
                records.append(None)
    keys = {}
    for record in records:
        for key in record if isinstance(record, dict) else ():
            keys.setdefault(key, len(keys))
    return {
        number: ["" if record.get(key) is None else str(record[key]) for key in keys]
        for number, record in enumerate(records, 1)
        if number in wanted and isinstance(record, dict)
    }


def _workbook(path, sheet, wanted):
    """The rows of a sheet of an .xlsx."""
    name = {"main": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    relation = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
    try:
        with zipfile.ZipFile(path) as book:
            related = ElementTree.fromstring(book.read("xl/_rels/workbook.xml.rels"))
            targets = {each.get("Id"): each.get("Target") for each in related}
            root = ElementTree.fromstring(book.read("xl/workbook.xml"))
            sheets = root.iterfind(".//main:sheet", name)
            target = next(targets[s.get(relation)] for s in sheets if s.get("name") == sheet)
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            shared = []
            if "xl/sharedStrings.xml" in book.namelist():
                table = ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
                for item in table.iterfind("main:si", name):
                    shared.append("".join(t.text or "" for t in item.iterfind(".//main:t", name)))
            return dict(_cells(ElementTree.fromstring(book.read(part)), name, shared, wanted))
    except (KeyError, StopIteration, ElementTree.ParseError, zipfile.BadZipFile):
        return None


def _cells(root, name, shared, wanted):
    number = 0
    for row in root.iterfind("main:sheetData/main:row", name):
        number = int(row.get("r") or number + 1)
        if number not in wanted:
            continue
        cells = []
        for cell in row.iterfind("main:c", name):
            letters = re.match("[A-Z]*", cell.get("r") or "").group()
            place = functools.reduce(lambda n, letter: n * 26 + ord(letter) - 64, letters, 0)
            at = place - 1 if letters else len(cells)
            cells += [""] * (at + 1 - len(cells))
            value = cell.find("main:v", name)
            if cell.get("t") == "s" and value is not None:
                cells[at] = shared[int(value.text)]
            elif cell.get("t") == "inlineStr":
                cells[at] = "".join(t.text or "" for t in cell.iterfind(".//main:t", name))
            elif value is not None:
                cells[at] = value.text or ""
        yield number, cells


def unfold(rows):
    """Row numbers of runs: ``2+3 4`` are 2, 3, 4, 5 and 9."""
    last = 0
    for run in rows.split():
        gap, _, more = run.partition("+")
        first = last + int(gap)
        last = first + int(more or 0)
        yield from range(first, last + 1)


def plain(cell):
    """Letters and digits of a cell, whatever their case."""
    return re.sub(r"\W+", "", unicodedata.normalize("NFC", str(cell)).casefold())


def number_of(cell):
    """A number that can only be read in one way, or None."""
    text = str(cell).strip()
    if re.fullmatch(r"\d+(\.\d+)?", text) and not re.fullmatch(r"\d{1,3}\.\d{3}", text):
        return Decimal(text)
    return None


class Figures:
    """The figures of a proof with their rows. ``rows``: figure → measure → [(block, row numbers, say it first)]."""

    def __init__(self, proof):
        self.proof = proof
        self.figures = {line["figure"]: line for line in proof.lines if "figure" in line}
        self.tables = {line["table"]: line for line in proof.lines if "table" in line}
        self.rows, self.cells, wanted = {}, {}, {}
        for block in (line for line in proof.lines if "rows" in line):
            numbers = list(unfold(block["rows"]))
            wanted.setdefault(block["of"], set()).update(numbers)
            for said in block["for"]:
                again = said.endswith(" again")
                figure, measure = said[: -6 if again else None].rsplit(" ", 1)
                of_figure = self.rows.setdefault(figure, {}).setdefault(measure, [])
                of_figure.append((block, numbers, not again))
        for number, rows in wanted.items():
            table = self.tables[number]
            if table["in"] not in proof.spoiled:
                self.cells[number] = rows_of(proof.raw / table["in"], table, rows)

    def verdict(self, figure):
        """How much is proved of a figure, and the reason where it is not."""
        line = self.figures[figure]
        found = [(INTACT, "để trống")]
        for measure in MEASURES:
            printed = line["values"].get(measure)
            if printed is not None:
                blocks = self.rows.get(figure, {}).get(measure, [])
                found.append(self._measure(line, Decimal(str(printed)), blocks))
        return min(found[1:] or found, key=lambda each: RISING.index(each[0]))

    def _measure(self, line, printed, blocks):
        opened = True
        for block, numbers, _ in blocks:
            table = self.tables[block["of"]]
            if table["in"] in self.proof.spoiled:
                return BROKEN, f"tệp {table['in'][:12]}… thiếu hoặc đã bị thay đổi"
            cells = self.cells[block["of"]]
            opened &= cells is not None
            if len(numbers) != block["count"]:
                return BROKEN, "danh mục đếm sai số dòng"
            if cells is not None and any(not any(map(plain, cells.get(n, ()))) for n in numbers):
                return BROKEN, f"tệp {table['in'][:12]}… không có dòng đã nêu"
        if line["counted"] == "things":
            counted = sum(len(numbers) for _, numbers, is_first in blocks if is_first)
            again = opened and self._tells_things_apart(line["named_by"], blocks)
        elif line["counted"] == "sum":
            added = sum((Decimal(block.get("tonnes") or 0) for block, _, _ in blocks), Decimal(0))
            counted, again = rounded(added), opened and self._sum_of_cells(blocks) == printed
        elif not blocks and printed:
            return BROKEN, f"in {printed}, không có dòng nào"
        else:
            stands = (self._stands(printed, block, n) for block, all_, _ in blocks for n in all_)
            return AGREES if opened and any(stands) else INTACT, ""
        if counted != printed:
            return BROKEN, f"in {printed}, các dòng cho {counted}"
        return RECOUNTED if again else AGREES, ""

    def _column(self, block, name, number):
        at = self.tables[block["of"]]["columns"].get(name)
        return "" if at is None else "".join(self.cells[block["of"]].get(number, ())[at : at + 1])

    def _tells_things_apart(self, names, blocks):
        """Whether the rows that count bear different names, and the others only names of these."""
        first, others = [], set()
        for block, numbers, is_first in blocks:
            for number in numbers:
                key = tuple(plain(self._column(block, name, number)) for name in names)
                if not key or not all(key):
                    return False
                first.append(key) if is_first else others.add(key)
        return bool(names) and len(set(first)) == len(first) and others <= set(first)

    def _sum_of_cells(self, blocks):
        added = Decimal(0)
        for block, numbers, _ in blocks:
            for number in numbers:
                weight = number_of(self._column(block, SUMMED, number))
                if weight is None:
                    return None
                added += weight
        return rounded(added / 1000)

    def _stands(self, printed, block, number):
        """Whether a number, or one of a pair of them, stands in a row."""
        cells = self.cells[block["of"]].get(number, ())
        return any(number_of(part) == printed for cell in cells for part in str(cell).split("/"))


def rounded(value):
    """As tonnes are printed."""
    return value.quantize(Decimal("0.001"), ROUND_HALF_UP)


def main(arguments=None):
    """Say what is changed, then what is proved of each figure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--raw", help="raw files by SHA-256; default: FOLDER/raw")
    parser.add_argument("--root", help="the root as printed in the signed workbook")
    parser.add_argument(
        "--rows", metavar="FIGURE", help='files and rows of one figure, as "II.3 22"'
    )
    asked = parser.parse_args(arguments)
    if not (Path(asked.folder) / "seal.json").exists():
        print(f"{asked.folder}: không có seal.json: báo cáo này không có bản chứng minh")
        return 2
    proof = Proof(asked.folder, asked.raw, asked.root)
    for name, what in proof.faults:
        print(f"{name}: {what}")
    if not proof.lines:
        return 1
    figures = Figures(proof)
    files = {line["sha256"]: line["file"] for line in proof.lines if "file" in line}
    broken = False
    for figure in figures.figures:
        if asked.rows not in (None, figure):
            continue
        level, why = figures.verdict(figure)
        broken |= level == BROKEN
        print(f"{figure}\t{level}{': ' + why if why else ''}")
        for measure, blocks in figures.rows.get(figure, {}).items() if asked.rows else ():
            for block, numbers, is_first in blocks:
                table = figures.tables[block["of"]]
                where = f"{measure}\t{files[table['in']]} {table['sheet'] or ''}".rstrip()
                print(
                    f"  {where}\t{', '.join(map(str, numbers))}{'' if is_first else ' (lặp lại)'}"
                )
    print(f"Mã gốc: {proof.seal['root']}")
    return 1 if proof.faults or broken else 0


if __name__ == "__main__":
    sys.exit(main())
