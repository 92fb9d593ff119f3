"""One location in one sweep: its credentials, what is known of it, what came, what went wrong."""

from __future__ import annotations

import logging
import re
import ssl
import time
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from lensan.domain.contracts import Contract, Location
from lensan.intake import landing
from lensan.intake.landing import Arrival

log = logging.getLogger(__name__)

DATA_SUFFIXES = frozenset(
    [".csv", ".xlsx", ".xlsm", ".xls", ".ods", ".docx", ".json", ".jsonl", ".ndjson"]
)
CHUNK_BYTES = 1 << 18

_UNSEEN = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Access:
    """What an Airflow connection says of one host: credentials, trust and limits; never printed.

    ``host``: where set, the only host the credentials are sent to. ``host_key``: the SSH server's
    key (``ssh-ed25519 AAAA…``) or its fingerprint (``SHA256:…``). ``timeout_s``: for one answer;
    ``limit_s``: for the location in one sweep, pauses included. ``days_back``: how far a URL
    template with a date is asked for.
    """

    host: str | None = None
    login: str | None = None
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    key_file: str | None = None
    private_key: str | None = field(default=None, repr=False)
    passphrase: str | None = field(default=None, repr=False)
    known_hosts: str | None = None
    host_key: str | None = None
    ca_file: str | None = None
    timeout_s: float = 15.0
    limit_s: float = 120.0
    max_bytes: int = 250 << 20
    days_back: int = 31


@dataclass(frozen=True)
class Fetched:
    """A version of a remote object. ``arrival`` is null for a mail, whose files have rows of their own."""

    url: str
    validator: str
    arrival: Arrival | None = None
    sender_address: str | None = None


class Unreachable(Exception):
    """The location is down, slow, or broke off: it is tried again after a pause."""


class Refused(Exception):
    """Nothing can be had from the location until a person changes something: never tried again."""


class OutOfTime(Exception):
    """The location's time in this sweep is over."""


class NotNow(Exception):
    """One object is left for the next sweep (still growing, gone meanwhile); no fault of anybody's."""


class BadObject(Exception):
    """One object cannot be had; the others can."""


UNKNOWN_AUTHORITY = frozenset({2, 18, 19, 20, 21, 27})
"""OpenSSL's codes (x509_vfy.h) of a chain that ends in no authority we know or trust."""


