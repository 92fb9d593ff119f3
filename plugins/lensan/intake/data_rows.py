"""Rows below a list's header on a sheet that can only be data: most of them, told without asking for each
what else it might be.

Each distinct text is looked at once. A row counts as such where all that it must have stands in it and none
of its texts may be a word of a header, a total, a group, a note or a form; of all others
lensan.intake.sections asks one by one. Both ways say the same (tests/intake/test_data_rows.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lensan.domain.contracts import Contract
from lensan.intake import recognise, recognise_form
from lensan.intake.readers import SourceRow
from lensan.intake.recognise import ListLayout

_PLAIN, _WORD, _OF_FORM = range(3)
_LONG_NUMBER = re.compile(r"[0-9]{6,}")
"""No header, label, total or row number of ours: papers, phones, codes."""


def only_data(
    contract: Contract, layout: ListLayout, rows: Sequence[SourceRow], first: int
) -> list[bool]:
    """Whether each row from position ``first`` on, that below the header, can only be data. Of the first one
    more is asked than of the others: it never does."""
    texts = _Texts(contract, layout)
    needed = recognise.needed_columns(layout)
    if not needed:
        return [False] * (len(rows) - first)
    marks = [_mark(row, texts, needed) for row in rows[first:]]
    # A form's header may stand in three rows: whether it begins here, those below say too.
    marks += [_PLAIN, _PLAIN]
    return [
        at > 0 and marks[at] == _PLAIN and _OF_FORM not in (marks[at + 1], marks[at + 2])
        for at in range(len(marks) - 2)
    ]


class _Texts(dict[str, int]):
    """What each text that stands in a cell may be, looked at when it is first asked for."""

    def __init__(self, contract: Contract, layout: ListLayout) -> None:
        super().__init__()
        self._contract = contract
        self._headers = frozenset(layout.headers)

    def __missing__(self, text: str) -> int:
        self[text] = found = self._look(text)
        return found

    def _look(self, text: str) -> int:
        if _LONG_NUMBER.fullmatch(text) or not text:
            return _PLAIN
        if recognise_form.says_cumulative(text):
            return _OF_FORM
        is_word = (
            not text.strip()
            or recognise.header_text(text) in self._headers
            or recognise.may_mark_row(text)
            or recognise.may_name_column(self._contract, text)
        )
        return _WORD if is_word else _PLAIN


def _mark(row: SourceRow, texts: _Texts, needed: Sequence[int]) -> int:
    """What is known of a row: that it can only be data, or may be something else, or begins a form."""
    found = _PLAIN
    said = set()
    for cell in row.cells:
        if cell.__class__ is str:
            mark = texts[cell]
            if mark:
                found = max(found, mark)
            said.add(cell)
        elif isinstance(cell, str):
            return _OF_FORM  # an error or a doubtful text: rare, and asked in full
    if found:
        return found
    width = len(row.cells)
    for index in needed:
        if index >= width or row.cells[index] is None or row.cells[index] == "":
            return _WORD
    # Two things are said at least: a row that says one only names the rows below it.
    return _PLAIN if len(said - {""}) > 1 else _WORD
