"""Words that all mails to units share: who, which period, when, how late."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from typing import Any

from lensan.domain.periods import ICT, Period
from lensan.domain.places import places
from lensan.mail import letter
from lensan.reports import wording
from lensan.units.sent_file import SentFile, contract


def sender_name(sender: str) -> str:
    """Within a sentence: ``thành phố Hạ Long``, ``Bưu điện tỉnh Quảng Ninh``."""
    enterprises = contract().enterprises
    if sender in enterprises:
        return enterprises[sender][0]
    unit = places().sender(sender)
    return f"{unit['kind'].lower()} {unit['name']}"


def whose(sender: str | None) -> str:
    """``báo cáo của thành phố Hạ Long``."""
    return f"báo cáo của {sender_name(sender)}" if sender else "tệp báo cáo đã gửi"


def mark_of(period: Period | None) -> str:
    """What a subject begins with: ``[Báo cáo tuần 18/11/2021]``."""
    if period is None:
        return "[Báo cáo]"
    of_plan = f", {wording.plan_mark(period)}" if period.plan.key else ""
    if period.cadence == "month":
        return f"[Báo cáo tháng {period.start:%m/%Y}{of_plan}]"
    return f"[Báo cáo tuần {period.end:%d/%m/%Y}{of_plan}]"


def said(at: datetime) -> str:
    """``16:00 ngày 17/11/2021``, in Asia/Ho_Chi_Minh."""
    at = at.astimezone(ICT)
    return f"{at:%H:%M} ngày {at:%d/%m/%Y}"


def duration(seconds: float) -> str:
    """``18 giờ 5 phút``; at least one minute."""
    minutes = max(1, int(seconds // 60))
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = ((days, "ngày"), (hours, "giờ"), (minutes, "phút"))
    return " ".join(f"{count} {word}" for count, word in parts if count)


def of_file(file: SentFile, period: Period | None) -> dict[str, Any]:
    """What every answer says of a file, for the templates."""
    late_by = None
    if period is not None and file.received_at > period.due_at:
        late_by = duration((file.received_at - period.due_at).total_seconds())
    return {
        "sender": sender_name(file.sender) if file.sender else None,
        "file_name": file.base_name,
        "received": said(file.received_at),
        "period": wording.period_label(period) if period else None,
        "due": said(period.due_at) if period else None,
        "late_by": late_by,
        "office": letter.office_at(file.received_at).office,
    }


def headline(file: SentFile, period: Period | None) -> str:
    """One sentence of whose file this is."""
    facts = of_file(file, period)
    owner = f"Báo cáo của {facts['sender']}" if facts["sender"] else "Tệp báo cáo"
    when = f", {facts['period']}" if period else ""
    return f"{owner}{when}; tệp “{facts['file_name']}”, nhận lúc {facts['received']}."


def attachment_name(prefix: str, name: str) -> str:
    """``Cần sửa - <the sender's name>.xlsx``, with nothing in it that a mail or disk trips over."""
    stem = re.sub(r"\.[A-Za-z]{2,5}$", "", name.rsplit("/", 1)[-1])
    stem = unicodedata.normalize("NFC", stem).removeprefix(f"{prefix} - ")
    stem = re.sub(r"[^\w\s.()+-]|[\r\n\t]", "_", stem)
    return f"{prefix} - {stem.strip(' .')[:80] or 'bao-cao'}.xlsx"
