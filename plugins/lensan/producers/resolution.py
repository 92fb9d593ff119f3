"""Who is the same producer: stalls, registry rows and wallet accounts resolved to one.

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

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import combinations, combinations_with_replacement
from typing import Any

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler
from sqlalchemy import Connection, Engine

from lensan import warehouse
from lensan.domain import values
from lensan.domain.places import fold_commune
from lensan.warehouse import audit

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
MOST_CELLS = 4_000_000


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


@dataclass
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


class _Resolver:
    """Applies the rules one after the other to all members at once."""

    def __init__(self, members: Sequence[Member]) -> None:
        self.members = members
        self.names = [_readings(member.name) for member in members]
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
                    score = _similarity(self.names[group[0]], self.names[other])
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
                (left, right, _similarity(self.names[left], self.names[right]))
                for left, right in combinations(first, 2)
            ]
        names = self._by_reading(first)
        likely = list(self._near(names, names, NAME_DOUBTFUL))
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
            _written_otherwise(a, b) for a in self.names[left] for b in self.names[right]
        ) and not _words_contradict(self.members[left].name, self.members[right].name)

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
        clusters, members = self.clusters, self.members
        fits: dict[int, dict[int, float]] = defaultdict(dict)
        pair_of: dict[tuple[int, int], tuple[int, int]] = {}
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
            known = fits[a].get(b, 0.0)
            if score > known or (score == known and (left, right) < pair_of[a, b]):
                fits[a][b] = fits[b][a] = score
                pair_of[a, b] = (left, right)
        # HUNG is no bridge between Hùng and Hưng.
        for a, b in contradicted - spelled_alike:
            if (a, b) in pair_of:
                self.doubt(*pair_of.pop((a, b)), "commune_name", fits[a].pop(b))
                del fits[b][a]
        best = {
            root: {other for other, score in others.items() if score >= max(others.values()) - 1e-9}
            for root, others in fits.items()
            if others
        }
        clear = {
            root
            for root, others in best.items()
            if all(other in fits[another] for other, another in combinations(sorted(others), 2))
        }
        for (a, b), (left, right) in sorted(
            pair_of.items(), key=lambda item: (-fits[item[0][0]][item[0][1]], item[1])
        ):
            score = fits[a][b]
            fits_as_well = a not in clear or b not in clear or b not in best[a] or a not in best[b]
            if fits_as_well or clusters.numbers_conflict(a, b) or clusters.is_forbidden(a, b):
                self.doubt(left, right, "commune_name", score)
            else:
                self.link(left, right, "commune_name", score)

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
        names = {kinds: self._by_reading(by_kinds[kinds]) for kinds in sorted(by_kinds)}
        for one, other in combinations_with_replacement(names, 2):
            if not one & other:
                yield from self._near(names[one], names[other], NAME_DOUBTFUL)
        for sharing in by_phone.values():
            if len({self.clusters.root(index) for index in sharing}) > 1:
                shared = self._by_reading(sharing)
                yield from self._near(shared, shared, NAME_DOUBTFUL)
        everybody = self._by_reading(group)
        for reading, indexes in everybody.items():
            swapped = _swapped(reading)
            if swapped != reading and swapped in everybody:
                yield from _each(indexes, everybody[swapped], WRITTEN_OTHERWISE)

    def _near(
        self, ours: dict[str, list[int]], theirs: dict[str, list[int]], least: float
    ) -> Iterator[tuple[int, int, float]]:
        """Pairs of members (the smaller index first) whose names score ``least`` or more.

        By their readings; a pair may come twice, once for each reading of a name.
        """
        rows, columns = sorted(ours), sorted(theirs)
        block = max(1, MOST_CELLS // max(1, len(columns)))
        for start in range(0, len(rows), block):
            part = rows[start : start + block]
            against = columns[start:] if ours is theirs else columns
            scores = process.cdist(
                part, against, scorer=JaroWinkler.similarity, score_cutoff=least, dtype=np.float64
            )
            hits = scores.nonzero()
            found = scores[hits].tolist()
            for row, column, score in zip(hits[0].tolist(), hits[1].tolist(), found, strict=True):
                if ours is not theirs or row <= column:
                    yield from _each(ours[part[row]], theirs[against[column]], score)

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


def _each(left: list[int], right: list[int], score: float) -> Iterator[tuple[int, int, float]]:
    """Every pair of two groups, or within one."""
    if left is right:
        for one, other in combinations(left, 2):
            yield min(one, other), max(one, other), score
    else:
        for one in left:
            for other in right:
                if one != other:
                    yield min(one, other), max(one, other), score


# ---------------------------------------------------------------- names


@lru_cache(maxsize=65536)
def _readings(name: str) -> tuple[str, ...]:
    """The comparable name; where HO may be Hộ or the family Hồ, also the name without it."""
    comparable = values.producer_name(name)
    if comparable.startswith("ho ") and values.norm(name).startswith("ho "):
        rest = re.sub(r"^ho ((ong|ba) )?", "", comparable)
        titled = not comparable.startswith(f"ho {rest}")
        if len(rest.split()) >= (2 if titled else 3):
            return comparable, rest
    return (comparable,)


def _similarity(left: Sequence[str], right: Sequence[str]) -> float:
    """Jaro-Winkler of two names, by their likeliest readings."""
    if len(left) == len(right) == 1:
        return float(JaroWinkler.similarity(left[0], right[0]))
    return max(float(JaroWinkler.similarity(a, b)) for a in left for b in right)


def _written_otherwise(left: str, right: str) -> bool:
    """Whether two names are one but for the order, an initial, a middle name or one slip.

    Jaro-Winkler rates these low: it goes by the place of letters, and by the first ones most.
    """
    ours, theirs = sorted((left.split(), right.split()), key=len)
    if len(theirs) < 3:
        return False
    if len(ours) == len(theirs):
        pairs = list(zip(ours, theirs, strict=True))
        initials = sum(a != b and a[0] == b[0] and 1 in (len(a), len(b)) for a, b in pairs)
        if ours[-1] == theirs[-1] and initials + sum(a == b for a, b in pairs) == len(pairs):
            return True
        if right in (_swapped(left), _swapped(_swapped(left))) or left == _swapped(right):
            return True
    elif len(ours) == 2 and (ours[0], ours[-1]) == (theirs[0], theirs[-1]):
        return True
    return bool(OSA.distance(left, right, score_cutoff=1) <= 1)


def _words_contradict(left: str, right: str) -> bool:
    """Whether both names bear diacritics and a word of both differs in them, wherever it stands."""
    if left.isascii() or right.isascii():
        return False
    ours = {values.fold(word): word for word in values.norm(left).split()}
    theirs = {values.fold(word): word for word in values.norm(right).split()}
    return any(theirs.get(bare, word) != word for bare, word in ours.items())


def _swapped(name: str) -> str:
    """The given name first: nguyen van an → an nguyen van. Shorter names are left as they are."""
    words = name.split()
    return " ".join([words[-1], *words[:-1]]) if len(words) >= 3 else name


# ---------------------------------------------------------------- in the warehouse


def resolve(engine: Engine, *, moment: datetime) -> dict[str, int]:
    """Resolve everything known to producers and record what changed. Returns counts.

    ``moment`` (aware) is when this knowledge begins; earlier knowledge stays in the history.
    """
    with engine.begin() as connection:
        warehouse.one_loader(connection)
        members = sorted(
            (
                Member(
                    **{
                        **row,
                        "commune": fold_commune(row["commune"]) if row["commune"] else None,
                    }
                )
                for row in warehouse.rows(connection, "producers/resolution/members")
            ),
            key=lambda m: (KIND_ORDER[m.kind], m.key),
        )
        index = {(member.kind, member.key): number for number, member in enumerate(members)}
        same: list[tuple[int, int]] = []
        different: list[tuple[int, int]] = []
        for row in warehouse.rows(connection, "producers/resolution/decisions"):
            left = index.get((row["left_kind"], row["left_key"]))
            right = index.get((row["right_kind"], row["right_key"]))
            if left is not None and right is not None:
                (same if row["decision"] == "same" else different).append((left, right))
        resolution = resolve_members(members, same=same, different=different)
        groups: dict[int, list[Member]] = defaultdict(list)
        for number, member in enumerate(members):
            groups[resolution.cluster[number]].append(member)
        producer_of = {
            root: min(member.first_record_id for member in group) for root, group in groups.items()
        }
        warehouse.run(connection, "producers/resolution/tables")
        warehouse.copy_rows(
            connection,
            "resolved_member",
            ("member_kind", "member_key", "producer_id", "rule", "score", "linked_to"),
            (
                (
                    m.kind,
                    m.key,
                    producer_of[resolution.cluster[i]],
                    link.rule,
                    link.score,
                    link.linked_to,
                )
                for i, (m, link) in enumerate(zip(members, resolution.links, strict=True))
            ),
        )
        warehouse.copy_rows(
            connection,
            "resolved_producer",
            ("producer_id", "kind", "unit_code", "unit_from"),
            ((producer_of[root], *_of_producer(group)) for root, group in groups.items()),
        )
        warehouse.copy_rows(
            connection,
            "resolved_doubt",
            (
                "left_kind",
                "left_key",
                "right_kind",
                "right_key",
                "rule",
                "score",
                "left_record_id",
                "right_record_id",
            ),
            (
                (
                    members[d.left].kind,
                    members[d.left].key,
                    members[d.right].kind,
                    members[d.right].key,
                    d.rule,
                    d.score,
                    members[d.left].record_id,
                    members[d.right].record_id,
                )
                for d in resolution.doubts
            ),
        )
        warehouse.run(connection, "producers/resolution/merge", moment=moment)
    with engine.begin() as connection:
        # Resolution follows every sweep: what is computed next is planned by what is there now.
        warehouse.run(connection, "producers/resolution/refresh_statistics")
    return {"members": len(members), "producers": len(groups), "doubtful": len(resolution.doubts)}


def _of_producer(group: Sequence[Member]) -> tuple[str | None, str | None, str]:
    """Kind and unit: the registry's where one is linked (the latest list), else the first-opened
    stall's, else the wallet account's."""
    registry = sorted(
        (m for m in group if m.kind == "registry"), key=lambda m: (m.export_date, m.record_id)
    )
    stalls = sorted(
        (m for m in group if m.kind == "stall"), key=lambda m: (m.opened_on or date.max, m.key)
    )
    at_home = [m for m in stalls if m.unit_code] or stalls
    wallets = [m for m in group if m.kind == "wallet"]
    kinds = [m.producer_kind for m in reversed(registry) if m.producer_kind]
    kind = kinds[0] if kinds else (stalls[0].producer_kind if stalls else None)
    if registry:
        return kind, registry[-1].unit_code, "registry"
    if at_home:
        return kind, at_home[0].unit_code, "stall"
    return kind, wallets[0].unit_code, "wallet"


# ---------------------------------------------------------------- decisions of people


class DecisionError(ValueError):
    """A decision that cannot be taken; the text says why and what to do instead.

    ``pairs``: the decided pairs it would contradict.
    """

    def __init__(self, text: str, pairs: Sequence[int] = ()) -> None:
        super().__init__(text)
        self.pairs = tuple(pairs)


def doubtful_pairs(
    engine: Engine,
    *,
    pair_id: int | None = None,
    with_settled: bool = False,
    most: int | None = None,
) -> list[dict[str, Any]]:
    """Doubtful pairs, likeliest first; ``left`` and ``right`` hold the rows. Personal data.

    ``state``: waiting, same, different or gone (the rules no longer doubt it). ``with_settled``: all
    of them, else those that wait.
    """
    with engine.connect() as connection:
        found = warehouse.rows(
            connection,
            "producers/resolution/doubtful_pairs",
            pair_id=pair_id,
            with_settled=with_settled,
            most=most,
        )
    of_pair = (
        "pair_id", "rule", "score", "found_at", "gone_at", "decision", "decided_by", "decided_at",
        "note",
    )  # fmt: skip
    pairs: dict[int, dict[str, Any]] = {}
    for row in found:
        pair = pairs.setdefault(row["pair_id"], {name: row[name] for name in of_pair})
        gone = "gone" if row["gone_at"] else "waiting"
        pair["state"] = row["decision"] or gone
        pair[row["side"]] = {
            name: value for name, value in row.items() if name not in of_pair and name != "side"
        }
    return list(pairs.values())


def decide(
    engine: Engine, pair_id: int, decision: str, *, by: str, note: str | None, moment: datetime
) -> None:
    """Record that a pair is the same producer or different ones; the next resolution obeys.

    The decision is kept by the members' keys, which outlive re-loading. Raises DecisionError for an
    unknown pair, one that is decided already, or a decision that contradicts others.
    """
    with engine.begin() as connection:
        warehouse.one_loader(connection)
        pair = _pair(connection, pair_id)
        if pair["decision"] is not None:
            raise DecisionError(
                f"pair {pair_id} was decided already: {_told(pair)}; "
                f"to change that, first: lensan duplicates undo {pair_id} --by NAME"
            )
        decided = warehouse.rows(connection, "producers/resolution/decisions")
        against = _contradicted(pair, decision, decided)
        if against:
            numbers = ", ".join(str(number) for number in against)
            raise DecisionError(
                f"pair {pair_id} cannot be decided '{decision}': that contradicts the decisions on "
                f"{'pair' if len(against) == 1 else 'pairs'} {numbers}; look at them with "
                f"lensan duplicates show {against[0]} and take the wrong one back with "
                f"lensan duplicates undo {against[0]} --by NAME",
                against,
            )
        _record(connection, pair_id, decision, by, note, moment)


def undo_decision(
    engine: Engine, pair_id: int, *, by: str, note: str | None, moment: datetime
) -> None:
    """Take a decision back; the next resolution goes by the rules. Raises DecisionError."""
    with engine.begin() as connection:
        warehouse.one_loader(connection)
        if _pair(connection, pair_id)["decision"] is None:
            raise DecisionError(
                f"pair {pair_id} has no decision to take back; to take one: "
                f"lensan duplicates same {pair_id} --by NAME (or different)"
            )
        _record(connection, pair_id, None, by, note, moment)


def _record(
    connection: Connection,
    pair_id: int,
    decision: str | None,
    by: str,
    note: str | None,
    moment: datetime,
) -> None:
    if not by.strip():
        raise DecisionError("say who decides: --by NAME")
    warehouse.run(
        connection,
        "producers/resolution/doubtful_decide",
        pair_id=pair_id,
        decision=decision,
        decided_by=by.strip(),
        decided_at=moment,
        note=note,
    )
    audit.record(
        connection,
        actor=by.strip(),
        action="duplicates.decide" if decision else "duplicates.undo",
        subject=f"pair {pair_id}",
        detail={"decision": decision},
        moment=moment,
    )


def _pair(connection: Connection, pair_id: int) -> dict[str, Any]:
    found = warehouse.rows(connection, "producers/resolution/doubtful_pair", pair_id=pair_id)
    if not found:
        raise DecisionError(
            f"there is no pair {pair_id}; lensan duplicates list shows those that wait, "
            "with --all every one"
        )
    return found[0]


def _told(pair: Mapping[str, Any]) -> str:
    return f"'{pair['decision']}' by {pair['decided_by']} at {pair['decided_at']:%Y-%m-%d %H:%M}"


def _contradicted(
    pair: Mapping[str, Any], decision: str, decided: Sequence[Mapping[str, Any]]
) -> list[int]:
    """The decided pairs that a new decision would contradict: A = B, B = C leaves no A ≠ C.

    For "different" it is the chain of pairs that makes the two the same; for "same" the pair that
    would be torn and what chains it to the two.
    """
    chains: dict[tuple[str, str], list[tuple[tuple[str, str], int]]] = defaultdict(list)
    for row in decided:
        if row["decision"] == "same":
            left, right = _ends(row)
            chains[left].append((right, row["pair_id"]))
            chains[right].append((left, row["pair_id"]))

    def reached(start: tuple[str, str]) -> dict[tuple[str, str], list[int]]:
        found: dict[tuple[str, str], list[int]] = {start: []}
        queue = [start]
        for here in queue:
            for there, number in chains[here]:
                if there not in found:
                    found[there] = [*found[here], number]
                    queue.append(there)
        return found

    left, right = _ends(pair)
    ours, theirs = reached(left), reached(right)
    if decision == "different":
        return ours.get(right, [])
    for row in decided:
        if row["decision"] == "different":
            one, other = _ends(row)
            if other in ours and one in theirs:
                one, other = other, one
            if one in ours and other in theirs:
                return [row["pair_id"], *ours[one], *theirs[other]]
    return []


def _ends(row: Mapping[str, Any]) -> tuple[tuple[str, str], tuple[str, str]]:
    return (row["left_kind"], row["left_key"]), (row["right_kind"], row["right_key"])
