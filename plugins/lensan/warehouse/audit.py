"""Who did what: ops.audit, a table that only grows, each act chained by hash to the last.

The chain shows that an act was changed or taken out; that the newest ones were cut off shows only
against a head noted elsewhere (``verify`` with ``noted``; every backup's manifest holds one).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine

from lensan import warehouse

SYSTEM = "lensan"


@dataclass(frozen=True)
class Broken:
    """The first act that is not as it was written. ``audit_id`` null: the noted head is missing."""

    audit_id: int | None
    what: str


def record(
    connection: Connection,
    *,
    actor: str,
    action: str,
    subject: str,
    detail: Mapping[str, Any] | None = None,
    moment: datetime | None = None,
) -> str:
    """Add an act to the chain, in the caller's transaction; returns its hash.

    ``moment`` (aware) is when it happened; without one the server's clock says.
    """
    return str(
        warehouse.scalar(
            connection,
            "warehouse/audit/append",
            actor=actor,
            action=action,
            subject=subject,
            detail=json.dumps(dict(detail or {}), ensure_ascii=False, default=str),
            moment=moment,
        )
    )


def acts(engine: Engine, *, after: int = 0) -> list[dict[str, Any]]:
    """The acts after number ``after``, oldest first."""
    with engine.begin() as connection:
        return warehouse.rows(connection, "warehouse/audit/list", after=after)


def head(engine: Engine) -> tuple[int, str]:
    """Number of acts and the hash of the last one, to be noted elsewhere."""
    with engine.begin() as connection:
        row = warehouse.rows(connection, "warehouse/audit/head", noted="")[0]
    return row["acts"], row["head"]


def verify(engine: Engine, *, noted: str | None = None) -> Broken | None:
    """The first broken link, or None. ``noted``: a head noted earlier that must still be there."""
    with engine.begin() as connection:
        for row in warehouse.rows(connection, "warehouse/audit/broken"):
            return Broken(row["audit_id"], row["what"])
        if (
            noted
            and not warehouse.rows(connection, "warehouse/audit/head", noted=noted)[0]["has_noted"]
        ):
            return Broken(None, "the noted act is missing: acts were cut off or all were rewritten")
    return None
