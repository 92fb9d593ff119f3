"""The blank form of a unit for a week or month, prefilled: heading, period, last cumulative, lists.

What is typed into it goes in without a warning. The cumulative cells hold no formula: a program that
does not calculate would leave it without a result, and the row would be held back. The sum stands in a
grey column beside the form, and a cell that differs from it turns orange.
"""

from __future__ import annotations

from collections.abc import Mapping
from gettext import gettext as _
from io import BytesIO

import xlsxwriter
from sqlalchemy import Engine

from lensan import warehouse
from lensan.domain import report_forms, values
from lensan.domain.periods import ICT, Period
from lensan.domain.places import places
from lensan.reports import styles, wording
from lensan.reports.styles import Styles
from lensan.units import sent_file
from lensan.units.blank_form_sheet import FormSheet, LastValue, within
from lensan.units.blank_guide import add_guide
from lensan.units.blank_lists import LISTS, add_list


def last_values(engine: Engine, unit_code: str, period: Period) -> dict[str, LastValue]:
    """Indicator → the unit's last accepted cumulative before the period, by forms of its kind."""
    with engine.begin() as connection:
        found = warehouse.rows(
            connection,
            "units/blank_forms/last_values",
            unit_code=unit_code,
            report_kind=period.kind,
            before=period.start,
        )
    return {
        row["indicator_code"]: LastValue(row["cumulative"], row["cumulative_2"], row["until_on"])
        for row in found
    }


def unit_codes(period: Period) -> list[str]:
    """Who reports for a period: units in the order of the reference table, then regions."""
    known = places()
    return [row["code"] for row in known.senders if known.reports(row["code"], period.last_day)]


def build_all(engine: Engine, period: Period, units: list[str] | None = None) -> dict[str, bytes]:
    """File name → workbook, one a unit. Raises KeyError for a unit that does not report then."""
    known = unit_codes(period)
    unknown = [code for code in units or () if code not in known]
    if unknown:
        raise KeyError(
            _("no unit {units} reports for {period}; there are {known}").format(
                units=", ".join(unknown), period=period, known=known
            )
        )
    return {
        file_name(code, period): build(code, period, last_values(engine, code, period))
        for code in units or known
    }


def file_name(unit_code: str, period: Period) -> str:
    """``bieu-mau-tuan-2021-11-18-ha-long.xlsx``."""
    form = report_forms.form(period.kind)
    slug = values.fold(_unit(unit_code)["name"]).replace(" ", "-")
    return f"{form.file_stem.replace('bao-cao', 'bieu-mau')}-{period.name}-{slug}.xlsx"


def build(unit_code: str, period: Period, last: Mapping[str, LastValue]) -> bytes:
    """The workbook; the same arguments give the same bytes."""
    form = report_forms.form(period.kind)
    unit = _unit(unit_code)
    full_name = f"{unit['kind']} {unit['name']}"
    stream = BytesIO()
    workbook = xlsxwriter.Workbook(
        stream,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_format_properties": {"font_name": styles.FONT, "font_size": 12},
        },
    )
    head = wording.office_of(period).letterhead
    workbook.set_properties(
        {
            "title": f"{form.title.capitalize()} của {within(full_name)}",
            "author": head.office,
            "company": head.authority,
            "created": period.starts_at.astimezone(ICT),
        }
    )
    style = Styles(workbook)
    FormSheet(workbook, style, form, period, unit, last).write()
    entities = {entity.name: entity for entity in sent_file.contract().entities}
    for name, sheet_name, title in LISTS:
        add_list(workbook, style, entities[name], sheet_name, title, full_name)
    add_guide(workbook, style)
    workbook.close()
    return stream.getvalue()


def _unit(code: str) -> dict[str, str]:
    try:
        return places().sender(code)
    except KeyError:
        raise KeyError(_("no unit {code}").format(code=code)) from None
