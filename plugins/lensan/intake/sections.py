"""What tables and forms stand in a document, where each begins and ends, and what its rows are.

Pure: a document and its contract give sections. Source of the rules: docs/rules/sources.md#recognised
and docs/rules/sources.md#district-submissions.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lensan.domain import problems, report_forms
from lensan.domain.contracts import Contract
from lensan.domain.places import Places, places
from lensan.domain.problems import Problem, Rejection
from lensan.intake import (
    data_rows,
    form_plan,
    heading,
    landing,
    merged,
    readers,
    recognise,
    recognise_form,
)
from lensan.intake.cells import is_blank, kept_value
from lensan.intake.heading import Heading
from lensan.intake.landing import Arrival
from lensan.intake.readers import SourceDocument, SourceRow, SourceTable, asking
from lensan.intake.readers.model import MOST_TABLES, Stream
from lensan.intake.recognise import ListLayout
from lensan.intake.recognise_form import FormLayout

if TYPE_CHECKING:
    from lensan.intake.readers.blocks import Block
from lensan.intake.readers.earlier import EarlierLines

SPREADSHEETS = ("xlsx", "xls", "ods", "docx", "mail")
ENTITY_ORDER = ("stall", "listing", "order_line")


class MarkedRow(NamedTuple):
    """A row of a list; ``kind``: blank, header, total, note or unreadable; null where it is data.
    ``doubts``: what is to be told of the table, at this row."""

    row: SourceRow
    kind: str | None
    doubts: tuple[Problem, ...] = ()


class MarkedFormRow(NamedTuple):
    """A row of a form; ``kind``: blank, header or note; null where it is data. ``code``: the indicator
    that its label names; null where it names none."""

    row: SourceRow
    kind: str | None
    code: str | None
    doubts: tuple[Problem, ...] = ()


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
    stands above it on its sheet; ``place``: of its sheet in the document, from 0;
    ``hidden``: whether the sheet is."""

    number: int
    sheet: str | None
    layout: FormLayout
    header_row: int
    rows: Sequence[MarkedFormRow]
    heading: Heading
    above: Heading
    place: int
    hidden: bool = False


Section = ListSection | FormSection


@dataclass(frozen=True)
class Sections:
    """All that was found in a document; ``rows_outside``: rows that belong to no section; ``unread``: tables
    that look like one of ours and are none."""

    found: tuple[Section, ...]
    rows_outside: int
    unread: tuple[Problem, ...] = ()
    ignored_sheets: tuple[str, ...] = ()
    """Sheets with rows, in none of which a section was found; in the order of the document."""
    whole: Callable[..., None] = field(default=lambda **_: None, compare=False)
    """Waits until all of the document is read; raises Unreadable where it cannot be."""

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
    """Open a file and find its sections; of one that cannot be opened why. A fault of ours is a verdict
    on this file alone, too. Of a delimited file the rest may still be read: who has taken its rows asks ``whole``.
    Raises landing.SpoiledError where its bytes are not what was received: no verdict on the file, they may come again."""
    try:
        asking.expect()
        landing.prove(arrival)
        document = readers.open_document(arrival.path, name=arrival.name, ahead=True)
        try:
            found = of_document(document, contract)
        except Exception:
            # What its reader says of a file comes before what we make of it.
            document.whole()
            found = of_document(document, contract)
        return replace(found, whole=document.whole)
    except landing.SpoiledError:
        raise
    except Rejection as verdict:
        return verdict
    except Exception as error:
        return problems.unexpected(error)


def of_document(document: SourceDocument, contract: Contract) -> Sections:
    """The sections of a document, and the sheets that have none. Raises Unreadable as ``sections``, and for
    more tables than a file may have."""
    found = sections(document, contract)
    if len(found.found) > MOST_TABLES:
        raise readers.Unreadable("too_many_sheets", f"{len(found.found)} tables", case="tables")
    if not found.found and any(map(_is_ours, document.tables)):
        return replace(found, unread=(Problem("not_recognised", {"case": "ours"}),))
    return replace(found, ignored_sheets=_ignored_sheets(document, found))


def _ignored_sheets(document: SourceDocument, read: Sections) -> tuple[str, ...]:
    used = {section.sheet for section in read.found}
    return tuple(
        table.sheet
        for table in document.tables
        if table.sheet is not None
        and table.sheet not in used
        and not _is_ours(table)
        and not _is_guide(table)
        and any(not all(map(is_blank, row.cells)) for row in table.rows)
    )


