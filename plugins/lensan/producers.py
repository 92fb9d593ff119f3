"""Who is the same producer: stalls, registry rows and wallet accounts resolved to one.

The rules are those of spec/sources.md ("Who is the same producer"), applied to everything known at
once, so that the result does not depend on the order in which files came:

0. A decision of a person (same, different) is obeyed.
1. The same paper number.
2. The same phone within the province, when the names agree (similarity 0.85).
3. The same commune and similarity 0.92, no number of a kind with two values, no contradicting
   diacritics, and no other producer of the commune fits as well.
4. Else a new producer.

Two different valid paper numbers of one kind are never one producer (unless a person decided so).
Pairs that nearly fit are kept for a person to decide.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import combinations
from typing import Any

from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler
from sqlalchemy import Connection, Engine

from lensan import values, warehouse
from lensan.reference import fold_commune

PHONE_AGREES = 0.85
NAME_FITS = 0.92
NAME_DOUBTFUL = 0.80
KIND_ORDER = {"registry": 0, "stall": 1, "wallet": 2}
MOST_PAIRS_OF_A_PHONE = 2000


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
        return self.producer_kind == "company"


@dataclass(frozen=True)
class Link:
    """Why a member belongs to its producer."""

    rule: str
    score: float
    linked_to: str | None


@dataclass(frozen=True)
class Doubt:
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
    """Union of members into producers, with the numbers each producer bears."""

    def __init__(self, members: Sequence[Member]) -> None:
        self.parent = list(range(len(members)))
        self.papers: list[dict[str, set[str]]] = []
        self.phones: list[set[str]] = []
        self.different: dict[int, set[int]] = defaultdict(set)
        for member in members:
            papers: dict[str, set[str]] = {}
            if member.paper_number:
                papers[paper_kind(member.paper_number)] = {member.paper_number}
            self.papers.append(papers)
            self.phones.append({member.phone} if member.phone else set())

    def root(self, index: int) -> int:
        while self.parent[index] != index:
            self.parent[index] = self.parent[self.parent[index]]
            index = self.parent[index]
        return index

    def forbid(self, left: int, right: int) -> None:
        a, b = self.root(left), self.root(right)
        self.different[a].add(b)
        self.different[b].add(a)

    def papers_conflict(self, left: int, right: int) -> bool:
        a, b = self.papers[self.root(left)], self.papers[self.root(right)]
        return any(kind in b and numbers.isdisjoint(b[kind]) for kind, numbers in a.items())

    def numbers_conflict(self, left: int, right: int) -> bool:
        a, b = self.phones[self.root(left)], self.phones[self.root(right)]
        return self.papers_conflict(left, right) or bool(a and b and a.isdisjoint(b))

    def is_forbidden(self, left: int, right: int) -> bool:
        return self.root(right) in {self.root(i) for i in self.different[self.root(left)]}

    def unite(self, left: int, right: int) -> None:
        a, b = sorted((self.root(left), self.root(right)))
        if a == b:
            return
        self.parent[b] = a
        for kind, numbers in self.papers[b].items():
            self.papers[a].setdefault(kind, set()).update(numbers)
        self.phones[a] |= self.phones[b]
        self.different[a] |= self.different.pop(b, set())


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
    names = [values.producer_name(member.name) for member in members]
    clusters = _Clusters(members)
    links = [Link("new", 1.0, None) for _ in members]
    doubts: dict[tuple[int, int], Doubt] = {}

    def link(left: int, right: int, rule: str, score: float) -> None:
        first, second = sorted((left, right))
        clusters.unite(first, second)
        newcomer, other = (second, first) if links[second].rule == "new" else (first, second)
        if links[newcomer].rule == "new":
            links[newcomer] = Link(rule, round(score, 4), members[other].key)

    for left, right in same:
        link(left, right, "decision", 1.0)
    for left, right in different:
        clusters.forbid(left, right)

    by_paper: dict[str, list[int]] = defaultdict(list)
    for index, member in enumerate(members):
        if member.paper_number:
            by_paper[member.paper_number].append(index)
    for group in by_paper.values():
        for other in group[1:]:
            if not clusters.is_forbidden(group[0], other):
                link(group[0], other, "paper_number", _similarity(names[group[0]], names[other]))

    _by_phone(members, names, clusters, link, doubts)
    _by_commune(members, names, clusters, link, doubts)

    cluster = [clusters.root(index) for index in range(len(members))]
    left_open = [
        doubt
        for doubt in doubts.values()
        if cluster[doubt.left] != cluster[doubt.right]
        and not clusters.is_forbidden(doubt.left, doubt.right)
    ]
    return Resolution(cluster, links, left_open)


def _similarity(left: str, right: str) -> float:
    return float(JaroWinkler.similarity(left, right))


def _by_phone(members, names, clusters, link, doubts) -> None:
    by_phone: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, member in enumerate(members):
        if member.phone:
            by_phone[member.phone, member.province_code].append(index)
    scored: list[tuple[float, int, int]] = []
    for group in by_phone.values():
        for pair_number, (left, right) in enumerate(combinations(group, 2)):
            if pair_number >= MOST_PAIRS_OF_A_PHONE:
                break
            scored.append((_similarity(names[left], names[right]), left, right))
    scored.sort(key=lambda item: (-item[0], item[1], item[2]))
    for score, left, right in scored:
        if clusters.root(left) == clusters.root(right):
            continue
        if clusters.papers_conflict(left, right) or clusters.is_forbidden(left, right):
            continue
        if score >= PHONE_AGREES:
            link(left, right, "phone", score)
        else:
            _doubt(doubts, clusters, left, right, "phone", score)


def _doubt(doubts, clusters, left, right, rule, score) -> None:
    """One doubt a pair of producers: the pair of members with the best score stands for it."""
    first, second = sorted((clusters.root(left), clusters.root(right)))
    kept = doubts.get((first, second))
    if kept is None or score > kept.score:
        doubts[first, second] = Doubt(min(left, right), max(left, right), rule, round(score, 4))


def _by_commune(members, names, clusters, link, doubts) -> None:
    by_place: dict[tuple[str | None, str], list[int]] = defaultdict(list)
    for index, member in enumerate(members):
        if member.commune and member.unit_code and not member.is_company and names[index]:
            by_place[member.unit_code, member.commune].append(index)
    for place in sorted(by_place, key=str):
        group = by_place[place]
        fits: dict[int, dict[int, float]] = defaultdict(dict)
        pair_of: dict[tuple[int, int], tuple[int, int]] = {}
        for left, right, score in _near_names(group, names):
            a, b = clusters.root(left), clusters.root(right)
            if a == b or clusters.numbers_conflict(a, b) or clusters.is_forbidden(a, b):
                continue
            if values.diacritics_contradict(members[left].name, members[right].name):
                continue
            if score < NAME_FITS:
                _doubt(doubts, clusters, left, right, "commune_name", score)
                continue
            if score > fits[a].get(b, 0.0):
                fits[a][b] = fits[b][a] = score
                pair_of[min(a, b), max(a, b)] = (left, right)
        best = {
            root: {other for other, score in others.items() if score >= max(others.values()) - 1e-9}
            for root, others in fits.items()
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
            if fits_as_well or clusters.numbers_conflict(a, b):
                _doubt(doubts, clusters, left, right, "commune_name", score)
            else:
                link(left, right, "commune_name", score)


def _near_names(group: list[int], names: list[str]) -> Iterator[tuple[int, int, float]]:
    """Pairs of a commune's members whose names are at least doubtful."""
    distinct: dict[str, list[int]] = defaultdict(list)
    for index in group:
        distinct[names[index]].append(index)
    keys = sorted(distinct)
    for indexes in distinct.values():
        for left, right in combinations(indexes, 2):
            yield left, right, 1.0
    block = 500
    for start in range(0, len(keys), block):
        part = keys[start : start + block]
        matrix = process.cdist(
            part, keys, scorer=JaroWinkler.similarity, score_cutoff=NAME_DOUBTFUL
        )
        for row, column in zip(*matrix.nonzero(), strict=True):
            if start + row < column:
                score = float(matrix[row, column])
                for left in distinct[part[row]]:
                    for right in distinct[keys[column]]:
                        yield left, right, score


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
                for row in warehouse.rows(connection, "core/members")
            ),
            key=lambda m: (KIND_ORDER[m.kind], m.key),
        )
        index = {(member.kind, member.key): number for number, member in enumerate(members)}
        same: list[tuple[int, int]] = []
        different: list[tuple[int, int]] = []
        for row in warehouse.rows(connection, "core/decisions"):
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
        warehouse.run(connection, "core/resolution_tables")
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
        warehouse.run(connection, "core/resolution_merge", moment=moment)
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
    """A decision that cannot be taken; the text says why and what to do instead."""


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
            connection, "core/doubtful_pairs", pair_id=pair_id, with_settled=with_settled, most=most
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
        decided = warehouse.rows(connection, "core/decisions")
        against = _contradicted(pair, decision, decided)
        if against:
            numbers = ", ".join(str(number) for number in against)
            raise DecisionError(
                f"pair {pair_id} cannot be decided '{decision}': that contradicts the decisions on "
                f"{'pair' if len(against) == 1 else 'pairs'} {numbers}; look at them with "
                f"lensan duplicates show {against[0]} and take the wrong one back with "
                f"lensan duplicates undo {against[0]} --by NAME"
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
        "core/doubtful_decide",
        pair_id=pair_id,
        decision=decision,
        decided_by=by.strip(),
        decided_at=moment,
        note=note,
    )


def _pair(connection: Connection, pair_id: int) -> dict[str, Any]:
    found = warehouse.rows(connection, "core/doubtful_pair", pair_id=pair_id)
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
