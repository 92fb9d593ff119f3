"""Taking in a landing root by hand, and what became of each file: read, warned, held, refused, ignored."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from gettext import gettext as _
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import Engine
from xlsxwriter.utility import xl_col_to_name

from lensan import warehouse
from lensan.cli import words
from lensan.cli.shared import AsJson, Home, app, engine_of, fail, now, parse_moment, plain
from lensan.domain import contracts, problems
from lensan.domain.contracts import Contract
from lensan.domain.periods import ICT, Period
from lensan.domain.problems import Problem
from lensan.domain.settings import Settings, settings
from lensan.intake import landing, sweep
from lensan.producers import history

_QUIET_S = 2.0
_LINES = 8
"""Of one kind that a file has in the text; all of them are in --json."""
_COUNTS = ("read", "accepted", "quarantined", "superseded", "ignored")
_DETAILS = ("problems", "warnings", "ignored_rows")


@app.command(
    "intake",
    epilog="Examples: make warehouse HOME_DIR=/tmp/trial; lensan intake ./landing --home /tmp/trial; "
    "lensan intake ./landing --json; lensan intake --source districts --all; "
    "lensan intake ./landing --moment 2021-12-09T09:00+07:00; "
    "lensan figures week 2021-11-18",
)
def intake(
    root: Annotated[
        Path | None,
        typer.Argument(
            metavar="[LANDING]",
            help="The landing root (default: LANDING_ROOT, else landing/ below the home).",
        ),
    ] = None,
    source: Annotated[str | None, typer.Option(help="Only this source, as districts.")] = None,
    moment: Annotated[
        str | None,
        typer.Option(
            metavar="MOMENT",
            help="When the files arrived, as 2021-12-09T09:00+07:00; default: now. For trials: "
            "never before what the warehouse knows already.",
        ),
    ] = None,
    all_: Annotated[
        bool, typer.Option("--all", help="In the text: files that were taken in before, too.")
    ] = False,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Take in what lies in a landing root, without Airflow, and say what became of each file.

    All sources one after another, then the producers are resolved. By file: what was read, doubted (warned),
    held back, refused and ignored; --json has all of it, for every file that lies there, with is_new. A
    second run takes in nothing. No file but those of the landing root is fetched, nobody is answered,
    nothing is published.

    A refused file is a result: the status is 0. It is 1 when the work could not be done. The home must be set
    up before: make warehouse, make up or make demo. Names and values may be personal: stewards only.
    """
    engine, place = engine_of(home), settings(home)
    folder = root if root is not None else place.landing
    if not folder.is_dir():
        fail(
            _(
                "there is no folder {folder}; give the landing root: lensan intake /path/to/landing"
            ).format(folder=folder)
        )
    asked = _asked(source)
    at = _arrival(engine, moment)
    tell = _teller()
    taken = _all_swept(engine, asked, folder, place, at, tell)
    tell(_("resolving producers"))
    history.resolve(engine, moment=at)
    files = _files(engine, asked, folder, taken)
    if source is None:
        files += _strays(folder, asked)
    if json_:
        json.dump(files, sys.stdout, ensure_ascii=False, indent=1)
        print()
    else:
        _print(files, with_known=all_)


def _asked(source: str | None) -> list[Contract]:
    """The contract of a source, else all. Ends the command for a source that is none."""
    known = contracts.contracts()
    if source is not None and source not in known:
        fail(
            _("there is no source {source!r}; there are {sources}").format(
                source=source, sources=", ".join(sorted(known))
            )
        )
    return [contract for name, contract in known.items() if source in (None, name)]


def _arrival(engine: Engine, given: str | None) -> datetime:
    """When the files arrive: as given, else now. Ends the command where the warehouse knows later files."""
    at = parse_moment(given) or now()
    with engine.begin() as connection:
        later = warehouse.scalar(connection, "cli/intake/later", moment=at)
    if later is not None:
        fail(
            _(
                "the warehouse knows files of {latest:%Y-%m-%dT%H:%M%:z}: nothing can arrive before that; give a later --moment, or another --home"
            ).format(latest=later.astimezone(ICT))
        )
    return at


def _teller() -> Callable[[str], None]:
    """Tells of long work on standard error, at most every other second."""
    told_at = time.monotonic()

    def tell(text: str) -> None:
        nonlocal told_at
        if time.monotonic() - told_at >= _QUIET_S:
            told_at = time.monotonic()
            print(text, file=sys.stderr, flush=True)

    return tell


