"""Who gets which report, and the engineers' alarms: addresses by kind, kept in ops.recipient."""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.headerregistry import Address
from gettext import gettext as _
from typing import Any

from sqlalchemy import Engine

from lensan import warehouse
from lensan.domain import plans
from lensan.warehouse import audit

_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,253}[A-Za-z0-9])?"
)


def normal(address: str) -> str:
    """An address as it is kept. Raises ValueError when it is none."""
    trimmed = address.strip(" ").lower()
    if not _ADDRESS.fullmatch(trimmed) or len(trimmed) > 254:
        raise ValueError(_("{address!r} is no e-mail address").format(address=address))
    try:
        return Address(addr_spec=trimmed).addr_spec
    except (ValueError, IndexError) as error:
        raise ValueError(_("{address!r} is no e-mail address").format(address=address)) from error


def listed(engine: Engine) -> list[dict[str, Any]]:
    """All recipients, active or not: report_kind, role, address, name, is_active."""
    with engine.begin() as connection:
        return warehouse.rows(connection, "mail/recipients/listed")


def active(engine: Engine, kind: str) -> list[tuple[str, str]]:
    """(address, role) of those who get mails of a kind: week, month or alarm; to before cc before bcc."""
    with engine.begin() as connection:
        found = warehouse.rows(connection, "mail/recipients/active", report_kind=kind)
    return [(row["address"], row["role"]) for row in found]


def add(
    engine: Engine,
    kind: str,
    role: str,
    address: str,
    name: str | None = None,
    *,
    by: str = audit.SYSTEM,
) -> None:
    """``role``: to, cc or bcc. Raises ValueError when the address is none, or there is no report of that kind."""
    known = (*plans.kinds(), "alarm")
    if kind not in known:
        raise ValueError(
            _("there is no report {kind!r}; there are {known}").format(
                kind=kind, known=", ".join(known)
            )
        )
    values = {"report_kind": kind, "role": role, "address": normal(address), "name": name}
    with engine.begin() as connection:
        warehouse.run(connection, "mail/recipients/add", **values)
        audit.record(
            connection,
            actor=by,
            action="recipient.add",
            subject=kind,
            detail={"address": values["address"], "role": role},
        )


def remove(engine: Engine, kind: str, address: str, *, by: str = audit.SYSTEM) -> bool:
    """Mail it no more; what was sent stays in the ledger. False: there is no such recipient."""
    where = {"report_kind": kind, "address": normal(address)}
    with engine.begin() as connection:
        if not warehouse.rows(connection, "mail/recipients/remove", **where):
            return False
        audit.record(
            connection,
            actor=by,
            action="recipient.remove",
            subject=kind,
            detail={"address": where["address"]},
        )
    return True


def ensure(engine: Engine, kinds: Iterable[str], address: str) -> None:
    """Give kinds without any recipient one, so that a fresh home's report goes to its mail catcher."""
    known = {row["report_kind"] for row in listed(engine)}
    for kind in kinds:
        if kind not in known:
            add(engine, kind, "to", address, "Hộp thư thử")