class Errand:
    """What the protocols work on. They add to ``fetched`` as they go, so that what came before a
    break is kept; ``known`` (URL → version) grows along, so that a second try does not repeat it."""

    def __init__(
        self,
        location: Location,
        access: Access,
        raw_store: Path,
        *,
        moment: datetime,
        known: Mapping[str, str],
        senders: Mapping[str, str],
        contract: Contract | None = None,
    ) -> None:
        self.location = location
        self.access = access
        self.raw_store = raw_store
        self.moment = moment
        self.known = dict(known)
        self.senders = senders
        self.contract = contract
        self.fetched: list[Fetched] = []
        self.problems: dict[str, str] = {}
        self.troubled: set[str] = set()
        self.deadline = time.monotonic() + access.limit_s
        parts = urlsplit(location.url)
        self.host = parts.hostname or ""
        self.port = parts.port
        if access.host and access.host.lower() != self.host.lower():
            raise Refused(
                f"the Airflow connection {location.connection!r} is for the host {access.host}; its "
                f"credentials are not sent to {self.host}. Correct the host of the connection, or "
                "give the location another connection (location: {url: …, connection: …})"
            )

    def remaining(self) -> float:
        """Seconds left, more than 0. Raises OutOfTime."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise OutOfTime
        return left

    def timeout(self) -> float:
        """Seconds that the next answer may take."""
        return min(self.access.timeout_s, self.remaining())

    def tls(self) -> ssl.SSLContext:
        """Verifies the server's certificate: against ``ca_file`` only where one is given."""
        try:
            return ssl.create_default_context(cafile=self.access.ca_file)
        except OSError as error:
            raise Refused(
                f"the certificate file {self.access.ca_file} cannot be read ({type(error).__name__}); "
                f"correct ca_file in the Airflow connection {self.location.connection!r}"
            ) from error

    def untrusted(self, error: ssl.SSLCertVerificationError) -> Refused:
        """Why a server with this certificate is not read from: another certificate of an authority helps
        only where the authority is what is not known."""
        if error.verify_code not in UNKNOWN_AUTHORITY:
            return Refused(
                f"the server's certificate is refused ({error.verify_message}); ask its owner for one that "
                f"is valid now, names this host and meets RFC 5280 (Python asks all of it from 3.13 on)"
            )
        return Refused(
            f"the server's certificate is not trusted ({error.verify_message}); if it is signed by "
            f"an authority of its owner's, put that authority's certificate into a file and name it "
            f"as ca_file in the extra of the Airflow connection {self.location.connection!r}"
        )

    def login_refused(self, what: str) -> Refused:
        """Why a server that does not let us in is not read from."""
        return Refused(
            f"{what}; correct the credentials in the Airflow connection {self.location.connection!r}"
        )

    @contextmanager
    def fetching(self, url: str) -> Iterator[None]:
        """Around one object: its own faults stop no other. An object that broke the connection comes
        last in the next try, so that it cannot keep the others out."""
        self.remaining()
        self.problems.pop(url, None)
        try:
            yield
        except NotNow:
            return
        except BadObject as error:
            self.problems[url] = str(error)
        except Unreachable:
            self.troubled.add(url)
            raise
        except (Refused, OutOfTime):
            raise
        except Exception as error:
            # A mail built to break the reading of mails may not keep the others out.
            log.exception("%s: unexpected", url)
            self.problems[url] = (
                f"unexpected {type(error).__name__}; the log above says where. Take it away from there, "
                "and tell lensan's engineers"
            )

    def check_size(self, size_bytes: int | None) -> None:
        """Raises BadObject for an object larger than is allowed; null is not known yet."""
        if size_bytes is not None and size_bytes > self.access.max_bytes:
            raise BadObject(
                f"larger than {self.access.max_bytes >> 20} MB; have it sent in parts, or raise "
                f"max_mb in the extra of the Airflow connection {self.location.connection!r}"
            )

    def keep(self, chunks: Iterable[bytes], expected_bytes: int | None) -> tuple[str, int]:
        """Into the raw store, whole or not at all; returns SHA-256 and size."""

        def watched() -> Iterator[bytes]:
            total = 0
            for chunk in chunks:
                total += len(chunk)
                self.check_size(total)
                self.remaining()
                yield chunk
            if expected_bytes is not None and total != expected_bytes:
                raise Unreachable(f"only {total} of {expected_bytes} bytes came")

        self.check_size(expected_bytes)
        return landing.keep(watched(), self.raw_store)

    def arrival(self, name: str, kept: tuple[str, int], modified_at: datetime) -> Arrival:
        """What was kept as an arrival. ``modified_at`` (aware): as the server says."""
        sha256, size_bytes = kept
        name = clean_name(name)
        # A wrong clock may not make an export newer than all that will come.
        modified_at = min(modified_at, self.moment)
        return Arrival(
            name,
            landing.raw_path(self.raw_store, sha256),
            sha256,
            size_bytes,
            landing.export_date(name, modified_at, self.moment),
        )

    def got(self, *found: Fetched) -> None:
        """Note what was fetched: it is not asked for again."""
        # One call is atomic: a mail is there with all its files or not at all.
        self.fetched.extend(found)
        self.known.update({each.url: each.validator for each in found})


def clean_name(name: str) -> str:
    """A path fit to be shown, compared and indexed: NFC, slashes, nothing unseen, no way upwards, its last 600
    letters."""
    parts = [
        _UNSEEN.sub("", part).strip()[-200:]
        for part in unicodedata.normalize("NFC", name).replace("\\", "/").split("/")
    ]
    path = "/".join(part for part in parts if part not in ("", ".", ".."))[-600:]
    return path.lstrip("/") or "unnamed"


def looks_like_data(name: str) -> bool:
    """Whether a file of that name could be a list, a form or an export."""
    file_name = name.rsplit("/", 1)[-1]
    return (
        PurePosixPath(file_name.lower()).suffix in DATA_SUFFIXES
        and not landing.is_ignored(file_name)
    )  # fmt: skip
