"""Kiểm tra số liệu của một báo cáo mà không cần kho dữ liệu hay phần mềm Lên Sàn.

    python3 verify.py THƯ-MỤC [--raw THƯ-MỤC-TỆP-GỐC] [--root MÃ-GỐC] [--rows "II.3 22"]

Only the standard library of Python 3.9 or later. The folder holds the report's files, manifest.jsonl, seal.json,
parts/ and raw/ (by their SHA-256: what the manifest refers to, and the raw files). Ends with 0 where nothing was
changed and every figure agrees with its rows, with 1 where not, with 2 where the folder is no proof. What is proved:

  NGUYÊN VẸN   its rows stand in files whose bytes are unchanged (of kinds that cannot be opened here: the files)
  KHỚP         the same, and the manifest, which says what rows are the same thing and what they weigh, counts there
               what is printed; of what a unit declared: the number stands in a row of its form
  TÍNH LẠI     the same, and the things are told apart, or the tonnes added up, from the cells of the rows alone

Not proved: that no row is left out, and that a row counts by the rules. Who could change report, manifest and seal
together is found by --root alone: the root as printed in the signed workbook, or as the audit chain has it.
"""

import argparse
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
RISING = ("KHÔNG CHỨNG MINH ĐƯỢC", "NGUYÊN VẸN", "KHỚP", "TÍNH LẠI")
BROKEN, INTACT, AGREES, RECOUNTED = RISING
SUMMED, AGAIN = "weight_kg", "again"


def sha256(content):
    """In hex."""
    return hashlib.sha256(content).hexdigest()


def bytes_of(path):
    """Of a file; nothing of one that is missing."""
    return path.read_bytes() if path.is_file() else b""


def merkle_root(leaves):
    """RFC 6962: leaves are hashed behind 0x00, nodes behind 0x01; an odd last one goes up as it is."""
    level = [hashlib.sha256(b"\0" + leaf).digest() for leaf in leaves]
    while len(level) > 1:
        pairs = [level[at] + level[at + 1] for at in range(0, len(level) - 1, 2)]
        above = [hashlib.sha256(b"\1" + pair).digest() for pair in pairs]
        level = above + level[len(above) * 2 :]
    return level[0].hex() if level else sha256(b"")


