"""The servers that hold a source's files, at the place where the product speaks SFTP, HTTPS or IMAP: they serve, are
down, break off, lose bytes, refuse, are slow, forget what they said of a file's version."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from unittest import mock

from lensan.domain import contracts
from lensan.domain.contracts import Contract, SourcePlace
from lensan.intake import locations
from lensan.intake.locations.model import (
    BadObject,
    Errand,
    Fetched,
    NotNow,
    OutOfTime,
    Refused,
    Unreachable,
)

URLS = {
    "postmart": "sftp://files.example/out",
    "voso": "https://files.example/voso/",
    "districts": "imaps://mail.example/INBOX",
}
WAYS = ("down", "breaks off", "back again", "cut", "refuses", "slow", "bad file", "growing",
        "faulty", "forgets")  # fmt: skip


@dataclass
class FileServers:
    """What lies on the servers, by source and name (below the source's folder, as its landing has them).

    ``often``: of a fetch that goes wrong, 0 to 1. ``taken``: handed out in sweeps that ended well.
    """

    clock: Callable[[], datetime]
    draw: random.Random
    often: float
    lying: dict[str, dict[str, tuple[bytes, datetime]]] = field(default_factory=dict)
    offered: set[tuple[str, str]] = field(default_factory=set)
    taken: set[tuple[str, str]] = field(default_factory=set)
    era: int = 0
    fetches: int = 0
    failed: int = 0
    is_wrong: bool = False
    """A fetch of the task that runs now went wrong, and may be told as that."""

    def put(self, source: str, name: str, content: bytes) -> None:
        self.lying.setdefault(source, {})[name] = content, self.clock()

    def begin(self) -> None:
        """A task begins."""
        self.offered, self.is_wrong = set(), False

    def end(self) -> None:
        """It ended well: what it was given is the product's now."""
        self.taken |= self.offered

    def fetch(self, errand: Errand) -> None:
        """In place of a protocol's own ``fetch``. What goes wrong is drawn once for a sweep's first try."""
        source = next(s for s, url in URLS.items() if url == errand.location.url)
        how = getattr(errand, "how", None)
        if how is None:
            self.fetches += 1
            how = self.draw.choice(WAYS) if self.draw.random() < self.often else "serve"
            self.failed += how != "serve"
            if how == "forgets":
                self.era += 1
        errand.how = "serve" if how == "back again" else how  # type: ignore[attr-defined]
        if how not in ("serve", "forgets", "back again"):
            self.is_wrong = True
        if how in ("down", "refuses"):
            raise Unreachable("no answer") if how == "down" else Refused("no such login")
        new = [
            (name, content, at)
            for name, (content, at) in sorted(self.lying.get(source, {}).items())
            if errand.known.get(_url(errand, name)) != self._version(content, at)
        ]
        stop = self.draw.randint(0, len(new))
        for number, (name, content, at) in enumerate(new):
            if number == stop:
                _break(how)
            with errand.fetching(_url(errand, name)):
                self._hand(errand, source, name, content, at, how if number == stop else "serve")
        if stop == len(new):
            _break(how)

    def _hand(
        self, errand: Errand, source: str, name: str, content: bytes, at: datetime, how: str
    ) -> None:
        if how == "bad file":
            raise BadObject("larger than 250 MB")
        if how == "growing":
            raise NotNow
        if how == "faulty":
            raise RuntimeError("a mail built to break the reading of mails")
        chunks = [content[:-1]] if how == "cut" else [content[:100], content[100:]]
        kept = errand.keep(chunks, len(content))
        url, version = _url(errand, name), self._version(content, at)
        errand.got(Fetched(url, version, errand.arrival(name, kept, at)))
        self.offered.add((source, name))

    def _version(self, content: bytes, at: datetime) -> str:
        return f"{self.era} {len(content)} {at.isoformat()}"

    @contextlib.contextmanager
    def given(self) -> Iterator[None]:
        """Within the block contracts have these locations, and this is what answers there."""
        known = contracts.contract

        def contract(source: str) -> Contract:
            own = known(source)
            if source not in URLS:
                return own
            place = SourcePlace(url=URLS[source], connection=source)
            return own.model_copy(update={"places": (*own.places, place)})

        with (
            mock.patch.object(contracts, "contract", contract),
            mock.patch.object(locations, "_protocol", lambda url: self.fetch),
            mock.patch.dict(locations.Remote.__init__.__kwdefaults__, {"sleep": lambda s: None}),
        ):
            yield


def _url(errand: Errand, name: str) -> str:
    return f"{errand.location.url.rstrip('/')}/{name}"


def _break(how: str) -> None:
    if how in ("breaks off", "back again"):
        raise Unreachable("the connection broke")
    if how == "slow":
        raise OutOfTime
