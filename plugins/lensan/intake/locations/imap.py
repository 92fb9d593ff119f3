"""IMAP: the files attached to the mails of a mailbox, which is only read; mails are known by UID."""

from __future__ import annotations

import base64
import email
import email.errors
import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from lensan.domain import values
from lensan.domain.periods import ICT
from lensan.domain.places import places
from lensan.intake.locations import bodies
from lensan.intake.locations.attachments import attachments
from lensan.intake.locations.model import (
    CHUNK_BYTES,
    BadObject,
    Errand,
    Fetched,
    NotNow,
    Unreachable,
)

_BATCH = 200


def fetch(errand: Errand) -> None:
    """The attachments of all mails not fetched yet. Raises Unreachable, Refused, OutOfTime."""
    with _faults(errand), _session(errand) as client:
        mailbox = _select(errand, client)
        _, (validity, *_) = client.response("UIDVALIDITY")
        port = f":{errand.port}" if errand.port else ""
        scheme = urlsplit(errand.location.url).scheme
        base = f"{scheme}://{errand.host}{port}/{quote(mailbox)};UIDVALIDITY={_number(validity)}"
        uids = [int(uid) for uid in _found(client.uid("SEARCH", "UNDELETED"))[0].split()]
        new = [uid for uid in sorted(uids) if f"{base}/;UID={uid}" not in errand.known]
        sizes = _sizes(errand, client, new)
        for uid in sorted(new, key=lambda uid: f"{base}/;UID={uid}" in errand.troubled):
            url = f"{base}/;UID={uid}"
            with errand.fetching(url), _faults(errand):
                errand.check_size(sizes.get(uid))
                _fetch_mail(errand, client, uid, url, f"uid {_number(validity)}/{uid}")


def probe(errand: Errand) -> None:
    """Log in and open the mailbox, no more. Raises as ``fetch``."""
    with _faults(errand), _session(errand) as client:
        _select(errand, client)


def _select(errand: Errand, client: imaplib.IMAP4) -> str:
    """Open the location's mailbox; its name."""
    mailbox = unquote(urlsplit(errand.location.url).path.strip("/"))
    # Read-only: no mail is marked, moved or deleted, and \Seen (somebody may read) says nothing.
    status, _ = client.select(_mailbox_name(mailbox), readonly=True)
    if status != "OK":
        raise errand.login_refused(
            f"there is no mailbox {mailbox}, or it may not be read; correct the location in the "
            "contract"
        )
    return mailbox


def _fetch_mail(errand: Errand, client: imaplib.IMAP4, uid: int, url: str, validator: str) -> None:
    parts = _found(client.uid("FETCH", str(uid), "(UID INTERNALDATE BODY.PEEK[])"))
    raw = next((p for p in parts if isinstance(p, tuple) and b"BODY[" in p[0]), None)
    if raw is None:
        raise NotNow  # Deleted since the search.
    message = email.message_from_bytes(raw[1])
    sent_at = _sent_at(message) or _internal_date(parts) or errand.moment
    address = sender_address(message)
    folder = f"{_folder(address, errand)}/{sent_at.astimezone(ICT):%Y-%m-%d_%H%M%S}"
    found = []
    for number, (name, content) in enumerate(_files(errand, message), 1):
        kept = errand.keep(_pieces(content), len(content))
        # Slashes in an attachment's name are no folders.
        arrival = errand.arrival(f"{folder}/{name.replace('/', '-')}", kept, sent_at)
        found.append(Fetched(f"{url}#{number}", validator, arrival, address))
    errand.got(*found, Fetched(url, validator, None, address))


def _files(errand: Errand, message: Message) -> list[tuple[str, bytes]]:
    attached = attachments(message)
    return bodies.files(message, attached, errand.contract) if errand.contract else attached


def _pieces(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), CHUNK_BYTES):
        yield content[start : start + CHUNK_BYTES]


# ------------------------------------------------------------ a mail


def sender_address(message: Message) -> str:
    """The address in From, in small letters; empty where there is none."""
    found = getaddresses([str(value) for value in message.get_all("From", [])])
    return next((address.strip().lower() for _, address in found if "@" in address), "")


