"""Doubtful pairs: rows that may be one producer, and what people decide of them.

These commands show names, papers and phones: they are for data stewards only.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import Engine

from lensan.cli.shared import AsJson, Home, app, engine_of, plain
from lensan.domain.periods import ICT
from lensan.producers import decisions, history

duplicates = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Pairs that may be one producer: list them, decide. Shows personal data: stewards only.",
    epilog="Examples: lensan duplicates list; lensan duplicates same 7 --by 'Nguyễn Thị Hà'",
)
app.add_typer(duplicates, name="duplicates")

PairId = Annotated[int, typer.Argument(metavar="ID", help="Number of the pair, from the list.")]
By = Annotated[str, typer.Option("--by", help="Who decides: a person's name, kept for ever.")]
Note = Annotated[str | None, typer.Option(help="Why, in your words.")]
Resolve = Annotated[
    bool, typer.Option("--resolve/--no-resolve", help="Resolve producers again at once, or later.")
]

_SIDE = (
    ("what", "kind"), ("key", "key"), ("name", "name"), ("paper number", "paper_number"),
    ("phone", "phone"), ("commune", "commune"), ("unit", "unit"), ("province", "province_code"),
    ("source", "source"), ("file", "file"), ("sheet", "sheet"), ("row", "row_number"),
    ("producer", "producer_id"),
)  # fmt: skip


@duplicates.command(
    "list", epilog="Examples: lensan duplicates list; lensan duplicates list --all --json"
)
def list_(
    all_: Annotated[
        bool, typer.Option("--all", help="Also decided pairs, and those no longer in doubt.")
    ] = False,
    most: Annotated[
        int | None, typer.Option("--limit", min=1, help="At most so many, likeliest first.")
    ] = None,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Pairs that wait for a decision, both rows side by side. Shows personal data: stewards only."""
    pairs = decisions.doubtful_pairs(engine_of(home), with_settled=all_, most=most)
    if json_:
        _print_json(pairs)
    elif pairs:
        for pair in pairs:
            _print_pair(pair)
        print("decide with: lensan duplicates same ID --by NAME (or different)")
    else:
        print("no pair is known" if all_ else "no pair waits for a decision")


@duplicates.command("show", epilog="Example: lensan duplicates show 7")
def show_pair(pair_id: PairId, home: Home = None, json_: AsJson = False) -> None:
    """One pair, both rows side by side. Shows personal data: stewards only."""
    pairs = decisions.doubtful_pairs(engine_of(home), pair_id=pair_id)
    if not pairs:
        raise typer.BadParameter(
            f"there is no pair {pair_id}; lensan duplicates list shows those that wait, "
            "with --all every one"
        )
    if json_:
        _print_json(pairs)
    else:
        _print_pair(pairs[0])


@duplicates.command(
    epilog="Example: lensan duplicates same 7 --by 'Nguyễn Thị Hà' --note 'asked the commune'"
)
def same(
    pair_id: PairId,
    by: By,
    note: Note = None,
    resolve: Resolve = True,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Both rows are one producer; every later run obeys. Shows personal data: stewards only."""
    _decide(pair_id, "same", by, note, resolve, home, json_)


@duplicates.command(
    epilog="Example: lensan duplicates different 7 --by 'Nguyễn Thị Hà' --no-resolve"
)
def different(
    pair_id: PairId,
    by: By,
    note: Note = None,
    resolve: Resolve = True,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """The rows are two producers; every later run obeys. Shows personal data: stewards only."""
    _decide(pair_id, "different", by, note, resolve, home, json_)


@duplicates.command(
    epilog="Example: lensan duplicates undo 7 --by 'Nguyễn Thị Hà' --note 'my slip'"
)
def undo(
    pair_id: PairId,
    by: By,
    note: Note = None,
    resolve: Resolve = True,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Take a decision back: the rules judge the pair again. Shows personal data: stewards only."""
    _decide(pair_id, None, by, note, resolve, home, json_)


def _decide(
    pair_id: int,
    decision: str | None,
    by: str,
    note: str | None,
    resolve: bool,
    home: Path | None,
    as_json: bool,
) -> None:
    engine = engine_of(home)
    moment = datetime.now(ICT)
    try:
        if decision is None:
            decisions.undo_decision(engine, pair_id, by=by, note=note, moment=moment)
        else:
            decisions.decide(engine, pair_id, decision, by=by, note=note, moment=moment)
    except decisions.DecisionError as error:
        raise typer.BadParameter(str(error)) from error
    counts = history.resolve(engine, moment=moment) if resolve else None
    _tell(engine, pair_id, counts, as_json)


def _tell(engine: Engine, pair_id: int, counts: dict[str, int] | None, as_json: bool) -> None:
    pair = decisions.doubtful_pairs(engine, pair_id=pair_id)[0]
    if as_json:
        _print_json([{**pair, "resolved": counts}])
        return
    _print_pair(pair)
    if counts is None:
        print("recorded; the next resolution obeys it (every report begins with one)")
    else:
        print(
            f"recorded and resolved again: {counts['members']} rows are "
            f"{counts['producers']} producers, {counts['doubtful']} pairs are in doubt"
        )


def _print_pair(pair: Mapping[str, Any]) -> None:
    print(
        f"pair {pair['pair_id']}: {pair['state']}; rule {pair['rule']}, "
        f"similarity {float(pair['score']):.3f}, found {pair['found_at']:%Y-%m-%d}"
    )
    if pair["decided_at"]:
        what = f"decided '{pair['decision']}'" if pair["decision"] else "decision taken back"
        why = f": {pair['note']}" if pair["note"] else ""
        print(f"  {what} by {pair['decided_by']} at {pair['decided_at']:%Y-%m-%d %H:%M}{why}")
    for label, name in _SIDE:
        left, right = pair["left"][name], pair["right"][name]
        if left is not None or right is not None:
            print(f"  {label:<13} {_cell(left):<40}  {_cell(right)}".rstrip())
    print()


def _cell(value: Any) -> str:
    return "-" if value is None else str(value).replace("\n", " ")


def _print_json(pairs: Sequence[Mapping[str, Any]]) -> None:
    json.dump(_plain(pairs), sys.stdout, ensure_ascii=False, indent=1)
    print()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return plain(value)
