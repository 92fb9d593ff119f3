"""Airflow's connections as plain values; the only module that imports airflow, inside functions."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from sqlalchemy import Engine

from lensan import warehouse
from lensan.intake.locations import Access

if TYPE_CHECKING:
    from lensan.mail.transport import Transport
    from lensan.operations.webhooks import Hook

SCHEME = "lensan"
"""Of the assets' addresses, and the namespace of OpenLineage's datasets."""


def warehouse_engine() -> Engine:
    """The engine of connection ``warehouse``. Raises AirflowNotFoundException when it is not set."""
    from airflow.sdk import BaseHook

    connection = BaseHook.get_connection("warehouse")
    login = quote(connection.login or "", safe="")
    password = f":{quote(connection.password, safe='')}" if connection.password else ""
    port = f":{connection.port}" if connection.port else ""
    return warehouse.connect(
        f"postgresql://{login}{password}@{connection.host}{port}/{connection.schema}"
    )


def smtp_server() -> Transport:
    """The way mails go out: connection ``smtp_default``, by the transport that its type names."""
    from airflow.sdk import BaseHook

    from lensan.mail import transport

    return transport.of(BaseHook.get_connection("smtp_default"))


def access_of(name: str) -> Access:
    """The credentials and limits of a remote location: connection ``name``, by default the source's.

    Host (where set, the only one that is shown the credentials), login, password; extra ``token``,
    ``key_file``, ``private_key``, ``private_key_passphrase``, ``known_hosts``, ``host_key``,
    ``ca_file``, ``timeout_s``, ``limit_s``, ``max_mb``, ``days_back``. Without a connection: nothing.
    Raises ValueError naming a number that is none.
    """
    from airflow.sdk import BaseHook
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        connection = BaseHook.get_connection(name)
    except AirflowNotFoundException:
        return Access()
    # Airflow's form leaves an empty field as null or as an empty text.
    extra = {k: v for k, v in connection.extra_dejson.items() if v not in (None, "")}

    def number(key: str, default: float) -> float:
        if key not in extra:
            return default
        try:
            given = float(extra[key])
        except (TypeError, ValueError):
            given = 0.0
        if not 0 < given < float("inf"):
            raise ValueError(f"{key} of the Airflow connection {name!r} is no number above 0")
        return given

    plain = Access()
    return Access(
        host=connection.host or None,
        login=connection.login or None,
        password=connection.password or None,
        token=extra.get("token"),
        key_file=extra.get("key_file"),
        private_key=extra.get("private_key"),
        passphrase=extra.get("private_key_passphrase"),
        known_hosts=extra.get("known_hosts"),
        host_key=extra.get("host_key"),
        ca_file=extra.get("ca_file"),
        timeout_s=number("timeout_s", plain.timeout_s),
        limit_s=number("limit_s", plain.limit_s),
        max_bytes=int(number("max_mb", plain.max_bytes >> 20) * (1 << 20)),
        days_back=int(number("days_back", plain.days_back)),
    )


def webhook_names() -> list[str]:
    """Who is told of published reports: the connections that LENSAN_WEBHOOKS names, with commas between, each once."""
    named = map(str.strip, os.environ.get("LENSAN_WEBHOOKS", "").split(","))
    return list(dict.fromkeys(filter(None, named)))


def webhook(name: str) -> Hook:
    """The program behind a connection. Host: the whole address; password: the secret; extra ``ca_file``.
    Raises AirflowNotFoundException, ValueError (Hook)."""
    from airflow.sdk import BaseHook

    from lensan.operations.webhooks import Hook

    connection = BaseHook.get_connection(name)
    given = {"url": connection.host or "", "secret": connection.password or ""}
    return Hook(name, **given, ca_file=connection.extra_dejson.get("ca_file"))


class SourceHook:
    """The connection of a remote location, as Airflow's form (``provider``) names and makes it.

    Connections of any other type do as well: only their fields are read. ``source_connection``: its name, by
    default the source's.
    """

    conn_name_attr = "source_connection"
    default_conn_name = None
    conn_type = "lensan_source"
    hook_name = "Lên Sàn: nguồn lấy qua SFTP, HTTPS, IMAP"

    def __init__(self, source_connection: str) -> None:
        self.source_connection = source_connection

    def get_conn(self) -> Access:
        """What ``access_of`` reads of it."""
        return access_of(self.source_connection)


def as_dataset(asset: Any, lineage_context: Any) -> Any:
    """An asset, ``lensan://core/stall``, as OpenLineage's dataset ``core/stall`` of the namespace ``lensan``."""
    from airflow.providers.common.compat.openlineage.facet import Dataset

    uri = urlsplit(asset.uri)
    return Dataset(namespace=SCHEME, name=f"{uri.netloc}{uri.path}")