def _folder(address: str, errand: Errand) -> str:
    sender = errand.senders.get(address)
    for row in places().senders:
        if row["code"] == sender:
            return re.sub(r"[^a-z0-9]+", "-", values.fold(row["name"]))
    return sender or address or "unknown-sender"


def _sent_at(message: Message) -> datetime | None:
    try:
        moment = parsedate_to_datetime(str(message["Date"]))
    except (ValueError, TypeError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _internal_date(parts: list[bytes | tuple[bytes, bytes]]) -> datetime | None:
    for part in parts:
        text = part[0] if isinstance(part, tuple) else part
        match = re.search(rb'INTERNALDATE "([^"]+)"', text)
        if match:
            try:
                return datetime.strptime(match[1].decode().strip(), "%d-%b-%Y %H:%M:%S %z")
            except ValueError:
                return None
    return None


# ------------------------------------------------------------ the session


@contextmanager
def _session(errand: Errand) -> Iterator[imaplib.IMAP4]:
    access = errand.access
    if not access.login or access.password is None:
        raise errand.login_refused("no login or password")
    context = errand.tls()
    client: imaplib.IMAP4
    if errand.location.url.startswith("imaps:"):
        client = imaplib.IMAP4_SSL(
            errand.host, errand.port or 993, ssl_context=context, timeout=errand.timeout()
        )
    else:
        client = imaplib.IMAP4(errand.host, errand.port or 143, timeout=errand.timeout())
    try:
        if errand.location.url.startswith("imap:"):
            # Never a password in the clear: a server without STARTTLS is refused here.
            client.starttls(context)
        _log_in(errand, client, access.login, access.password)
        yield client
    finally:
        # What went wrong before is told, not that a broken connection cannot be ended politely.
        with suppress(imaplib.IMAP4.error, OSError):
            client.logout()
        with suppress(OSError):
            client.shutdown()


def _log_in(errand: Errand, client: imaplib.IMAP4, login: str, password: str) -> None:
    try:
        if "AUTH=PLAIN" in client.capabilities:
            client.authenticate("PLAIN", lambda _: f"\0{login}\0{password}".encode())
        else:
            client.login(login, password)
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, UnicodeError) as error:
        # Not from the error: a server may say the login again.
        raise errand.login_refused("the server refuses the login") from error


@contextmanager
def _faults(errand: Errand) -> Iterator[None]:
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise errand.untrusted(error) from error
    except (imaplib.IMAP4.abort, OSError, EOFError) as error:
        raise Unreachable(f"{type(error).__name__}: {error}") from error
    except imaplib.IMAP4.error as error:
        raise errand.login_refused(f"the server does not do what is asked ({error})") from error


def _found(answer: tuple[str, list[bytes | tuple[bytes, bytes] | None]]) -> list[Any]:
    status, data = answer
    if status != "OK":
        raise BadObject("the server refuses to hand it out; ask its owner why")
    return [part for part in data if part is not None]


def _sizes(errand: Errand, client: imaplib.IMAP4, uids: list[int]) -> dict[int, int]:
    """Size in bytes by UID, asked before a mail is."""
    sizes = {}
    for start in range(0, len(uids), _BATCH):
        errand.remaining()
        batch = ",".join(str(uid) for uid in uids[start : start + _BATCH])
        for line in _found(client.uid("FETCH", batch, "(UID RFC822.SIZE)")):
            text = line[0] if isinstance(line, tuple) else line
            uid, size = re.search(rb"UID (\d+)", text), re.search(rb"RFC822\.SIZE (\d+)", text)
            if uid and size:
                sizes[int(uid[1])] = int(size[1])
    return sizes


def _number(value: bytes | None) -> int:
    return int(value) if value and value.isdigit() else 0


def _mailbox_name(name: str) -> str:
    """Quoted, and in IMAP's UTF-7 (RFC 3501, 5.1.3): `Hộp thư` is a mailbox too."""

    def shifted(match: re.Match[str]) -> str:
        packed = base64.b64encode(match[0].encode("utf-16-be")).decode().rstrip("=")
        return f"&{packed.replace('/', ',')}-"

    escaped = re.sub(r"[^\x20-\x7e]+", shifted, name.replace("&", "&-"))
    return '"' + escaped.replace("\\", "\\\\").replace('"', '\\"') + '"'