class Proof:
    """What was read of a folder. ``faults``: (file, what is wrong with it); ``spoiled``: SHA-256 of raw files
    whose rows prove nothing."""

    def __init__(self, folder, raw=None, root=None):
        self.folder, self.raw = Path(folder), Path(raw or Path(folder) / "raw")
        self.faults, self.lines, self.parts, self.spoiled = [], [], [], set()
        self.seal = self._seal()
        if self.seal is not None:
            self._manifest(root)
            self._report()
            self._parts()
            self._raw_files()

    def _fault(self, name, what):
        self.faults.append((str(name), what))

    def _seal(self):
        line, _, own = bytes_of(self.folder / "seal.json").partition(b"\n")
        if own == sha256(line).encode() + b"\n":
            return json.loads(line)
        return self._fault("seal.json", "thiếu hoặc đã bị thay đổi")

    def _manifest(self, root):
        content = bytes_of(self.folder / "manifest.jsonl")
        lines = content.split(b"\n")[:-1]
        if sha256(content) != self.seal["manifest"]:
            self._fault("manifest.jsonl", "thiếu hoặc đã bị thay đổi")
        elif merkle_root(lines) != self.seal["root"]:
            self._fault("manifest.jsonl", "không cho ra mã gốc đã niêm phong")
        else:
            self.manifest = b"[" + b",".join(lines) + b"]"
            self.lines = json.loads(self.manifest)
        if root and root.strip().lower() != self.seal["root"]:
            self._fault("seal.json", "mã gốc khác với mã gốc đã cho (--root)")

    def _report(self):
        for name, digest in sorted(self.seal["files"].items()):
            path = self.folder / name
            if not path.is_file():
                self._fault(name, "thiếu")
            elif sha256(path.read_bytes()) != digest:
                self._fault(name, "đã bị thay đổi")
            elif name.endswith(".xlsx") and self.seal["root"] not in texts_of(path):
                self._fault(name, "không in mã gốc")
            elif name.endswith(".json") and self.lines:
                self._figures(name, json.loads(path.read_bytes(), parse_float=str, parse_int=str))

    def _figures(self, name, printed):
        """figures.json says what the manifest says, figure by figure."""
        if printed.get("root") != self.seal["root"]:
            self._fault(name, "không ghi mã gốc")
        exact = json.loads(self.manifest, parse_float=str, parse_int=str)
        ours = {line["figure"]: line["values"] for line in exact if "figure" in line}
        theirs = {f"{each['indicator']} {each['unit']}": each for each in printed["figures"]}
        for figure in sorted({*ours, *theirs}):
            if ours.get(figure) != {k: v for k, v in theirs.get(figure, {}).items() if k != "note"}:
                self._fault(name, f"{figure} khác với danh mục")

    def _parts(self):
        """``parts``: the lines of the manifest, then those of each part that it refers to, with the reference."""
        self.parts.append((None, self.lines))
        for line in (line for line in self.lines if "part" in line):
            content = bytes_of(self.folder / "parts" / line["part"])
            if sha256(content) == line["part"]:
                self.parts.append((line, [json.loads(each) for each in content.splitlines()]))
            else:
                self.spoiled.add("parts")
                self._fault(f"parts/{line['part']}", "thiếu hoặc đã bị thay đổi")
        lines = [line for _, lines in self.parts for line in lines]
        self.files = {line["sha256"]: line["file"] for line in lines if "file" in line}

    def _raw_files(self):
        rewritten = bytes_of(self.folder / "rewritten.json")
        for digest, name in self.files.items():
            path = self.raw / digest
            if path.is_file() and sha256(path.read_bytes()) == digest:
                continue
            what = "đã bị thay đổi" if path.is_file() else "thiếu"
            if what == "thiếu" and digest.encode() in rewritten:
                what = "đã được ghi lại để xóa dữ liệu của một người"
            self.spoiled.add(digest)
            self._fault(f"raw/{digest}", f"{name}: {what}")


def texts_of(path):
    """All texts of a workbook, as one."""
    with zipfile.ZipFile(path) as book:
        names = [n for n in book.namelist() if re.match("xl/(sharedStrings|worksheets/sheet)", n)]
        return "".join(book.read(name).decode("utf-8", "replace") for name in names)


