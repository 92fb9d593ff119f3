"""What tests/samples/test_two_plans.py runs in a process of a province with two plans: ``FOLDER``.

Writes a world of seven weeks and takes it in, has units fill in forms of both plans, publishes the week in which
both run, all by commands, and answers with one line of JSON: what was said, and every cell in which a report and the
oracle differ.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import two_plans
from desk import Desk
from openpyxl import Workbook, load_workbook
from province_steps import differing
from smtp_server import Scripted, serving
from sqlalchemy import Engine
from typer.testing import CliRunner

from lensan import samples, warehouse
from lensan.cli import app
from lensan.domain import indicators, periods
from lensan.domain.periods import ICT
from lensan.domain.settings import settings
from lensan.mail.transport.smtp import SmtpServer
from lensan.operations import obligations, watching
from lensan.samples import World, home
from lensan.samples.writing import write_world
from lensan.units import reminders
from lensan.warehouse import reference_load

DUES = ("2021-11-25", "2021-12-02")
DECLARED = [code for code, of in two_plans.OF.items() if not of.startswith("IV.")]


def said(*arguments: str | Path, status: int = 0) -> Any:
    """What a command answers."""
    done = CliRunner().invoke(app, [*map(str, arguments), "--json"])
    assert done.exit_code == status, (arguments, done.output, done.exception)
    return json.loads(done.stdout) if status == 0 else done.output


def declared(world: World) -> pd.DataFrame:
    """What units declare to the second plan: other numbers than to the first, added up since its start."""
    rows = []
    for number, unit in enumerate(home.UNITS):
        for place, code in enumerate(DECLARED):
            total = 0
            for week, due in enumerate(DUES):
                if unit == two_plans.SILENT and week:
                    continue
                now = 3 + number + 5 * place + week
                total += now
                pair = two_plans.OF[code] == "III.1"
                rows.append({
                    "unit": unit, "kind": "week", "start": pd.Timestamp(due) - pd.Timedelta(days=7),
                    "end": pd.Timestamp(due), "code": two_plans.OF[code], "in_period": now,
                    "in_period_2": 1 if pair else None, "cumulative": total,
                    "cumulative_2": week + 1 if pair else None, "places": None, "sent_on": pd.Timestamp(due),
                    "correction": False, "unreadable": False,
                })  # fmt: skip
    return pd.DataFrame(rows)


def fill(form: Path, values: Iterable[Any], due: str) -> None:
    """Write what a unit declares into its blank form."""
    book = load_workbook(form)
    sheet = book.worksheets[0]
    labels = {indicators.indicator(code).label: of for code, of in two_plans.OF.items()}
    by_code = {row.code: row for row in values if str(row.end.date()) == due}
    filled = 0
    for row in sheet.iter_rows():
        told = by_code.get(labels.get(str(row[1].value), ""))
        if told is None:
            continue
        row[3].value, row[5].value = _cell(told, "in_period"), _cell(told, "cumulative")
        filled += 1
    assert filled == len(DECLARED), (form, filled)
    book.save(form)


def _cell(row: Any, measure: str) -> Any:
    first, second = getattr(row, measure), getattr(row, f"{measure}_2")
    return int(first) if pd.isna(second) else f"{int(first)}/{int(second)}"


def hand_in(folder: Path, forms: pd.DataFrame) -> None:
    """The second plan's forms of both weeks, as ``lensan forms`` makes them, beside the first plan's."""
    landing = folder / "landing" / "districts"
    for due in DUES:
        units = sorted(set(forms[forms.end == due].unit))
        for unit in units:
            out = folder / "forms" / due / unit
            wrote = said("forms", due, "--plan", two_plans.KEY, "--unit", unit, "--out", out)
            form = Path(wrote[0]["file"])
            fill(form, forms[forms.unit == unit].itertuples(), due)
            form.rename(landing / home.FOLDERS[unit] / f"ke-hoach-2_{due.replace('-', '')}.xlsx")
    said("intake", folder / "landing", "--moment", f"{DUES[1]}T10:00+07:00")


def contradictory(folder: Path) -> None:
    """Forms of which nobody can say whose they are, in the folder of the unit that is silent otherwise: rows of the
    second plan below the number of the first, and rows that both plans have below no number."""
    landing = folder / "landing" / "districts" / home.FOLDERS[two_plans.SILENT]
    wrote = said(
        "forms",
        DUES[1],
        "--plan",
        two_plans.KEY,
        "--unit",
        two_plans.SILENT,
        "--out",
        folder / "odd",
    )
    book = load_workbook(wrote[0]["file"])
    for row in book.worksheets[0].iter_rows():
        for cell in row:
            if isinstance(cell.value, str) and two_plans.NUMBER in cell.value:
                cell.value = cell.value.replace(two_plans.NUMBER, "201/KH-UBND")
            elif cell.column in (4, 6) and row[0].value in (1, 2, 3, "1", "2", "3"):
                cell.value = 4000
    book.save(landing / "so-ke-hoach-cu_20211202.xlsx")
    book = Workbook()
    for row in (
        ["Ủy ban nhân dân huyện Cô Tô"],
        ["(Từ ngày 25/11/2021 đến ngày 01/12/2021)"],
        ["TT", "Chỉ tiêu", "Đơn vị tính", "Chỉ tiêu đạt được trong tuần", "Lũy kế đến hiện tại"],
        *([1, indicators.indicator(code).label, "", 5000, 5000] for code in ("K2.1", "K2.3")),
    ):
        book.worksheets[0].append(row)
    book.save(landing / "khong-so_20211202.xlsx")


def mailed(engine: Engine, kinds: Iterable[str]) -> dict[str, Any]:
    """Who gets the mails of both reports, with which subject and files."""
    for kind in kinds:
        said("recipients", "--add", f"{kind}@example.vn", "--kind", kind)
    script = Scripted()
    with serving(script) as port:
        for kind in kinds:
            period = periods.parse(kind, DUES[1])
            smtp = SmtpServer("127.0.0.1", port)
            obligations.deliver(engine, period, smtp, moment=period.due_at, is_patient=False)
    return {
        to: [
            str(mail["Subject"]),
            sorted(str(part.get_filename()) for part in mail.iter_attachments()),
        ]
        for to, mail in script.taken
    }


def looked_at(engine: Engine) -> dict[str, Any]:
    """What the board and the read API show of both plans, and of one that there is not."""
    desk = Desk(engine, settings(), now=datetime(2021, 12, 2, 13, tzinfo=ICT))
    over = Desk(engine, settings(), now=datetime(2021, 12, 8, 13, tzinfo=ICT))
    paths = [f"/period/{kind}/{DUES[1]}" for kind in ("week", "week_kh2", "week_kh3")]
    figures = desk.get("/api/v1/figures?kind=week_kh2").json()["rows"]
    return {
        "pages": {path: desk.get(path).status_code for path in paths},
        "today": [kind for kind in ("week", "week_kh2") if f'href="/lensan-board/period/{kind}/' in desk.get("/").text],
        "today_of": [two_plans.NUMBER in each.get("/").text.partition("<h1")[2][:400] for each in (desk, over)],
        "api": sorted({row["indicator_code"] for row in figures}),
        "unknown": desk.get("/api/v1/figures?kind=week_kh3").status_code,
    }  # fmt: skip


def owed(engine: Engine) -> dict[str, Any]:
    """Whom the reminders of a week ask, and whether its report is watched, by kind and due day."""
    told: dict[str, Any] = {}
    nobody = SmtpServer("127.0.0.1", 9)
    for day in (1, 8):
        moment = datetime(2021, 12, day, 16, 30, tzinfo=ICT)
        for kind in ("week", "week_kh2"):
            due = reminders.reminders_due(engine, kind, moment=moment)
            told[f"{kind} {day}"] = None if due is None else due.missing
    late = datetime(2021, 12, 9, 13, 0, tzinfo=ICT)
    place = settings().reports
    told["watched"] = watching.watch(engine, "week", place, nobody, moment=late) is not None
    return told


def after_its_end(folder: Path, engine: Engine) -> dict[str, int]:
    """Forms kept of the silent unit by kind, once it has sent the first plan's form of a week after that plan."""
    wrote = said("forms", "2021-12-09", "--unit", two_plans.SILENT, "--out", folder / "old")
    book = load_workbook(wrote[0]["file"])
    for row in book.worksheets[0].iter_rows():
        if row[1].value == indicators.indicator("III.2").label:
            row[3].value = row[5].value = 6000
    book.save(
        folder / "landing" / "districts" / home.FOLDERS[two_plans.SILENT] / "bieu-cu_20211209.xlsx"
    )
    said("intake", folder / "landing", "--moment", "2021-12-09T10:00+07:00")
    asked = "select report_kind, count(*) from core.submission where unit_code = %s and period_end >= %s group by 1"
    with engine.begin() as connection:
        found = connection.exec_driver_sql(asked, (two_plans.SILENT, DUES[0]))
        return {str(row[0]): int(row[1]) for row in found}


