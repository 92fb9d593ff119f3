"""Doubtful pairs: rows that may be one producer, and what people decide of them.

These commands show names, papers and phones: they are for data stewards only.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from gettext import gettext as _
from gettext import pgettext
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import Engine

from lensan.cli import words
from lensan.cli.commands import Commands
from lensan.cli.shared import AsJson, Home, app, engine_of, first, plain
from lensan.domain.periods import ICT
from lensan.producers import decisions, history

duplicates = Commands(
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
    more = None if most is None else most + 1
    pairs = first(decisions.doubtful_pairs(engine_of(home), with_settled=all_, most=more), most)
    if json_:
        _print_json(pairs)
    elif pairs:
        for pair in pairs:
            _print_pair(pair)
        print(_("decide with: lensan duplicates same ID --by NAME (or different)"))
    else:
        print(_("no pair is known") if all_ else _("no pair waits for a decision"))


@duplicates.command("show", epilog="Example: lensan duplicates show 7")
def show_pair(pair_id: PairId, home: Home = None, json_: AsJson = False) -> None:
    """One pair, both rows side by side. Shows personal data: stewards only."""
    pairs = decisions.doubtful_pairs(engine_of(home), pair_id=pair_id)
    if not pairs:
        raise typer.BadParameter(
            _(
                "there is no pair {pair_id}; lensan duplicates list shows those that wait, with --all every one"
            ).format(pair_id=pair_id)
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
        print(_("recorded; the next resolution obeys it (every report begins with one)"))
    else:
        print(
            _(
                "recorded and resolved again: {members} rows are {producers} producers, {doubtful} pairs are in doubt"
            ).format(
                members=counts["members"],
                producers=counts["producers"],
                doubtful=counts["doubtful"],
            )
        )


def _print_pair(pair: Mapping[str, Any]) -> None:
    print(
        _(
            "pair {pair_id}: {state}; rule {rule}, similarity {score:.3f}, found {found_at:%Y-%m-%d}"
        ).format(
            pair_id=pair["pair_id"],
            state=words.word(pair["state"]),
            rule=pair["rule"],
            score=float(pair["score"]),
            found_at=pair["found_at"],
        )
    )
    if pair["decided_at"]:
        what = (
            _("decided '{decision}'").format(decision=pair["decision"])
            if pair["decision"]
            else _("decision taken back")
        )
        print(
            _("  {what} by {decided_by} at {decided_at:%Y-%m-%d %H:%M}{why}").format(
                what=what,
                decided_by=pair["decided_by"],
                decided_at=pair["decided_at"],
                why=f": {pair['note']}" if pair["note"] else "",
            )
        )
    for label, name in _SIDE:
        left, right = pair["left"][name], pair["right"][name]
        if left is not None or right is not None:
            print(f"  {pgettext('column', label):<13} {_cell(left):<40}  {_cell(right)}".rstrip())
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
