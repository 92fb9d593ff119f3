"""What tables and forms stand in a document, where each begins and ends, and what its rows are.

Pure: a document and its contract give sections. Source of the rules: docs/rules/sources.md#recognised
and docs/rules/sources.md#district-submissions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from lensan.domain.contracts import Contract
from lensan.domain.places import Places, places
from lensan.domain.problems import Rejection
from lensan.intake import heading, readers, recognise, recognise_form
from lensan.intake.cells import is_blank
from lensan.intake.heading import Heading
from lensan.intake.landing import Arrival
from lensan.intake.readers import SourceDocument, SourceRow, SourceTable
from lensan.intake.recognise import ListLayout
from lensan.intake.recognise_form import FormLayout

SPREADSHEETS = ("xlsx", "xls", "ods")
ENTITY_ORDER = ("stall", "listing", "order_line")


class MarkedRow(NamedTuple):
    """A row of a list; ``kind``: blank, header, total, note or unreadable; null where it is data."""

    row: SourceRow
    kind: str | None


class MarkedFormRow(NamedTuple):
    """A row of a form; ``kind``: blank, header or note; null where it is data. ``code``: the indicator
    that its label names; null where it names none."""

    row: SourceRow
    kind: str | None
    code: str | None


@dataclass(frozen=True)
class ListSection:
    """A list or export. ``number``: of the table in its file, from 0; ``header_row``: null where the
    format has none. ``rows`` may be iterated again and then are read anew. ``of_spreadsheet``:
    further lines of an order may leave the order's number blank, too."""

    number: int
    sheet: str | None
    layout: ListLayout
    header_row: int | None
    rows: Iterable[MarkedRow]
    date1904: bool = False
    of_spreadsheet: bool = False


@dataclass(frozen=True)
class FormSection:
    """A filled-in form. ``heading``: what stands between it and the table above; ``above``: all that
    stands above it on its sheet; ``place``: of its sheet in the document, from 0."""

    number: int
    sheet: str | None
    layout: FormLayout
    header_row: int
    rows: Sequence[MarkedFormRow]
    heading: Heading
    above: Heading
    place: int


Section = ListSection | FormSection


@dataclass(frozen=True)
class Sections:
    """All that was found in a document; ``rows_outside``: rows that belong to no section."""

    found: tuple[Section, ...]
    rows_outside: int

    @property
    def forms(self) -> list[FormSection]:
        """The forms, sheets in the order of the document."""
        forms = [section for section in self.found if isinstance(section, FormSection)]
        return sorted(forms, key=lambda form: (form.place, form.header_row))

    @property
    def rank(self) -> int:
        """Sellers before products before orders, so that files found together make no orphans."""
        entities = [s.layout.entity.name for s in self.found if isinstance(s, ListSection)]
        first = entities[0] if entities else None
        return ENTITY_ORDER.index(first) if first in ENTITY_ORDER else 0


def read(contract: Contract, arrival: Arrival) -> Sections | Rejection:
    """Open a file and find its sections; of one that cannot be opened why."""
    try:
        return sections(readers.open_document(arrival.path, name=arrival.name), contract)
    except Rejection as verdict:
        return verdict


def sections(document: SourceDocument, contract: Contract) -> Sections:
    """Find the tables and forms of a document. Raises Unreadable where its first lines cannot be read."""
    search = _Search(contract, places())
    if document.kind in SPREADSHEETS:
        # What is hidden counts too, but what the sender sees has the last word.
        order = sorted(enumerate(document.tables), key=lambda each: not each[1].hidden)
        for place, table in order:
            search.sheet(table, place)
    else:
        for table in document.tables:
            search.stream(table)
    return Sections(tuple(search.found), search.rows_outside)