def _is_guide(table: SourceTable) -> bool:
    """Whether a sheet is the guide of a blank form, to which nobody has added a word."""
    ours = report_forms.guide()
    return all(is_blank(cell) or cell in ours for row in table.rows for cell in row.cells)


def _is_ours(table: SourceTable) -> bool:
    return any(recognise.is_ours(row.cells) for row in islice(table.rows, 1))


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
    return Sections(tuple(search.found), search.rows_outside, tuple(search.unread))


class _Search:
    """What is found, table by table."""

    def __init__(self, contract: Contract, places: Places) -> None:
        self.contract = contract
        self.places = places
        self.found: list[Section] = []
        self.rows_outside = 0
        self.unread: list[Problem] = []

    # ------------------------------------------------------------ spreadsheets

    def sheet(self, table: SourceTable, place: int) -> None:
        """All sections of a sheet, from the top."""
        rows = list(table.rows)
        if rows and recognise.is_ours(rows[0].cells):
            self.rows_outside += len(rows)
            return
        position = table_end = 0
        while position < len(rows):
            below = rows[position + 1].cells if position + 1 < len(rows) else None
            layout = recognise.list_layout(
                self.contract, rows[position].cells, below, table.hidden_columns
            )
            form = self._form_layout(table, rows, position) if layout is None else None
            if layout is not None:
                position, table_end = self._list(table, rows, position, layout)
            elif form is not None:
                position, table_end = self._form(table, place, rows, position, table_end, form)
            else:
                self._look_outside(table.sheet, rows[position])
                self.rows_outside += 1
                position += 1

    def _look_outside(self, sheet: str | None, row: SourceRow) -> None:
        """Note a row outside all tables that may be the header of one."""
        where = {"sheet": sheet or "", "row": row.number}
        if self.contract.kind == "submission" and recognise_form.resembles_form(row.cells):
            case = {"case": "csv"} if sheet is None else {}
            self.unread.append(Problem("form_not_read", {**case, **where}))
            return
        found = recognise.resembling(self.contract, row.cells)
        if found is not None:
            entity, missing = found
            told = {**where, "label": entity.label, "lists": list(missing)}
            self.unread.append(Problem("table_not_read", told))

    def _form_layout(
        self, table: SourceTable, rows: Sequence[SourceRow], position: int
    ) -> FormLayout | None:
        if self.contract.kind != "submission":
            return None
        return recognise_form.form_layout(
            rows[position].cells,
            *recognise_form.cells_below(rows, position),
            hidden=table.hidden_columns,
        )

    def _starts_table(self, table: SourceTable, rows: Sequence[SourceRow], position: int) -> bool:
        cells = rows[position].cells
        if sum(1 for cell in cells if isinstance(cell, str)) < 2:
            return False
        return (
            recognise.list_layout(self.contract, cells, None) is not None
            or self._form_layout(table, rows, position) is not None
        )

    def _list(
        self, table: SourceTable, rows: list[SourceRow], start: int, layout: ListLayout
    ) -> tuple[int, int]:
        """A list from its header to the next header or the end of the sheet; returns the position behind
        it and that behind its last row of data."""
        first = start + layout.height
        merged.fill_down(table, rows, first, layout)
        merged.doubt_changed(table, rows, first, list(layout.columns.values()))
        told = _hidden_columns(layout, table.hidden_columns)
        kept = [MarkedRow(row, "header") for row in rows[start:first]]
        kept[0] = kept[0]._replace(doubts=told)
        kinds: list[str | None] = []
        only_data = data_rows.only_data(self.contract, layout, rows, first)
        position = first
        while position < len(rows):
            if only_data[position - first]:
                kinds.append(None)
                position += 1
                continue
            kind = self._list_row(rows[position], layout, is_first=position == first)
            if kind in (None, "note") and self._starts_table(table, rows, position):
                break
            kinds.append(kind)
            position += 1
        kept += _until_signature(rows[first:position], kinds, only_data, layout)
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
        table_end = max(i for i, row in enumerate(kept, start + 1) if row.kind in (None, "header"))
        return position, table_end

    @staticmethod
    def _list_row(row: SourceRow, layout: ListLayout, *, is_first: bool) -> str | None:
        """What a row below a list's header is; null where it is data."""
        kind = recognise.not_data(row.cells, layout)
        if (
            kind is None
            and is_first
            and (
                recognise.numbers_the_columns(row.cells)
                or recognise.translates_header(row.cells, layout)
            )
        ):
            return "header"
        return kind

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
        said = self._heading(rows[above_end:start])
        below = _until_next_form(rows, start + layout.height, layout)
        layout = form_plan.with_plans(layout, below, rows[:start], said)
        last = _last_of_form(below, start + layout.height, layout)
        merged.doubt_values(table, rows, start + layout.height, layout)
        in_header, in_table, ended = True, True, False
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
                ended = ended or (position > last and recognise.ends_table(row.cells))
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
                said,
                self._heading(rows[:start]),
                place,
                table.hidden,
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
            else:
                self._look_outside(None, SourceRow(1, table.header))
            return
        for above, row in enumerate(islice(table.rows, recognise.HEADER_SEARCH_ROWS)):
            layout = recognise.list_layout(self.contract, row.cells)
            if layout is not None:
                self.rows_outside += above
                self._add_stream(table, layout, above, row.number)
                return
            self._look_outside(None, row)

    def _add_stream(
        self, table: SourceTable, layout: ListLayout, above: int, header_row: int | None
    ) -> None:
        rows = StreamedRows(table, layout, above, has_header=header_row is not None)
        self.found.append(ListSection(len(self.found), table.sheet, layout, header_row, rows))


