"""How a mail leaves the house. Each way is one module here; nothing else in the package knows it.

A module offers ``transport(connection)``: an object with the members of Transport, made from an
Airflow connection whose type is the module's name.
"""

from __future__ import annotations

from email import policy
from email.header import Header
from email.message import EmailMessage
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple, Protocol, cast

ORDINARY = "smtp"


class SendOutcome(NamedTuple):
    """How one attempt ended. ``error``: what was answered; null where it was sent.

    ``sent``; ``pending``: the other side certainly has no mail and another attempt may help; ``failed``:
    it refused this mail or recipient for good; ``unknown``: nobody can know whether it has the mail.
    """

    state: str
    error: str | None = None


class Transport(Protocol):
    """One way to send."""

    @property
    def sender(self) -> str:
        """The address that mails come from."""
        ...

    def send(self, mail: EmailMessage, recipient: str) -> SendOutcome:
        """One attempt for one recipient. Raises nothing that a SendOutcome can say."""
        ...

    def probe(self, timeout_s: float) -> tuple[bool, str]:
        """Whether it can be reached and lets in, and what to print about it, without any secret."""
        ...


class Connection(Protocol):
    """What is read of an Airflow connection."""

    conn_type: str | None
    host: str | None
    port: int | None
    login: str | None
    password: str | None

    @property
    def extra_dejson(self) -> dict[str, Any]:
        """The connection's further settings."""
        ...


def of(connection: Connection) -> Transport:
    """The transport that a connection's type names; by SMTP where there is no module of that name."""
    way = connection.conn_type or ORDINARY
    if not (way.isidentifier() and find_spec(f"{__name__}.{way}")):
        way = ORDINARY
    module = import_module(f"{__name__}.{way}")
    return cast(Transport, module.transport(connection))


class _Wire(policy.EmailPolicy):
    """Mails as they travel. Subjects are folded by the older code of Python's e-mail package: the newer
    drops a blank where a line ends between two words that are both encoded (``Báo cáotuần``)."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name.lower() != "subject":
            return super().fold_binary(name, value)
        text = Header(str(value), "utf-8", header_name=name).encode(linesep=self.linesep)
        return f"{name}: {text}{self.linesep}".encode("ascii")


WIRE = _Wire(linesep="\r\n", cte_type="7bit")