class _Search:
    """What is found, table by table."""

    def __init__(self, contract: Contract, places: Places) -> None:
        self.contract = contract
        self.places = places
        self.found: list[Section] = []
        self.rows_outside = 0

    # ------------------------------------------------------------ spreadsheets

    def sheet(self, table: SourceTable, place: int) -> None:
        """All sections of a sheet, from the top."""
        rows = list(table.rows)
        position = table_end = 0
        while position < len(rows):
            below = rows[position + 1].cells if position + 1 < len(rows) else None
            layout = recognise.list_layout(self.contract, rows[position].cells, below)
            form = self._form_layout(rows, position) if layout is None else None
            if layout is not None:
                position, table_end = self._list(table, rows, position, layout)
            elif form is not None:
                position, table_end = self._form(table, place, rows, position, table_end, form)
            else:
                self.rows_outside += 1
                position += 1

    def _form_layout(self, rows: Sequence[SourceRow], position: int) -> FormLayout | None:
        if self.contract.kind != "submission":
            return None
        return recognise_form.form_layout(
            rows[position].cells, *recognise_form.cells_below(rows, position)
        )

    def _starts_table(self, rows: Sequence[SourceRow], position: int) -> bool:
        cells = rows[position].cells
        if sum(1 for cell in cells if isinstance(cell, str)) < 2:
            return False
        return (
            recognise.list_layout(self.contract, cells, None) is not None
            or self._form_layout(rows, position) is not None
        )

    def _list(
        self, table: SourceTable, rows: list[SourceRow], start: int, layout: ListLayout
    ) -> tuple[int, int]:
        """A list from its header to the next header or the end of the sheet; returns the position behind
        it and that behind its last row of data."""
        first = start + layout.height
        kept = [MarkedRow(row, "header") for row in rows[start:first]]
        ended = False
        position = first
        while position < len(rows):
            row = rows[position]
            kind = recognise.not_data(row.cells, layout)
            if kind is None and position == first and recognise.numbers_the_columns(row.cells):
                kind = "header"
            if kind in (None, "note") and (ended or recognise.ends_table(row.cells)):
                ended = True
                kind = "note"
            if kind in (None, "note") and self._starts_table(rows, position):
                break
            kept.append(MarkedRow(row, kind))
            position += 1
        self.found.append(
            ListSection(
                len(self.found),
                table.sheet,
                layout,
                rows[start].number,
                kept,
                date1904=table.date1904,
                of_spreadsheet=True,
            )
        )
        table_end = max(
            i for i, (_, kind) in enumerate(kept, start + 1) if kind in (None, "header")
        )
        return position, table_end

    def _form(
        self,
        table: SourceTable,
        place: int,
        rows: list[SourceRow],
        start: int,
        above_end: int,
        layout: FormLayout,
    ) -> tuple[int, int]:
        """A form from its header to the next table or the end of the sheet; returns like ``_list``.
        ``above_end``: where the table above it ended."""
        kept: list[MarkedFormRow] = []
        ended = False
        in_header = in_table = True
        header_end = table_end = start + layout.height
        position = start
        while position < len(rows):
            row = rows[position]
            if all(map(is_blank, row.cells)):
                kept.append(MarkedFormRow(row, "blank", None))
                position += 1
                continue
            again = recognise_form.form_layout(row.cells)
            code = None
            if position < header_end or (
                in_header and recognise_form.continues_header(row.cells, layout)
            ):
                kind: str | None = "header"
            elif again is not None and in_table and again.headers == layout.headers:
                # Printed once more at the top of a page, right below a row of the table.
                kind = "header"
            elif again is not None or recognise.list_layout(self.contract, row.cells) is not None:
                break
            else:
                in_header = False
                ended = ended or recognise.ends_table(row.cells)
                kind, code = ("note", None) if ended else recognise_form.form_row(row.cells, layout)
            in_table = code is not None or kind == "header"
            if in_table:
                table_end = position + 1
            kept.append(MarkedFormRow(row, kind, code))
            position += 1
        self.found.append(
            FormSection(
                len(self.found),
                table.sheet,
                layout,
                rows[start].number,
                kept,
                self._heading(rows[above_end:start]),
                self._heading(rows[:start]),
                place,
            )
        )
        return position, table_end

    def _heading(self, rows: Sequence[SourceRow]) -> Heading:
        return heading.read_heading(recognise_form.heading_lines(rows), self.places, self.contract)

    # ------------------------------------------------------------ CSV and JSON Lines

    def stream(self, table: SourceTable) -> None:
        """A delimited file: its header within the first rows, then data to the end, never all in memory."""
        if table.header is not None:
            layout = recognise.list_layout(self.contract, table.header)
            if layout is not None:
                self._add_stream(table, layout, 0, None)
            return
        for above, row in enumerate(islice(table.rows, recognise.HEADER_SEARCH_ROWS)):
            layout = recognise.list_layout(self.contract, row.cells)
            if layout is not None:
                self.rows_outside += above
                self._add_stream(table, layout, above, row.number)
                return

    def _add_stream(
        self, table: SourceTable, layout: ListLayout, above: int, header_row: int | None
    ) -> None:
        rows = _StreamedRows(table, layout, above, has_header=header_row is not None)
        self.found.append(ListSection(len(self.found), table.sheet, layout, header_row, rows))


@dataclass(frozen=True)
class _StreamedRows:
    """The rows of a delimited file from its header on, read anew each time."""

    table: SourceTable
    layout: ListLayout
    above: int
    has_header: bool

    def __iter__(self) -> Iterator[MarkedRow]:
        rows = islice(self.table.rows, self.above, None)
        if self.has_header:
            for row in islice(rows, 1):
                yield MarkedRow(row, "header")
        first = self.layout.headers[:1]
        for row in rows:
            cells = row.cells
            if row.note == "unreadable":
                yield MarkedRow(row, "unreadable")
            # Only short rows can be blank, total or header rows; the test costs more than the row.
            elif (
                len(cells) < 3
                or cells.count(None) + cells.count("") > len(cells) // 2
                or cells[:1] == first
            ):
                yield MarkedRow(row, recognise.not_data(cells, self.layout))
            else:
                yield MarkedRow(row, None)