@dataclass(frozen=True)
class MarkedBlock:
    """Many rows of a list at once: those of data in ``data``, all others in ``others``, in their order."""

    data: Block
    others: tuple[MarkedRow, ...]

    def rows(self) -> Iterator[MarkedRow]:
        """All rows one by one, in their order."""
        data = (MarkedRow(row, None) for row in self.data.rows())
        return heapq.merge(data, self.others, key=lambda marked: marked.row.number)


@dataclass(frozen=True)
class StreamedRows:
    """The rows of a delimited file from its header on, read anew each time; ``parts`` gives the same, where
    it can many at once. ``earlier``: lines that are passed over, since they are known."""

    table: SourceTable
    layout: ListLayout
    above: int
    has_header: bool
    earlier: EarlierLines | None = None

    def __iter__(self) -> Iterator[MarkedRow]:
        for part in self.parts():
            if isinstance(part, MarkedRow):
                yield part
            else:
                yield from part.rows()

    def parts(self) -> Iterator[MarkedRow | MarkedBlock]:
        """The rows, those of a block together."""
        rows = self.table.rows
        known = () if self.earlier is None else (self.earlier,)
        parts = rows.parts(*known) if isinstance(rows, Stream) else iter(rows)
        header_at = self.above if self.has_header else -1
        for at, part in enumerate(islice(parts, self.above, None), self.above):
            if not isinstance(part, SourceRow):
                yield self._marked_block(part)
            elif at == header_at or (
                self.has_header
                and at == header_at + 1
                and recognise.translates_header(part.cells, self.layout)
            ):
                yield MarkedRow(part, "header")
            else:
                yield self._marked(part)

    def _marked(self, row: SourceRow) -> MarkedRow:
        cells = row.cells
        if row.note == "unreadable":
            return MarkedRow(row, "unreadable")
        name = self.layout.columns.get("name", 0)
        # Only short rows can be blank, total or header rows; the test costs more than the row.
        if (
            len(cells) < 3
            or cells.count(None) + cells.count("") > len(cells) // 2
            or cells[:1] == self.layout.headers[:1]
            or any(map(_may_be_total, (cells[0], *cells[name : name + 1])))
        ):
            kind = recognise.not_data(cells, self.layout)
            return MarkedRow(row, kind, _told_of_total(row, kind, self.layout))
        return MarkedRow(row, None)

    def _marked_block(self, block: Block) -> MarkedBlock:
        """As ``_marked`` for each row of a block, whose rows are no wider than its header."""
        if not len(block):
            return MarkedBlock(block, ())
        columns = block.columns
        blanks = sum(_are_equal(each, "").astype(int) for each in columns)
        unclear = (blanks > len(columns) // 2) | (len(columns) < 3)
        unclear |= _are_equal(columns[0], self.layout.headers[0])
        for at in {0, self.layout.columns.get("name", 0)}:
            unclear |= _may_be_totals(columns[at])
        marked = list(map(self._marked, block.rows_at(np.flatnonzero(unclear)).values()))
        others = tuple(each for each in marked if each.kind is not None)
        if not others:
            return MarkedBlock(block, ())
        numbers = np.array([each.row.number for each in others])
        return MarkedBlock(block.only(~np.isin(block.numbers, numbers)), others)


def _may_be_total(cell: Any) -> bool:
    return cell.__class__ is str and recognise.MAYBE_TOTAL.match(cell) is not None


def _are_equal(column: pa.DictionaryArray, text: str) -> np.ndarray:
    """Of each row, whether the text stands in the column."""
    equal: np.ndarray = pc.equal(column.dictionary, text).to_numpy(zero_copy_only=False)
    found: np.ndarray = equal[column.indices.to_numpy()]
    return found


_NO_TOTAL = "^[!-BD-FH-KM-RU-bd-fh-km-ru-~]"
"""ASCII with which nothing begins that recognise.MAYBE_TOTAL knows."""


def _may_be_totals(column: pa.DictionaryArray) -> np.ndarray:
    """Of each row, whether its cell in the column may be the name of a total."""
    texts = column.dictionary
    found: np.ndarray = np.zeros(len(texts), bool)
    asked = np.flatnonzero(~pc.match_substring_regex(texts, _NO_TOTAL).to_numpy(False))
    found[asked] = [_may_be_total(text) for text in texts.take(pa.array(asked)).to_pylist()]
    of_rows: np.ndarray = found[column.indices.to_numpy()]
    return of_rows


def _until_signature(
    rows: Sequence[SourceRow],
    kinds: Sequence[str | None],
    only_data: Sequence[bool],
    layout: ListLayout,
) -> list[MarkedRow]:
    """The rows of a list from its header on. A signature's words end it where no row that is complete stands
    below; what else stands there is counted, and told at the signature's row. ``only_data``: rows of which
    nothing else need be asked; they are complete."""

    def is_complete(at: int) -> bool:
        return only_data[at] or recognise.is_complete(rows[at].cells, layout)

    last = next((i for i in reversed(range(len(rows))) if kinds[i] is None and is_complete(i)), -1)
    kept: list[MarkedRow] = []
    signed: int | None = None
    unread = 0
    for i, (row, kind) in enumerate(zip(rows, kinds, strict=True)):
        if only_data[i]:
            kept.append(MarkedRow(row, None))
            continue
        if kind in (None, "note") and recognise.ends_table(row.cells):
            if i > last:
                signed = len(kept) if signed is None else signed
            if i > last or not is_complete(i):
                kind = "note"
        elif signed is not None and kind in (None, "note"):
            kind = "note"
            unread += len({str(c) for c in row.cells if not is_blank(c)}) > 3
        kept.append(MarkedRow(row, kind, _told_of_total(row, kind, layout)))
    if signed is not None and unread:
        told = Problem("rows_below", {"count": unread})
        kept[signed] = kept[signed]._replace(doubts=(told,))
    return kept


def _told_of_total(row: SourceRow, kind: str | None, layout: ListLayout) -> tuple[Problem, ...]:
    """That a row which could be one of data is taken as a total."""
    if kind != "total" or not recognise.is_complete(row.cells, layout):
        return ()
    at = layout.columns.get("name", 0)
    value = kept_value(row.cells[at]) if at < len(row.cells) else None
    return (Problem("total_taken", field=layout.headers[at], value=value, column=at + 1),)


def _hidden_columns(layout: ListLayout, hidden: frozenset[int]) -> tuple[Problem, ...]:
    """Columns that are read though the sender does not see them."""
    return tuple(
        Problem(
            "hidden_column", {"header": layout.entity.column(name).headers[0]}, column=index + 1
        )
        for name, index in layout.columns.items()
        if index in hidden
    )


def _last_of_form(rows: Sequence[SourceRow], first: int, layout: FormLayout) -> int:
    """The position of the last of a form's rows, from ``first`` on, whose label names an indicator."""
    last = first
    for position, row in enumerate(rows, first):
        if recognise_form.form_row(row.cells, layout)[1] is not None:
            last = position
    return last


def _until_next_form(
    rows: Sequence[SourceRow], first: int, layout: FormLayout
) -> Sequence[SourceRow]:
    """The rows from a position on before the header of another form."""
    for position in range(first, len(rows)):
        again = recognise_form.form_layout(rows[position].cells)
        if again is not None and again.headers != layout.headers:
            return rows[first:position]
    return rows[first:]