def _all_swept(
    engine: Engine,
    asked: Sequence[Contract],
    root: Path,
    place: Settings,
    moment: datetime,
    tell: Callable[[str], None],
) -> set[int]:
    """Take in the sources one after another; the numbers of the files that were settled now."""
    unread: list[str] = []
    taken = {
        file_id
        for contract in asked
        for file_id in _swept(engine, contract, root, place, moment, tell, unread)
    }
    for each in unread:
        print(_("not read, only regular files are: {each}").format(each=each), file=sys.stderr)
    return taken


def _swept(
    engine: Engine,
    contract: Contract,
    root: Path,
    place: Settings,
    moment: datetime,
    tell: Callable[[str], None],
    unread: list[str],
) -> list[int]:
    """Take in a source; the numbers of the files that were settled now."""
    outcomes = sweep.sweep(
        engine,
        contract,
        [root / folder for folder in contract.folders],
        place.raw_store,
        moment=moment,
        progress=tell,
        unread=unread,
    )
    return [outcome.file_id for outcome in outcomes]


# ---------------------------------------------------------------- what is known of them


def _files(
    engine: Engine, asked: Sequence[Contract], root: Path, taken: set[int]
) -> list[dict[str, Any]]:
    """What is known of the files that lie there, and of the other files that were settled now."""
    with engine.begin() as connection:
        rows = []
        for contract in asked:
            lying = {
                (name, landing.sha256_of(path)): path
                for folder in contract.folders
                for name, path in landing.files(root / folder)
            }
            known = warehouse.rows(connection, "cli/intake/files", source=contract.source)
            newest = {(row["name"], row["sha256"]): row["file_id"] for row in known}
            rows += [
                {**row, "path": _below(root, lying.get(key))}
                for row in known
                for key in [(row["name"], row["sha256"])]
                if (key in lying and newest[key] == row["file_id"]) or row["file_id"] in taken
            ]
        numbers = [row["file_id"] for row in rows]
        held, doubted, ignored, forms = (
            _by_file(warehouse.rows(connection, f"cli/intake/{name}", files=numbers))
            for name in ("held", "doubts", "ignored", "forms")
        )
    return [
        _file(
            row,
            is_new=row["file_id"] in taken,
            held=held.get(row["file_id"], []),
            doubted=doubted.get(row["file_id"], []),
            ignored=ignored.get(row["file_id"], []),
            forms=forms.get(row["file_id"], []),
        )
        for row in rows
    ]


def _below(root: Path, path: Path | None) -> str | None:
    return path.relative_to(root).as_posix() if path is not None else None


def _by_file(rows: Sequence[Mapping[str, Any]]) -> dict[int, list[dict[str, Any]]]:
    return {
        file_id: [{k: plain(v) for k, v in row.items() if k != "file_id"} for row in of_file]
        for file_id, of_file in groupby(rows, key=lambda row: int(row["file_id"]))
    }


