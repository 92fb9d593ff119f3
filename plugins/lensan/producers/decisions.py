"""What people decide of doubtful pairs: the same producer, or different ones; every resolution obeys."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from gettext import gettext as _
from typing import Any, TypedDict, cast

from sqlalchemy import Connection, Engine

from lensan import warehouse
from lensan.warehouse import audit


class DecisionError(ValueError):
    """A decision that cannot be taken; the text says why and what to do instead.

    ``pairs``: the decided pairs it would contradict.
    """

    def __init__(self, text: str, pairs: Sequence[int] = ()) -> None:
        super().__init__(text)
        self.pairs = tuple(pairs)


class PairSide(TypedDict):
    """One row of a doubtful pair as it is known now, and where it stands. Personal data.

    ``row_number`` as a person counts; ``producer_id``: the producer that it belongs to now.
    """

    kind: str
    key: str
    name: str | None
    paper_number: str | None
    phone: str | None
    commune: str | None
    unit: str | None
    unit_code: str | None
    province_code: str | None
    source: str | None
    file: str | None
    sheet: str | None
    row_number: int | None
    producer_id: int | None


class DoubtfulPair(TypedDict):
    """Two rows that may be one producer. ``state``: waiting, same, different or gone (the rules no longer
    doubt it); ``rule`` nearly linked them, with a ``score`` of 0 to 1. Moments are aware."""

    pair_id: int
    rule: str
    score: float
    found_at: datetime
    gone_at: datetime | None
    decision: str | None
    decided_by: str | None
    decided_at: datetime | None
    note: str | None
    state: str
    left: PairSide
    right: PairSide


def doubtful_pairs(
    engine: Engine,
    *,
    pair_id: int | None = None,
    with_settled: bool = False,
    most: int | None = None,
) -> list[DoubtfulPair]:
    """Doubtful pairs, likeliest first: those that wait, or ``with_settled`` all of them."""
    with engine.connect() as connection:
        found = warehouse.rows(
            connection,
            "producers/decisions/pairs",
            pair_id=pair_id,
            with_settled=with_settled,
            most=most,
        )
    sides = PairSide.__annotations__
    pairs: dict[int, dict[str, Any]] = {}
    for row in found:
        common = {name: value for name, value in row.items() if name not in (*sides, "side")}
        state = row["decision"] or ("gone" if row["gone_at"] else "waiting")
        pair = pairs.setdefault(row["pair_id"], {**common, "state": state})
        pair[row["side"]] = {name: row[name] for name in sides}
    return [cast(DoubtfulPair, pair) for pair in pairs.values()]


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
                _(
                    "pair {pair_id} was decided already: {decided}; to change that, first: lensan duplicates undo {pair_id} --by NAME"
                ).format(pair_id=pair_id, decided=_told(pair))
            )
        decided = warehouse.rows(connection, "producers/decisions/taken")
        against = _contradicted(pair, decision, decided)
        if against:
            numbers = ", ".join(str(number) for number in against)
            raise DecisionError(
                _(
                    "pair {pair_id} cannot be decided '{decision}': that contradicts the decisions on pairs {numbers}; look at them with lensan duplicates show {first} and take the wrong one back with lensan duplicates undo {first} --by NAME"
                ).format(
                    pair_id=pair_id,
                    decision=decision,
                    numbers=numbers,
                    first=against[0],
                ),
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
                _(
                    "pair {pair_id} has no decision to take back; to take one: lensan duplicates same {pair_id} --by NAME (or different)"
                ).format(pair_id=pair_id)
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
        raise DecisionError(_("say who decides: --by NAME"))
    warehouse.run(
        connection,
        "producers/decisions/decide",
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
    found = warehouse.rows(connection, "producers/decisions/pair", pair_id=pair_id)
    if not found:
        raise DecisionError(
            _(
                "there is no pair {pair_id}; lensan duplicates list shows those that wait, with --all every one"
            ).format(pair_id=pair_id)
        )
    return found[0]


def _told(pair: Mapping[str, Any]) -> str:
    return _("'{decision}' by {by} at {at:%Y-%m-%d %H:%M}").format(
        decision=pair["decision"], by=pair["decided_by"], at=pair["decided_at"]
    )


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
