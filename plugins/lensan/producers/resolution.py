"""Who is the same producer: stalls, registry rows and wallet accounts resolved to one. Pure.

The rules are those of docs/rules/sources.md#who-is-the-same-producer, applied to everything known at
once, so that the result does not depend on the order in which files came:

0. A decision of a person (same, different) is obeyed.
1. The same paper number.
2. The same phone within the province, when the names agree (similarity 0.85).
3. The same commune and similarity 0.92, no number of a kind with two values, no contradicting
   diacritics, and no other producer of the commune fits as well.
4. Else a new producer.

Proved beside them on labelled samples (tests/support/labelled_people.py): one phone vouches for names that
are one but for their order, an initial, a middle name or one slip; HO in capitals is read as Hộ and
as Hồ; a name without diacritics does not make Hùng and Hưng one.

Two different valid paper numbers of one kind are never one producer (unless a person decided so).
Pairs that nearly fit are kept for a person to decide.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations, combinations_with_replacement

from lensan.domain import values
from lensan.producers import names

PHONE_AGREES = 0.85
NAME_FITS = 0.92
NAME_DOUBTFUL = 0.80
# A name in another order, with an initial, without its middle name, or with one slip of the finger:
# enough beside the same phone, else doubtful.
WRITTEN_OTHERWISE = 0.90
KIND_ORDER = {"registry": 0, "stall": 1, "wallet": 2}
KIND_BITS = {"CCCD": 2, "CMND": 4, "MST": 8}
MANY_OF_A_PHONE = 64
MOST_DOUBTS_OF_A_PHONE = 2000


@dataclass(frozen=True)
class Member:
    """A stall, registry row or wallet account. ``place``: province, unit and commune (folded)."""

    kind: str
    key: str
    name: str
    paper_number: str | None
    phone: str | None
    province_code: str
    unit_code: str | None
    commune: str | None
    producer_kind: str | None
    opened_on: date | None
    export_date: date
    record_id: int
    first_record_id: int

    @property
    def is_company(self) -> bool:
        """Whether it is a company: those are not merged by name and commune."""
        return self.producer_kind == "company"


@dataclass(frozen=True)
class Link:
    """Why a member belongs to its producer."""

    rule: str
    score: float
    linked_to: str | None


@dataclass(frozen=True)
class Doubt:
    """Two members (their numbers) that may be one producer. ``score``: 0 to 1, likeliest first."""

    left: int
    right: int
    rule: str
    score: float


@dataclass(frozen=True)
class Resolution:
    """``cluster[i]`` is the number of member i's producer; ``links`` why; ``doubts`` for a person."""

    cluster: list[int]
    links: list[Link]
    doubts: list[Doubt]


def paper_kind(number: str) -> str:
    """CCCD has 12 digits, CMND 9, MST 10 or 13."""
    return {12: "CCCD", 9: "CMND"}.get(len(number), "MST")


class _Clusters:
    """Union of members into producers, with the numbers each producer bears.

    Numbers are tuples of text, which cost little memory and which the collector need not visit.
    """

    def __init__(self, members: Sequence[Member]) -> None:
        self.parent = list(range(len(members)))
        self.papers: list[tuple[str, ...]] = [
            (member.paper_number,) if member.paper_number else () for member in members
        ]
        self.phones: list[tuple[str, ...]] = [
            (member.phone,) if member.phone else () for member in members
        ]
        self.different: dict[int, set[int]] = {}

    def root(self, index: int) -> int:
        parent = self.parent
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    def forbid(self, left: int, right: int) -> None:
        a, b = self.root(left), self.root(right)
        self.different.setdefault(a, set()).add(b)
        self.different.setdefault(b, set()).add(a)

    def papers_conflict(self, left: int, right: int) -> bool:
        ours, theirs = self.papers[self.root(left)], self.papers[self.root(right)]
        if not ours or not theirs:
            return False
        common = {paper_kind(number) for number in ours} & {paper_kind(n) for n in theirs}
        agreed = {paper_kind(number) for number in ours if number in theirs}
        return not common <= agreed

    def numbers_conflict(self, left: int, right: int) -> bool:
        a, b = self.phones[self.root(left)], self.phones[self.root(right)]
        apart = bool(a and b) and not any(phone in b for phone in a)
        return apart or self.papers_conflict(left, right)

    def is_forbidden(self, left: int, right: int) -> bool:
        if not self.different:
            return False
        others = self.different.get(self.root(left), ())
        return self.root(right) in {self.root(index) for index in others}

    def kinds(self, index: int) -> int:
        """The kinds of number a producer bears, one bit each."""
        root = self.root(index)
        kinds = 1 if self.phones[root] else 0
        for number in self.papers[root]:
            kinds |= KIND_BITS[paper_kind(number)]
        return kinds

    def unite(self, left: int, right: int) -> None:
        a, b = sorted((self.root(left), self.root(right)))
        if a == b:
            return
        self.parent[b] = a
        self.papers[a] = _merged(self.papers[a], self.papers[b])
        self.phones[a] = _merged(self.phones[a], self.phones[b])
        others = self.different.pop(b, None)
        if others:
            self.different.setdefault(a, set()).update(others)


