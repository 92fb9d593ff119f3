"""Airflow's connections as plain values; the only module that imports airflow, inside functions."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlalchemy import Engine

from lensan import warehouse

if TYPE_CHECKING:
    from lensan.delivery import SmtpServer


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


def smtp_server() -> SmtpServer:
    """Connection ``smtp_default``: host, port, login, password; extra ``disable_ssl``,
    ``disable_tls``, ``from_email`` as Airflow's own SMTP provider reads them."""
    from airflow.sdk import BaseHook

    from lensan.delivery import SmtpServer

    connection = BaseHook.get_connection("smtp_default")
    extra = connection.extra_dejson
    return SmtpServer(
        host=connection.host or "localhost",
        port=connection.port or 25,
        login=connection.login or None,
        password=connection.password or None,
        use_ssl=not extra.get("disable_ssl", False),
        starttls=not extra.get("disable_tls", False) and bool(extra.get("disable_ssl", False)),
        sender=extra.get("from_email") or connection.login or "lensan@localhost",
    )
