"""Whom a paper number, a phone or a producer means, and every row in which that person stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from gettext import gettext as _
from typing import NamedTuple

from sqlalchemy import Connection, Engine

from lensan import warehouse
from lensan.domain import identifiers, values

_OLD_MOBILES = {new: old for old, new in identifiers.OLD_MOBILES.items()}


class UnknownPersonError(LookupError):
    """Nobody is found, or more than one; the text says what to do."""


class Bearer(NamedTuple):
    """A stall, registry row or wallet account of a person, in one of its versions."""

    kind: str
    key: str
    paper_number: str | None
    phone: str | None
    name: str | None
    unit_code: str | None
    producer_id: int | None

    @property
    def numbers(self) -> set[str]:
        """Its paper number and phone, as far as it has them."""
        return {number for number in (self.paper_number, self.phone) if number is not None}


class Mention(NamedTuple):
    """A training or OCOP product that names a person."""

    kind: str
    key: str
    name: str | None


class Listing(NamedTuple):
    """A listing of a stall under one of its names."""

    key: str
    name: str


class FileRow(NamedTuple):
    """A row of a file in which a person stands, as it is kept."""

    record_id: int
    entity: str
    entity_key: str | None
    cells: list[str | None]
    headers: list[str | None]
    source: str
    sha256: str


@dataclass(frozen=True)
class Person:
    """Whose traces are to go. ``listings``: all of the stalls; ``numbers``: papers and phones;
    ``shared``: those that others bear too; ``others``: entity and key of rows of others in whose key one
    of those stands. Personal data: never log it."""

    producers: tuple[int, ...]
    members: tuple[Bearer, ...]
    mentions: tuple[Mention, ...]
    listings: tuple[Listing, ...]
    numbers: frozenset[str]
    shared: frozenset[str]
    others: frozenset[tuple[str, str]]

    @cached_property
    def names(self) -> frozenset[str]:
        """All names under which the person stands anywhere."""
        rows: list[Bearer | Mention] = [*self.members, *self.mentions]
        return frozenset(row.name for row in rows if row.name)

    @cached_property
    def keys(self) -> frozenset[tuple[str, str]]:
        """Entity and key of the rows that are about the person."""
        rows: list[Bearer | Mention] = [*self.members, *self.mentions]
        return frozenset((row.kind, row.key) for row in rows)

    @cached_property
    def named_listings(self) -> tuple[Listing, ...]:
        """Listings that bear the person's name."""
        names = {values.norm(name) for name in self.names}
        return tuple(
            row for row in self.listings if any(name in values.norm(row.name) for name in names)
        )


def find(
    engine: Engine,
    *,
    paper_number: str | None = None,
    phone: str | None = None,
    producer_id: int | None = None,
) -> Person:
    """The person of a paper number, a phone or a producer. Raises UnknownPersonError, and ValueError
    for what is no number."""
    given = _given(paper_number, phone)
    if not given and producer_id is None:
        raise ValueError(_("say who: a paper number, a phone or a producer"))
    with engine.begin() as connection:
        borne = _bearers(connection, given, [producer_id] if producer_id is not None else [])
        producers = sorted({row.producer_id for row in borne if row.producer_id is not None})
        if len(producers) > 1:
            raise UnknownPersonError(
                _(
                    "producers {numbers} bear this number; say which one: lensan forget --producer ID"
                ).format(numbers=", ".join(map(str, producers)))
            )
        members = _bearers(connection, set(), producers) if producers else borne
        person = _person(connection, producers, members, given)
        if not members and not person.mentions and not file_rows(connection, person):
            raise UnknownPersonError(_("nobody is known by that; nothing is to be forgotten"))
    return person


def of_number(engine: Engine, number: str) -> Person:
    """The person of a paper number or phone as it is kept. Raises UnknownPersonError."""
    if identifiers.parse_phone(number).value == number:
        return find(engine, phone=number)
    return find(engine, paper_number=number)


def _given(paper_number: str | None, phone: str | None) -> set[str]:
    """The numbers as they are kept. Raises ValueError for what is none."""
    given: set[str] = set()
    if paper_number is not None:
        paper = identifiers.parse_paper_number(paper_number).value
        if paper is None:
            raise ValueError(
                _("this is no paper number: 12 (CCCD), 9 (CMND), 10 or 13 digits (MST)")
            )
        given.add(paper.number)
    if phone is not None:
        number = identifiers.parse_phone(phone).value
        if number is None:
            raise ValueError(_("this is no phone number: write it like 0912345678"))
        given.add(number)
    return given


def _person(
    connection: Connection, producers: list[int], members: list[Bearer], given: set[str]
) -> Person:
    """A person with what is about it and what only shares a number with it."""
    numbers = given.union(*(row.numbers for row in members))
    own = {(row.kind, row.key) for row in members}
    others = [row for row in _bearers(connection, numbers, []) if (row.kind, row.key) not in own]
    shared = {number for row in others for number in row.numbers} & numbers
    mentions = _mentions(connection, numbers - shared, members)
    sharing: list[Bearer | Mention] = [*others, *_mentions(connection, shared, [])]
    listings = warehouse.rows(
        connection,
        "privacy/people/listings",
        stalls=[row.key for row in members if row.kind == "stall"],
    )
    return Person(
        tuple(producers),
        tuple(members),
        tuple(mentions),
        tuple(Listing(**row) for row in listings),
        frozenset(numbers),
        frozenset(shared),
        frozenset((row.kind, row.key) for row in sharing if shared & set(row.key.split("|"))),
    )


def _bearers(
    connection: Connection, numbers: Iterable[str], producers: Iterable[int]
) -> list[Bearer]:
    """Rows that bear one of the numbers or belong to one of the producers."""
    found = warehouse.rows(
        connection, "privacy/people/bearers", numbers=sorted(numbers), producers=list(producers)
    )
    return [Bearer(**row) for row in found]


def _mentions(
    connection: Connection, numbers: Iterable[str], members: Iterable[Bearer]
) -> list[Mention]:
    """Trainings and OCOP products with one of the numbers, or without any and with a member's name."""
    members = list(members)
    found = warehouse.rows(
        connection,
        "privacy/people/mentions",
        numbers=sorted(numbers),
        names=[row.name for row in members],
        units=[row.unit_code for row in members],
    )
    return [Mention(**row) for row in found]


def file_rows(connection: Connection, person: Person) -> list[FileRow]:
    """Every row of a file that is about the person, or in which a number of it stands."""
    keys = sorted(person.keys | {("listing", row.key) for row in person.named_listings})
    found = warehouse.rows(
        connection,
        "privacy/people/file_rows",
        entities=[entity for entity, _ in keys],
        keys=[key for _, key in keys],
        digits="|".join(sorted(digit_runs(person.numbers))) or "^$impossible",
    )
    return [FileRow(**row) for row in found]


def digit_runs(numbers: Iterable[str]) -> set[str]:
    """Digits that stand in every writing of the numbers: leading zeros and 84 may be missing, a
    mobile number may be of before 2018."""
    found = set()
    for number in numbers:
        found.add(number.lstrip("0"))
        old = _OLD_MOBILES.get(number[:3])
        if old is not None and len(number) == 10:
            found.add((old + number[3:]).lstrip("0"))
    return found