def _merged(ours: tuple[str, ...], theirs: tuple[str, ...]) -> tuple[str, ...]:
    return ours if ours == theirs else tuple(dict.fromkeys(ours + theirs))


class _Fits:
    """Which producers of one commune fit by their names, and which of them fit nobody else as well.

    ``members``: pair of producers → the pair of members that fits best.
    """

    def __init__(self) -> None:
        self.members: dict[tuple[int, int], tuple[int, int]] = {}
        self._scores: dict[int, dict[int, float]] = defaultdict(dict)
        self._best: dict[int, set[int]] = {}
        self._clear: set[int] = set()

    def add(self, pair: tuple[int, int], members: tuple[int, int], score: float) -> None:
        """Note that two members of a pair of producers fit; the likeliest are kept, of equals the first."""
        a, b = pair
        known = self._scores[a].get(b, 0.0)
        if score > known or (score == known and members < self.members[pair]):
            self._scores[a][b] = self._scores[b][a] = score
            self.members[pair] = members

    def drop(self, pair: tuple[int, int]) -> float:
        """Take a pair out; its score."""
        a, b = pair
        del self.members[pair], self._scores[b][a]
        return self._scores[a].pop(b)

    def choose(self) -> None:
        """Find each producer's best ones; it is clear when those all fit one another."""
        for root, others in self._scores.items():
            if others:
                most = max(others.values()) - 1e-9
                self._best[root] = {other for other, score in others.items() if score >= most}
        self._clear = {
            root
            for root, others in self._best.items()
            if all(b in self._scores[a] for a, b in combinations(sorted(others), 2))
        }

    def is_unrivalled(self, a: int, b: int) -> bool:
        """Whether both are each other's best and no third one fits as well."""
        return {a, b} <= self._clear and b in self._best[a] and a in self._best[b]

    def by_score(self) -> list[tuple[tuple[int, int], tuple[int, int], float]]:
        """Pairs of producers, their members and scores, the likeliest first."""
        found = [
            (pair, ours, self._scores[pair[0]][pair[1]]) for pair, ours in self.members.items()
        ]
        return sorted(found, key=lambda item: (-item[2], item[1]))


