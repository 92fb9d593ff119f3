"""What stands on a mail's envelope: from whom, to whom, when, and its own name."""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address, Group
from email.message import EmailMessage

from lensan.domain import office
from lensan.domain.office import Office
from lensan.domain.periods import ICT

_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")


def office_at(moment: datetime) -> Office:
    """The office that sends at ``moment`` (aware): its name and the domain of its Message-IDs."""
    return office.at(moment.astimezone(ICT).date())


def addressed(
    message: EmailMessage,
    sender: str,
    *,
    to: Sequence[str],
    cc: Sequence[str] = (),
    message_id: str,
    moment: datetime,
    is_automatic: bool = False,
) -> EmailMessage:
    """A copy of the message with its headers; who gets it unnamed (Bcc) stands in none.

    ``moment`` (aware): its date. ``is_automatic``: no out-of-office answers to a machine (RFC 3834).
    """
    mail = copy.deepcopy(message)
    for name in ("From", "To", "Cc", "Date", "Message-ID"):
        del mail[name]
    subject = str(mail.get("Subject", ""))
    if _CONTROLS.search(subject):
        # An encoded word may hide the end of a line, which older versions of Python write as one.
        mail.replace_header("Subject", _CONTROLS.sub(" ", subject))
    mail["From"] = Address(office_at(moment).office, addr_spec=sender)
    mail["To"] = _named(to) if to else Group("undisclosed-recipients", ())
    if cc:
        mail["Cc"] = _named(cc)
    mail["Date"] = moment
    mail["Message-ID"] = message_id
    if is_automatic:
        mail["Auto-Submitted"] = "auto-generated"
    return mail


def _named(addresses: Sequence[str]) -> list[Address]:
    return [Address(addr_spec=address) for address in addresses]


def set_boundaries(message: EmailMessage, mark: str) -> None:
    """Name the boundaries between parts, so that the same mail is the same bytes."""
    for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_lensan-{mark}-{number}")
