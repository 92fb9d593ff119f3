"""HTML of the board: jinja2 templates of include/templates/board, every value escaped."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from lensan.domain.periods import ICT
from lensan.reports import wording

TEMPLATES = Path(__file__).resolve().parents[3] / "include" / "templates" / "board"
TOKEN_LIVES = timedelta(hours=8)

DAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Any] = {
        "moment": moment,
        "clock": lambda at: f"{at.astimezone(ICT):%H:%M}",
        "day": lambda day: f"{day:%d/%m/%Y}",
        "short_day": lambda day: f"{day:%d/%m}",
        "weekday": lambda at: DAYS[at.weekday()],
        "count": lambda value: wording.number(Decimal(value or 0)),
        "percent": percent,
        "size": size,
    }
    environment.filters.update(filters)
    return environment


def render(template: str, values: dict[str, Any]) -> str:
    return _templates().get_template(template).render(values)


def style() -> str:
    return (TEMPLATES / "style.css").read_text(encoding="utf-8")


def moment(at: datetime | None) -> str:
    """``13:05 18/11/2021`` in Asia/Ho_Chi_Minh."""
    return "" if at is None else f"{at.astimezone(ICT):%H:%M %d/%m/%Y}"


def percent(value: Decimal | None, signed: bool = False) -> str:
    """``104,5%``, signed ``+10,8%`` and ``−3,0%``; nothing for none."""
    if value is None:
        return ""
    sign = "−" if value < 0 else "+" if signed and value > 0 else ""
    return f"{sign}{wording.number(abs(value), 1)}%"


def size(size_bytes: int) -> str:
    """``31 KB``, ``1,2 MB``."""
    if size_bytes < 1_000_000:
        return f"{max(1, round(size_bytes / 1000))} KB"
    return f"{wording.number(Decimal(size_bytes) / 1_000_000, 1)} MB"


# ---------------------------------------------------------------- tokens of forms


def token(secret: str, user_id: str, path: str, at: datetime) -> str:
    """What a form of this user for this path carries: good until TOKEN_LIVES after ``at`` (aware)."""
    until = int((at + TOKEN_LIVES).timestamp())
    return f"{until}.{_mark(secret, user_id, path, until)}"


def is_token(given: str, secret: str, user_id: str, path: str, at: datetime) -> bool:
    until, _, mark = given.partition(".")
    if not (until.isascii() and until.isdigit() and len(until) < 12 and mark.isascii()):
        return False
    wanted = _mark(secret, user_id, path, int(until))
    return hmac.compare_digest(mark, wanted) and int(until) >= at.timestamp()


def _mark(secret: str, user_id: str, path: str, until: int) -> str:
    said = "\0".join(("lensan board", user_id, path, str(until)))
    return hmac.new(secret.encode(), said.encode(), hashlib.sha256).hexdigest()
