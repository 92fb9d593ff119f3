"""What is known of forgotten persons is covered while a file that brings them back is loaded.

What is kept of their numbers is a keyed hash (docs/decisions/0010-roles.md).
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from sqlalchemy import Connection

from lensan import warehouse
from lensan.domain import identifiers, values
from lensan.intake.cells import as_text

# Of each entity the columns that name a person, and those that hold its numbers.
NAMES = {
    "stall": ("owner_name", "stall_name"),
    "registry": ("name",),
    "wallet": ("name",),
    "training": ("name",),
    "ocop": ("owner_name",),
    "season": ("contact",),
    "listing": ("name",),
}
_DIGITS = re.compile(r"(?<![\w.])\+?\(?\d(?:[ .\-()']{0,2}\d){7,14}(?!\d)")


def phones_in(text: str) -> list[str]:
    """The normal phone that a text can mean."""
    number = identifiers.parse_phone(text).value
    return [number] if number else []


def papers_in(text: str) -> list[str]:
    """The normal paper number that a text can mean."""
    paper = identifiers.parse_paper_number(text).value
    return [paper.number] if paper else []


def numbers_in(text: str) -> list[str]:
    """The normal phone and the normal paper number that a text can mean."""
    return phones_in(text) + papers_in(text)


# What can stand in a column of numbers; elsewhere either may.
NUMBERS = {
    "paper_number": papers_in,
    "owner_paper_number": papers_in,
    "phone": phones_in,
    "contact_phone": phones_in,
    "buyer_phone": phones_in,
}


@dataclass
class Veil:
    """Covers what is known of forgotten persons in cells; ``hits`` are the hashes it met."""

    salt: str
    numbers: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    hits: set[str] = field(default_factory=set)
    _hashes: dict[tuple[str, str], str] = field(default_factory=dict)

    def digest(self, kind: str, text: str) -> str:
        """The keyed hash of a number or key, as it is kept."""
        known = self._hashes.get((kind, text))
        if known is None:
            known = hmac.new(self.salt.encode(), f"{kind}|{text}".encode(), "sha256").hexdigest()
            self._hashes[kind, text] = known
        return known

    def number(self, text: str | None) -> tuple[str, str | None] | None:
        """Pseudonym and person of a normal number; None where it is nobody's who was forgotten."""
        if text is None:
            return None
        digest = self.digest("number", text)
        found = self.numbers.get(digest)
        if found is not None:
            self.hits.add(digest)
        return found

    def text(self, text: str, read: Callable[[str], list[str]] = numbers_in) -> str:
        """A text with the numbers of forgotten persons replaced, however they are written."""
        if sum(map(str.isdigit, text)) < 8:
            return text

        def replaced(match: re.Match[str]) -> str:
            for number in read(match[0]):
                found = self.number(number)
                if found is not None:
                    return found[0]
            parts = match[0].split(" ")
            return " ".join(self.text(p, read) for p in parts) if len(parts) > 1 else match[0]

        return _DIGITS.sub(replaced, text)

    def cell(self, value: Any, read: Callable[[str], list[str]] = numbers_in) -> Any:
        """The very same object where no forgotten number stands in it."""
        if value is None or isinstance(value, bool | date | time):
            return value
        text = as_text(value) or ""
        covered = self.text(text, read)
        return value if covered == text else covered

    def cells(
        self, entity: str, columns: Mapping[str, int], cells: Sequence[Any], key: str | None
    ) -> Sequence[Any]:
        """A row's cells without forgotten persons; the very same object where there are none.

        ``key``: the key of the row, as far as it could be read; of several the lines.
        """
        reads = {index: NUMBERS[name] for name, index in columns.items() if name in NUMBERS}
        covered = [
            self.cell(value, reads.get(index, numbers_in)) for index, value in enumerate(cells)
        ]
        person = self._person(entity, reads, cells, key)
        if person is not None:
            for column in NAMES.get(entity, ()):
                index = columns.get(column, len(cells))
                if index < len(cells) and cells[index]:
                    covered[index] = (
                        self.product(str(cells[index])) if entity == "listing" else person
                    )
        same = all(a is b for a, b in zip(covered, cells, strict=True))
        return cells if same else tuple(covered)

    def _person(
        self,
        entity: str,
        reads: Mapping[int, Callable[[str], list[str]]],
        cells: Sequence[Any],
        key: str | None,
    ) -> str | None:
        """The pseudonym of whom the row is about."""
        for part in (key or "").split("\n"):
            digest = self.digest("key", f"{entity}|{part}")
            if digest in self.keys:
                self.hits.add(digest)
                return self.keys[digest]
        for index, read in reads.items():
            for number in read(as_text(cells[index]) or "") if index < len(cells) else ():
                found = self.number(number)
                if found is not None and found[1] is not None:
                    return found[1]
        return None

    def product(self, name: str) -> str:
        """What stands for a product's name with a person's in it: equal names stay equal."""
        if re.fullmatch(r"Sản phẩm • [0-9a-f]{12}", name):
            return name
        return f"Sản phẩm • {self.digest('product', values.norm(name))[:12]}"


def veil(connection: Connection) -> Veil | None:
    """The veil over all who were forgotten; None while there is nobody."""
    known = warehouse.rows(connection, "intake/veil/known")
    if not known or known[0]["number_hash"] is None:
        return None
    found = Veil(known[0]["salt"])
    for row in known:
        if row["kind"] == "number":
            found.numbers[row["number_hash"]] = (row["pseudonym"], row["person"])
        else:
            found.keys[row["number_hash"]] = row["pseudonym"]
    return found