def _file(
    row: Mapping[str, Any],
    *,
    is_new: bool,
    held: Sequence[Mapping[str, Any]],
    doubted: Sequence[Mapping[str, Any]],
    ignored: Sequence[Mapping[str, Any]],
    forms: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """A file as --json has it: plain values, days and moments as ISO text."""
    told = row["parameters"] or {}
    whole = {
        "rule": row["rule"],
        "sheet": told.get("sheet"),
        "row": told.get("row"),
        "cell": None,
        "field": None,
        "value": told.get("value"),
        "message": row["reason"],
        "detail": row["detail"],
    }
    read = row["understood"] or {}
    first = ("file_id", "source", "name", "status", "entity", "unit", "sender")
    return {
        **{name: row[name] for name in first},
        "is_new": is_new,
        "path": row["path"] or f"{row['source']}/{row['name']}",
        "period": _period(forms[0]) if forms else None,
        "periods": [_period(form) for form in forms],
        **{name: plain(row[name]) for name in ("period_start", "period_end", "export_date")},
        "received_at": row["received_at"].astimezone(ICT).isoformat(),
        "sha256": row["sha256"],
        "size_bytes": row["size_bytes"],
        "duplicate_of": row["duplicate_of"],
        "rule": row["rule"],
        "reason": row["reason"],
        "counts": {
            **{name: row[f"rows_{name}"] for name in _COUNTS},
            "held_values": len(held),
            "warnings": len(doubted),
            "ignored_sheets": len(read.get("ignored_sheets", [])),
            "ignored_by": dict(Counter(each["why"] for each in ignored)),
            "unread_tables": len(read.get("unread", [])),
        },
        "problems": ([whole] if row["rule"] else []) + [_placed(each) for each in held],
        "warnings": [_placed(each) for each in doubted],
        "tables": read.get("tables", []),
        "ignored_rows": list(ignored),
        "ignored_sheets": read.get("ignored_sheets", []),
        "unread": [_unread(each) for each in read.get("unread", [])],
    }


def _unread(told: Mapping[str, Any]) -> dict[str, Any]:
    """A table that resembles one of ours and was not read."""
    parameters = {name: value for name, value in told.items() if name != "rule"}
    return {**told, "message": problems.sentence(Problem(told["rule"], parameters))}


def _placed(row: Mapping[str, Any]) -> dict[str, Any]:
    """A problem or doubt with its cell as the sender's program names it."""
    column = row["column_number"]
    cell = f"{xl_col_to_name(column - 1)}{row['row']}" if column and row["row"] else None
    return {**{k: v for k, v in row.items() if k != "column_number"}, "cell": cell}


def _period(form: Mapping[str, Any]) -> str:
    """Of a form, as `week 2021-11-18`."""
    kind, start, end = form["kind"], form["period_start"], form["period_end"]
    return str(
        Period(kind, datetime.fromisoformat(start).date(), datetime.fromisoformat(end).date())
    )


def _strays(root: Path, known: Iterable[Contract]) -> list[dict[str, Any]]:
    """What lies there and belongs to no source, or by its name is hidden or half done: never opened."""
    folders = [root / folder for contract in known for folder in contract.folders]
    found = []
    for path in sorted(each for each in root.rglob("*") if each.is_file()):
        if landing.is_ignored(path.name):
            reason = "its name is that of a hidden, temporary or half-written file"
        elif not any(path.is_relative_to(folder) for folder in folders):
            reason = "it lies in no source's folder"
        else:
            continue
        name = path.relative_to(root).as_posix()
        found.append({"source": None, "name": name, "path": name, "status": "ignored", "is_new": False, "reason": reason})  # fmt: skip
    return found


# ---------------------------------------------------------------- for people


def _print(files: Sequence[dict[str, Any]], *, with_known: bool) -> None:
    shown = [
        f for f in files if with_known or f["is_new"] or f["status"] in ("ignored", "received")
    ]
    for file in shown:
        _print_file(file)
    if not shown:
        print(_("nothing new"))
    counts = Counter(file["status"] for file in files if file["is_new"])
    new = ", ".join(f"{count} {words.word(status)}" for status, count in sorted(counts.items()))
    before = sum(not f["is_new"] and f["status"] != "ignored" for f in files)
    told = _("new files: {new}; known before: {before}").format(new=new or _("none"), before=before)
    print("\n" + told + (_(" (--all shows them)") if before and not with_known else ""))


def _print_file(file: Mapping[str, Any]) -> None:
    said = [file["entity"], file.get("unit") and _("unit {unit}").format(unit=file["unit"]), *file.get("periods", [])] if file["source"] else []  # fmt: skip
    about = ", ".join(str(each) for each in said if each)
    print(f"{file['path']}: {words.word(file['status'])}" + (f" ({about})" if about else ""))
    if file.get("reason"):
        print(f"  {file['reason']}")
    if file["status"] == "loaded":
        rows = ", ".join(f"{file['counts'][name]} {words.word(name)}" for name in _COUNTS)
        print("  " + _("rows: {counts}").format(counts=rows))
    lines = [
        (
            "held",
            [p for p in file.get("problems", ()) if p["row"] and p["message"] != file["reason"]],
        ),
        ("warned", file.get("warnings", ())),
    ]
    for word, rows in lines:
        _print_some([f"  {words.word(word):<7} {_where(row)}: {row['message']}" for row in rows])
    passed = [row for row in file.get("ignored_rows", ()) if row["why"] not in ("header", "blank")]
    _print_some(
        [
            f"  {words.word('ignored')} {_where(row)} ({row['why']}): {_cut(row['text'])}"
            for row in passed
        ]
    )
    for told in file.get("unread", ()):
        print(f"  unread {_where({**told, 'cell': None, 'field': None})}: {told['message']}")
    for sheet in file.get("ignored_sheets", ()):
        print("  " + _("ignored sheet {sheet}").format(sheet=sheet))


def _print_some(lines: Sequence[str]) -> None:
    for line in lines[:_LINES]:
        print(line)
    if len(lines) > _LINES:
        print("  " + _("… {number} more: --json").format(number=len(lines) - _LINES))


def _where(row: Mapping[str, Any]) -> str:
    place = row.get("cell") or f"row {row['row']}"
    field = f" [{row['field']}]" if row.get("field") else ""
    return f"{row['sheet']}!{place}{field}" if row["sheet"] else f"{place}{field}"


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 100 else f"{text[:99]}…"
