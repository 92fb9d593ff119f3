"""Who is the same producer, as the warehouse keeps it: resolved after every sweep, changes recorded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import Connection, Engine

from lensan import warehouse
from lensan.domain.places import places
from lensan.domain.seats import fold_commune
from lensan.producers.resolution import KIND_ORDER, Member, Resolution, resolve_members
from lensan.warehouse import reference_load

Seats = Mapping[tuple[str, str], str | None]
"""(kind, key) of a member → the seat that it proves (docs/rules/units.md#seats)."""


def resolve(engine: Engine, *, moment: datetime) -> dict[str, int]:
    """Resolve everything known to producers and record what changed.

    ``moment`` (aware) is when this knowledge begins; earlier knowledge stays in the history. Returns the
    counts ``members``, ``producers`` and ``doubtful``.
    """
    with engine.begin() as connection:
        warehouse.one_loader(connection)
        members, seats = _members(connection)
        same, different = _decided(connection, members)
        resolution = resolve_members(members, same=same, different=different)
        producers = _copy(connection, members, resolution, seats)
        warehouse.run(connection, "producers/history/merge", moment=moment)
        reference_load.add_seats(connection)
    with engine.begin() as connection:
        # Resolution follows every sweep: what is computed next is planned by what is there now.
        warehouse.run(connection, "producers/history/refresh_statistics")
    return {"members": len(members), "producers": producers, "doubtful": len(resolution.doubts)}


def _members(connection: Connection) -> tuple[list[Member], Seats]:
    """All that is known now, sorted so that the result does not depend on the order of files; and the seat that
    each of them proves."""
    rows = warehouse.rows(connection, "producers/history/members")
    seats = {
        (row["kind"], row["key"]): places().seats.seat(row["unit_code"], row["commune"])
        for row in rows
    }
    found = [
        Member(**{**row, "commune": fold_commune(row["commune"]) if row["commune"] else None})
        for row in rows
    ]
    return sorted(found, key=lambda member: (KIND_ORDER[member.kind], member.key)), seats


def _decided(
    connection: Connection, members: Sequence[Member]
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Numbers of the members that people decided to be the same, and to be different."""
    index = {(member.kind, member.key): number for number, member in enumerate(members)}
    pairs: dict[str, list[tuple[int, int]]] = {"same": [], "different": []}
    for row in warehouse.rows(connection, "producers/decisions/taken"):
        left = index.get((row["left_kind"], row["left_key"]))
        right = index.get((row["right_kind"], row["right_key"]))
        if left is not None and right is not None:
            pairs[row["decision"]].append((left, right))
    return pairs["same"], pairs["different"]


def _copy(
    connection: Connection, members: Sequence[Member], resolution: Resolution, seats: Seats
) -> int:
    """Put a resolution into the tables that the merge compares with the history; number of producers."""
    groups: dict[int, list[Member]] = defaultdict(list)
    for root, member in zip(resolution.cluster, members, strict=True):
        groups[root].append(member)
    # The first row that ever named one of its members: stable when others join.
    number = {root: min(m.first_record_id for m in group) for root, group in groups.items()}
    warehouse.run(connection, "producers/history/tables")
    warehouse.copy_rows(
        connection,
        "resolved_member",
        ("member_kind", "member_key", "producer_id", "rule", "score", "linked_to"),
        (
            (member.kind, member.key, number[root], link.rule, link.score, link.linked_to)
            for member, root, link in zip(
                members, resolution.cluster, resolution.links, strict=True
            )
        ),
    )
    warehouse.copy_rows(
        connection,
        "resolved_producer",
        ("producer_id", "kind", "unit_code", "unit_from"),
        ((number[root], *_kind_and_unit(group, seats)) for root, group in groups.items()),
    )
    doubts = [(doubt, members[doubt.left], members[doubt.right]) for doubt in resolution.doubts]
    warehouse.copy_rows(
        connection,
        "resolved_doubt",
        (
            "left_kind", "left_key", "left_record_id", "right_kind", "right_key", "right_record_id",
            "rule", "score",
        ),
        (
            (
                left.kind, left.key, left.record_id, right.kind, right.key, right.record_id,
                doubt.rule, doubt.score,
            )
            for doubt, left, right in doubts
        ),
    )  # fmt: skip
    return len(groups)


def _kind_and_unit(group: Sequence[Member], seats: Seats) -> tuple[str | None, str | None, str]:
    """A producer's kind and seat, and where its unit comes from: the registry's where one is linked (the
    latest list), else the first-opened stall's, else the wallet account's (docs/rules/units.md#seats)."""
    registry = sorted(
        (m for m in group if m.kind == "registry"),
        key=lambda m: (m.export_date, m.record_id),
        reverse=True,
    )
    stalls = sorted(
        (m for m in group if m.kind == "stall"), key=lambda m: (m.opened_on or date.max, m.key)
    )
    at_home = [m for m in stalls if m.unit_code] or stalls
    wallets = [m for m in group if m.kind == "wallet"]
    kinds = [m.producer_kind for m in registry if m.producer_kind]
    kind = kinds[0] if kinds else (stalls[0].producer_kind if stalls else None)
    ordered = [*registry, *at_home, *wallets]
    seat = places().seats.joined(seats[member.kind, member.key] for member in ordered)
    return kind, seat, ordered[0].kind
