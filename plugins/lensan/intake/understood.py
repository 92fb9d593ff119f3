"""How a file was understood, as plain values that the warehouse keeps beside it (ops.source_file.understood).

What it says stands in raw and core; this is which of its columns was taken for what, and what was passed over.
"""

from __future__ import annotations

import json
from typing import Any

from lensan.intake.recognise_form import FormLayout
from lensan.intake.sections import FormSection, ListSection, Sections

FORM_COLUMNS = ("label", "in_period", "cumulative", "note")


def understood(read: Sections) -> str:
    """The tables that were found, with the header that stands over each column, the sheets in which none was,
    and what resembles a table and is none: a JSON object ``{tables: [{sheet, entity, header_row, columns}],
    ignored_sheets: [name], unread: [{rule, sheet, row, …}]}``."""
    return json.dumps(
        {
            "tables": [_table(section) for section in read.found],
            "ignored_sheets": list(read.ignored_sheets),
            "unread": [{"rule": each.rule, **each.parameters} for each in read.unread],
        },
        ensure_ascii=False,
    )


def _table(section: ListSection | FormSection) -> dict[str, Any]:
    layout = section.layout
    if isinstance(layout, FormLayout):
        entity = "submission"
        places = {name: getattr(layout, name) for name in FORM_COLUMNS}
    else:
        entity, places = layout.entity.merges_into, dict(layout.columns)
    headers = layout.headers
    return {
        "sheet": section.sheet,
        "entity": entity,
        "header_row": section.header_row,
        "columns": {
            name: headers[index] if index < len(headers) else ""
            for name, index in places.items()
            if index is not None
        },
    }
