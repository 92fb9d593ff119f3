"""figures.json: the figures of a report for people who script against them.

See docs/rules/interfaces.md#figuresjson.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from lensan.domain import report_forms
from lensan.domain.office import PROVINCE
from lensan.domain.report_forms import ReportForm
from lensan.domain.report_model import Figure, Report


def dump(report: Report, form: ReportForm | None = None) -> bytes:
    """UTF-8 JSON; indicators in the order of the form, in each the province and then the units. Where the province keeps
    regions these stand apart, so that no sum over the figures counts anything twice.

    ``form``: that of the period's kind, unless another is given.
    """
    codes = (form or report_forms.form(report.period.kind)).indicator_codes
    indicators = {code: i for i, code in enumerate(codes)}
    units = {code: i for i, code in enumerate([PROVINCE, *(code for code, _ in report.units)])}
    printed = (figure for figure in report.figures if figure.indicator in indicators)
    figures = sorted(printed, key=lambda f: (indicators[f.indicator], units[f.unit]))
    content: dict[str, Any] = {
        "kind": report.period.kind,
        "period": report.period.name,
        "revision": report.revision,
        "figures": [_plain_figure(figure) for figure in figures],
    }
    if report.regions:
        content["regions"] = [
            {
                "code": region.code,
                "name": region.name,
                "is_reporting": region.is_reporting,
                "units": list(region.units),
                "figures": [_plain_figure(f) for f in region.figures if f.indicator in indicators],
            }
            for region in report.regions
        ]
    if report.root is not None:
        content["root"] = report.root
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def _plain_figure(figure: Figure) -> dict[str, Any]:
    return {key: plain(value) for key, value in asdict(figure).items()}


def load(content: bytes) -> dict[str, Any]:
    """What dump wrote, with every number as an exact Decimal except the revision."""
    loaded = json.loads(content, parse_float=Decimal, parse_int=Decimal)
    loaded["revision"] = int(loaded["revision"])
    return dict(loaded)


def plain(value: Any) -> Any:
    """A value as figures.json has it."""
    if not isinstance(value, Decimal):
        return value
    return int(value) if value == value.to_integral_value() else float(value)