def main(folder: Path) -> None:
    engine = warehouse.connect(os.environ["WAREHOUSE_URL"])
    warehouse.migrate(engine)
    with engine.begin() as connection:
        reference_load.load(connection)
    first = periods.parse("week", "2021-10-21")
    world = samples.build(seed=3, weeks=7, first_due=first.end, order_lines=1400)
    write_world(folder / "landing", world, mess=False)
    forms = declared(world)
    contradictory(folder)
    hand_in(folder, forms)
    told: dict[str, Any] = {}
    worlds = {"week": world, "week_kh2": replace(world, submissions=forms)}
    for kind, truth in worlds.items():
        said("release", kind, DUES[1], "--by", "Thử", "--no-mail")
        period = periods.parse(kind, DUES[1])
        place = Path(os.environ["HOME_DIR"]) / "reports" / kind / period.name
        files = {path.name: path for path in place.iterdir()}
        compared, wrong = differing(truth, period, files)
        told[kind] = {"files": sorted(files), "compared": compared, "wrong": wrong[:20]}
        told[kind]["figures"] = json.loads(files["figures.json"].read_text("utf-8"))
        told[kind]["sheet"] = texts(files)
        told[kind]["units"] = said(
            "units", "--week", DUES[1], *(["--plan", "kh2"] if "_" in kind else [])
        )
    told["mails"] = mailed(engine, worlds)
    told["board"] = looked_at(engine)
    told["owed"] = owed(engine)
    told["public"] = said("export", "week_kh2", DUES[1], "--out", folder / "public", status=1)
    told["no_such_kind"] = said(
        "recipients", "--add", "x@example.vn", "--kind", "week_kh3", status=2
    )
    told["first_plan_is_over"] = said("release", "week", "2021-12-09", "--by", "Thử", status=1)
    told["files"] = said("files", "--source", "districts", "--limit", "1000")
    told["traced"] = said("trace", "week_kh2", DUES[1], "K1.2")
    told["after_its_end"] = after_its_end(folder, engine)
    print(json.dumps(told, ensure_ascii=False, default=str))


def texts(files: dict[str, Path]) -> Sequence[str]:
    """What stands on the first sheet of a report."""
    book = next(path for name, path in files.items() if name.endswith(".xlsx"))
    rows = load_workbook(book, read_only=True).worksheets[0].iter_rows(values_only=True)
    return [str(cell) for row in rows for cell in row if cell is not None]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
