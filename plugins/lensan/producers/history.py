"""Who is the same producer, as the warehouse keeps it: resolved after every sweep, changes recorded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Connection, Engine

from lensan import warehouse
from lensan.domain.places import fold_commune
from lensan.producers.resolution import KIND_ORDER, Member, Resolution, resolve_members


def resolve(engine: Engine, *, moment: datetime) -> dict[str, int]:
    """Resolve everything known to producers and record what changed.

    ``moment`` (aware) is when this knowledge begins; earlier knowledge stays in the history. Returns the
    counts ``members``, ``producers`` and ``doubtful``.
    """
    with engine.begin() as connection:
        warehouse.one_loader(connection)
        members = _members(connection)
        same, different = _decided(connection, members)
        resolution = resolve_members(members, same=same, different=different)
        producers = _copy(connection, members, resolution)
        warehouse.run(connection, "producers/history/merge", moment=moment)
    with engine.begin() as connection:
        # Resolution follows every sweep: what is computed next is planned by what is there now.
        warehouse.run(connection, "producers/history/refresh_statistics")
    return {"members": len(members), "producers": producers, "doubtful": len(resolution.doubts)}


def _members(connection: Connection) -> list[Member]:
    """All that is known now, sorted so that the result does not depend on the order of files."""
    found = [
        Member(**{**row, "commune": fold_commune(row["commune"]) if row["commune"] else None})
        for row in warehouse.rows(connection, "producers/history/members")
    ]
    return sorted(found, key=lambda member: (KIND_ORDER[member.kind], member.key))


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


def _copy(connection: Connection, members: Sequence[Member], resolution: Resolution) -> int:
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
        ((number[root], *_kind_and_unit(group)) for root, group in groups.items()),
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


def _kind_and_unit(group: Sequence[Member]) -> tuple[str | None, str | None, str]:
    """A producer's kind and unit, and where the unit comes from: the registry's where one is linked (the
    latest list), else the first-opened stall's, else the wallet account's."""
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