def rows_of(path, table, wanted):
    """Row number → cells as texts, of the wanted rows; None where the kind cannot be opened here."""
    content = path.read_bytes()
    if content.startswith(b"PK"):
        return _workbook(path, table["sheet"], wanted)
    if content.startswith((bytes.fromhex("d0cf11e0"), b"\x09\x08")):
        return None
    is_wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = content.decode("utf-16" if is_wide else "utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("utf-16" if is_wide else "latin-1", "replace")
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
    is_list = text.lstrip().startswith("[")
    records = json.loads(text) if is_list else [_record(line) for line in text.split("\n")]
    keys = dict.fromkeys(key for each in records if isinstance(each, dict) for key in each)
    return {
        number: ["" if record.get(key) is None else str(record[key]) for key in keys]
        for number, record in enumerate(records, 1)
        if number in wanted and isinstance(record, dict)
    }


def _record(line):
    try:
        return json.loads(line)
    except ValueError:
        return None


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
        first, last = last + int(gap), last + int(gap) + int(more or 0)
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
    """The figures of a proof with their rows. ``rows``: figure → measure → [(block, row numbers, thing)]. thing: None
    where each row is one of its own, AGAIN where rows say again what another says, else what all of them say."""

    def __init__(self, proof):
        self.proof = proof
        self.figures = {line["figure"]: line for line in proof.lines if "figure" in line}
        self.rows, self.cells, wanted = {}, {}, {}
        for reference, lines in proof.parts:
            tables = {line["table"]: line for line in lines if "table" in line}
            for block in (line for line in lines if "rows" in line):
                block["of"] = table = tables[block["of"]]
                block["from"] = "parts" if reference else "manifest"
                numbers = list(unfold(block["rows"]))
                _, rows = wanted.setdefault((table["in"], table["sheet"]), (table, set()))
                rows.update(numbers)
                for said in block["for"]:
                    self._count(reference, block, numbers, *said.split(" ", 3))
        for place, (table, rows) in wanted.items():
            if table["in"] not in proof.spoiled:
                self.cells[place] = rows_of(proof.raw / table["in"], table, rows)

    def _count(self, reference, block, numbers, code, unit, measure, thing=None):
        """A part says * of a measure, and speaks of lines also where the figure is what a unit declared."""
        figure = f"{code} {unit}"
        if reference and self.figures.get(figure, {}).get("counted") in (None, "rows"):
            return
        for each in reference["for"] if reference else ["*"]:
            of_figure = self.rows.setdefault(figure, {})
            of_figure.setdefault(measure.replace("*", each), []).append((block, numbers, thing))

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
            digest = block["of"]["in"]
            for lost in sorted({block["from"], digest} & self.proof.spoiled):
                return BROKEN, f"tệp {lost[:12]}… thiếu hoặc đã bị thay đổi"
            cells = self._cells(block)
            opened &= cells is not None
            if len(numbers) != block["count"]:
                return BROKEN, "danh mục đếm sai số dòng"
            if cells is not None and any(not any(map(plain, cells.get(n, ()))) for n in numbers):
                return BROKEN, f"tệp {digest[:12]}… không có dòng đã nêu"
        if line["counted"] == "things":
            counted = sum(len(numbers) for _, numbers, thing in blocks if thing is None)
            counted += len({thing for _, _, thing in blocks} - {None, AGAIN})
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

    def _cells(self, block):
        return self.cells[block["of"]["in"], block["of"]["sheet"]]

    def _column(self, block, name, number):
        at = block["of"]["columns"].get(name)
        return "" if at is None else "".join(self._cells(block).get(number, ())[at : at + 1])

    def _tells_things_apart(self, names, blocks):
        """Whether the rows that count bear different names, and the others only names of these."""
        told, others = {}, set()
        for block, numbers, thing in blocks:
            for number in numbers:
                key = tuple(plain(self._column(block, name, number)) for name in names)
                if not key or not all(key):
                    return False
                own = told.setdefault(thing or (id(block), number), set())
                (others if thing == AGAIN else own).add(key)
        told.pop(AGAIN, None)
        keys, of_each = set().union(*told.values()), sum(map(len, told.values()))
        return bool(names) and len(told) == len(keys) == of_each and others <= keys

    def _sum_of_cells(self, blocks):
        rows = [(block, number) for block, numbers, _ in blocks for number in numbers]
        weights = [number_of(self._column(block, SUMMED, number)) for block, number in rows]
        return None if None in weights else rounded(sum(weights, Decimal(0)) / 1000)

    def _stands(self, printed, block, number):
        """Whether a number, or one of a pair of them, stands in a row."""
        cells = self._cells(block).get(number, ())
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
    parser.add_argument("--rows", metavar="FIGURE", help='rows of one figure, as "II.3 22"')
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
    broken = False
    for figure in (each for each in figures.figures if asked.rows in (None, each)):
        level, why = figures.verdict(figure)
        broken |= level == BROKEN
        print(f"{figure}\t{level}{': ' + why if why else ''}")
        for measure, blocks in figures.rows.get(figure, {}).items() if asked.rows else ():
            for block, numbers, thing in blocks:
                table = block["of"]
                where = f"{measure}\t{proof.files[table['in']]} {table['sheet'] or ''}".rstrip()
                again = " (lặp lại)" if thing == AGAIN else ""
                print(f"  {where}\t{', '.join(map(str, numbers))}{again}")
    print(f"Mã gốc: {proof.seal['root']}")
    return 1 if proof.faults or broken else 0


if __name__ == "__main__":
    sys.exit(main())