class _Resolver:
    """Applies the rules one after the other to all members at once."""

    def __init__(self, members: Sequence[Member]) -> None:
        self.members = members
        self.names = [names.readings(member.name) for member in members]
        self.clusters = _Clusters(members)
        self.links = [Link("new", 1.0, None)] * len(members)
        self.doubts: dict[tuple[int, int], tuple[float, int, int, str]] = {}
        self.vouched: list[tuple[int, int]] = []

    def link(self, left: int, right: int, rule: str, score: float) -> None:
        first, second = sorted((left, right))
        self.clusters.unite(first, second)
        newcomer, other = (second, first) if self.links[second].rule == "new" else (first, second)
        if self.links[newcomer].rule == "new":
            self.links[newcomer] = Link(rule, round(score, 4), self.members[other].key)

    def doubt(self, left: int, right: int, rule: str, score: float) -> None:
        """Of two producers, as they stand, only the likeliest pair of members is kept."""
        a, b = self.clusters.root(left), self.clusters.root(right)
        key = (a, b) if a < b else (b, a)
        doubt = (-score, left, right, rule) if left < right else (-score, right, left, rule)
        kept = self.doubts.get(key)
        if kept is None or doubt < kept:
            self.doubts[key] = doubt

    # ------------------------------------------------------------ rule 1

    def by_paper(self) -> None:
        groups: dict[str, list[int]] = defaultdict(list)
        for index, member in enumerate(self.members):
            if member.paper_number:
                groups[member.paper_number].append(index)
        for group in groups.values():
            for other in group[1:]:
                if not self.clusters.is_forbidden(group[0], other):
                    score = names.similarity(self.names[group[0]], self.names[other])
                    self.link(group[0], other, "paper_number", score)

    # ------------------------------------------------------------ rule 2

    def by_phone(self) -> None:
        clusters, members = self.clusters, self.members
        groups: dict[tuple[str, str], list[int]] = defaultdict(list)
        for index, member in enumerate(members):
            if member.phone:
                groups[member.phone, member.province_code].append(index)
        scored: list[tuple[float, bool, int, int]] = []
        for group in groups.values():
            if len(group) > 1:
                for left, right, score in self._of_one_phone(group):
                    moved = members[left].commune != members[right].commune
                    scored.append((-score, moved, left, right))
        scored.sort()
        for negative, _, left, right in scored:
            if clusters.root(left) == clusters.root(right):
                continue
            if clusters.papers_conflict(left, right) or clusters.is_forbidden(left, right):
                continue
            if -negative >= PHONE_AGREES:
                self.link(left, right, "phone", -negative)
            else:
                self.doubt(left, right, "phone", -negative)
                if self._are_written_otherwise(left, right):
                    self.vouched.append((left, right))

    def _of_one_phone(self, group: list[int]) -> list[tuple[int, int, float]]:
        """Pairs with their scores; of a phone of very many, agreeing ones and some doubtful ones."""
        first = self._first_of_each(group)
        if len(first) <= MANY_OF_A_PHONE:
            return [
                (left, right, names.similarity(self.names[left], self.names[right]))
                for left, right in combinations(first, 2)
            ]
        alike = self._by_reading(first)
        likely = list(names.near(alike, alike, NAME_DOUBTFUL))
        likely.sort(key=lambda pair: (-pair[2], pair[0], pair[1]))
        agreeing = sum(score >= PHONE_AGREES for _, _, score in likely)
        return likely[: agreeing + MOST_DOUBTS_OF_A_PHONE]

    def _first_of_each(self, group: Iterable[int]) -> list[int]:
        """One member for each producer and spelling: the others have nothing to add."""
        first: dict[tuple[int, str], int] = {}
        for index in group:
            first.setdefault((self.clusters.root(index), self.members[index].name), index)
        return sorted(first.values())

    def by_phone_and_name_written_otherwise(self) -> None:
        """What the second rule left in doubt, where the names are one but for how they are written.

        After the third rule, so that it takes nothing from what the rules link.
        """
        for left, right in self.vouched:
            if not (
                self.clusters.root(left) == self.clusters.root(right)
                or self.clusters.papers_conflict(left, right)
                or self.clusters.is_forbidden(left, right)
            ):
                self.link(left, right, "phone", WRITTEN_OTHERWISE)

    def _are_written_otherwise(self, left: int, right: int) -> bool:
        return any(
            names.written_otherwise(a, b) for a in self.names[left] for b in self.names[right]
        ) and not names.words_contradict(self.members[left].name, self.members[right].name)

    # ------------------------------------------------------------ rule 3

    def by_commune(self) -> None:
        by_place: dict[tuple[str, str], list[int]] = defaultdict(list)
        for index, member in enumerate(self.members):
            if (
                member.commune
                and member.unit_code
                and not member.is_company
                and any(self.names[index])
            ):
                by_place[member.unit_code, member.commune].append(index)
        for place in sorted(by_place):
            self._within(self._first_of_each(by_place[place]))

    def _within(self, group: list[int]) -> None:
        """The third rule among the producers of one commune."""
        clusters = self.clusters
        fits = self._fitting(group)
        fits.choose()
        for (a, b), (left, right), score in fits.by_score():
            kept_apart = clusters.numbers_conflict(a, b) or clusters.is_forbidden(a, b)
            if kept_apart or not fits.is_unrivalled(a, b):
                self.doubt(left, right, "commune_name", score)
            else:
                self.link(left, right, "commune_name", score)

    def _fitting(self, group: list[int]) -> _Fits:
        """Which producers of a commune fit each other; what is only like is noted as a doubt."""
        clusters, members = self.clusters, self.members
        fits = _Fits()
        spelled_alike: set[tuple[int, int]] = set()
        contradicted: set[tuple[int, int]] = set()
        for left, right, score in self._candidates(group):
            a, b = sorted((clusters.root(left), clusters.root(right)))
            if a == b or clusters.numbers_conflict(a, b) or clusters.is_forbidden(a, b):
                continue
            ours, theirs = members[left].name, members[right].name
            if values.diacritics_contradict(ours, theirs):
                contradicted.add((a, b))
                continue
            if score < NAME_FITS:
                self.doubt(left, right, "commune_name", score)
                continue
            if not ours.isascii() and not theirs.isascii():
                spelled_alike.add((a, b))
            fits.add((a, b), (left, right), score)
        # HUNG is no bridge between Hùng and Hưng.
        for pair in contradicted - spelled_alike:
            if pair in fits.members:
                self.doubt(*fits.members[pair], "commune_name", fits.drop(pair))
        return fits

    def _candidates(self, group: list[int]) -> Iterator[tuple[int, int, float]]:
        """Pairs with names at least doubtful, but for most of those whose numbers keep them apart.

        Two producers that both bear a number of one kind are one producer already or never will be,
        save those that share a phone: so only groups without a kind in common are compared.
        """
        by_kinds: dict[int, list[int]] = defaultdict(list)
        by_phone: dict[str, list[int]] = defaultdict(list)
        for index in group:
            by_kinds[self.clusters.kinds(index)].append(index)
            for phone in self.clusters.phones[self.clusters.root(index)]:
                by_phone[phone].append(index)
        bearing = {kinds: self._by_reading(by_kinds[kinds]) for kinds in sorted(by_kinds)}
        for one, other in combinations_with_replacement(bearing, 2):
            if not one & other:
                yield from names.near(bearing[one], bearing[other], NAME_DOUBTFUL)
        for sharing in by_phone.values():
            if len({self.clusters.root(index) for index in sharing}) > 1:
                shared = self._by_reading(sharing)
                yield from names.near(shared, shared, NAME_DOUBTFUL)
        everybody = self._by_reading(group)
        for reading, indexes in everybody.items():
            swapped = names.swapped(reading)
            if swapped != reading and swapped in everybody:
                yield from names.each_pair(indexes, everybody[swapped], WRITTEN_OTHERWISE)

    def _by_reading(self, group: Iterable[int]) -> dict[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for index in group:
            for reading in self.names[index]:
                if reading:
                    found[reading].append(index)
        return found


def resolve_members(
    members: Sequence[Member],
    *,
    same: Iterable[tuple[int, int]] = (),
    different: Iterable[tuple[int, int]] = (),
) -> Resolution:
    """Resolve members to producers. ``same`` and ``different``: pairs of indexes a person decided.

    Pure and deterministic: the result depends on the members' content, not on their order, as long
    as the caller sorts them by kind and key.
    """
    resolver = _Resolver(members)
    for left, right in same:
        resolver.link(left, right, "decision", 1.0)
    for left, right in different:
        resolver.clusters.forbid(left, right)
    resolver.by_paper()
    resolver.by_phone()
    resolver.by_commune()
    resolver.by_phone_and_name_written_otherwise()

    clusters = resolver.clusters
    cluster = [clusters.root(index) for index in range(len(members))]
    left_open: dict[tuple[int, int], Doubt] = {}
    for negative, left, right, rule in sorted(resolver.doubts.values()):
        a, b = cluster[left], cluster[right]
        key = (a, b) if a < b else (b, a)
        if a != b and key not in left_open and not clusters.is_forbidden(a, b):
            left_open[key] = Doubt(left, right, rule, round(-negative, 4))
    return Resolution(cluster, resolver.links, list(left_open.values()))
