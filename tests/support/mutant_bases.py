"""Small legitimate files of every kind and source, to be spoiled."""

from __future__ import annotations

from pathlib import Path

import corpus
import loading
import texts

from lensan import samples
from lensan.domain.contracts import contracts
from lensan.intake.readers import letter

LINES = 8
LARGEST = 40 << 10


def write(folder: Path, scratch: Path) -> None:
    """Write them below ``folder``, as ``SOURCE/NAME.SUFFIX``: an invented province's smallest of each kind, and
    market prices in all formats and encodings."""
    samples.write(scratch / "world", seed=23, weeks=1, order_lines=60)
    for contract in contracts().values():
        kept = folder / contract.source
        kept.mkdir(parents=True)
        found = sorted((scratch / "world" / contract.location).rglob("*"), key=_size)
        for path in [each for each in found if each.is_file()][:4]:
            content = path.read_bytes()
            if path.suffix in (".csv", ".jsonl"):
                content = b"".join(content.splitlines(keepends=True)[:LINES])
            if len(content) < LARGEST:
                (kept / path.name).write_bytes(content)
    form = loading.form()[1]
    (folder / "districts" / "a.docx").write_bytes(texts.smallest(texts.word(form)))
    for kind, body in (("html", texts.web(form)), ("plain", texts.lines(form, "\t"))):
        content = letter.MARK + f"text/{kind}\n{body}".encode()
        (folder / "districts" / f"{kind}.mail").write_bytes(content)
    prices = folder / "prices"
    corpus.workbook(prices / "a.xlsx")
    corpus.merged_cells(prices / "merged.xlsx")
    corpus.two_tables_on_a_sheet(prices / "two.xlsx")
    corpus.ods(prices / "a.ods")
    corpus.excel_5(prices / "a.xls")
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        corpus.encoded(encoding)(prices / f"{encoding}.csv")
    corpus.bytes_of(corpus.windows_1258(corpus.csv_text()))(prices / "windows-1258.csv")


def _size(path: Path) -> int:
    return path.stat().st_size
