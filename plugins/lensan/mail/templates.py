"""The texts of all mails: templates of include/templates, filled with facts."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from lensan.reports import pdf


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(pdf.TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(template: str, facts: Mapping[str, Any], **more: Any) -> str:
    """``report_mail.html`` and the like, what is HTML escaped. Raises jinja2.UndefinedError for a fact
    that is not given."""
    return _environment().get_template(template).render(facts, **more)
