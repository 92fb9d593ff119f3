"""Scans of signed forms that come with a form on the phone: kept beside it, never read for figures.

See docs/decisions/0037-form-on-the-phone.md. A signed form names people, so scans are for stewards alone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine

from lensan import warehouse
from lensan.domain.periods import Period
from lensan.warehouse import audit

LARGEST = 10 * 1024 * 1024
"""Bytes: a photo of a page has some three millions."""
ENDINGS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}
_BEGINNINGS = (
    (b"%PDF-", "application/pdf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
)


class NoScanError(ValueError):
    """A file that is not kept. ``reason``: ``too_large`` or ``other_kind``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class FormScan:
    """A PDF or picture, by its first bytes: what a browser says of it counts for nothing."""

    content: bytes
    media_type: str

    @property
    def sha256(self) -> str:
        """Of its bytes."""
        return hashlib.sha256(self.content).hexdigest()


def of(content: bytes) -> FormScan:
    """The scan that bytes are. Raises NoScanError."""
    if len(content) > LARGEST:
        raise NoScanError("too_large")
    for beginning, media_type in _BEGINNINGS:
        if content.startswith(beginning):
            return FormScan(content, media_type)
    raise NoScanError("other_kind")


def keep(
    engine: Engine, scan: FormScan, unit_code: str, period: Period, form: bytes, *, moment: datetime
) -> None:
    """Keep a scan beside the form that it came with; the same of the same form is kept once."""
    with engine.begin() as connection:
        warehouse.run(
            connection,
            "units/form_scans/keep",
            form_sha256=hashlib.sha256(form).hexdigest(),
            sha256=scan.sha256,
            unit_code=unit_code,
            report_kind=period.kind,
            period=period.name,
            media_type=scan.media_type,
            size_bytes=len(scan.content),
            content=scan.content,
            moment=moment,
        )


def listed(engine: Engine, scan_id: int | None = None) -> list[dict[str, Any]]:
    """All scans that are kept, newest first, or the one of a number: scan_id, unit_code, report_kind, period, media_type, received_at, file_id
    (null where the form itself was never swept)."""
    with engine.begin() as connection:
        return warehouse.rows(connection, "units/form_scans/listed", scan_id=scan_id)


def remove(engine: Engine, scan_id: int, *, by: str, reason: str, moment: datetime) -> None:
    """Take a scan away for ever; the form that it came with, and its figures, stay. The audit says who did and why.

    ``moment`` is aware. Raises LookupError where there is none of that number."""
    with engine.begin() as connection:
        rows = warehouse.rows(connection, "units/form_scans/remove", scan_id=scan_id)
        if not rows:
            raise LookupError(scan_id)
        audit.record(
            connection,
            actor=by,
            action="scan.remove",
            subject=f"scan {scan_id}",
            detail={"reason": reason, **rows[0]},
            moment=moment,
        )


def of_file(connection: Connection, file_id: int) -> list[dict[str, Any]]:
    """The scans that came with a received file: scan_id, media_type, size_bytes, received_at."""
    return warehouse.rows(connection, "units/form_scans/of_file", file_id=file_id)


def content(connection: Connection, file_id: int, scan_id: int) -> tuple[str, str, bytes]:
    """Name, media type and bytes of a scan. Raises LookupError where none of that number came with the file."""
    rows = warehouse.rows(connection, "units/form_scans/content", file_id=file_id, scan_id=scan_id)
    if not rows:
        raise LookupError(scan_id)
    row = rows[0]
    name = f"ban-da-ky-{row['unit_code']}-{row['period']}-{scan_id}.{ENDINGS[row['media_type']]}"
    return name, row["media_type"], bytes(row["content"])
