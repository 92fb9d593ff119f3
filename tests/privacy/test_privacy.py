"""A person is forgotten everywhere, figures stay, and files that come later do not bring them back."""

from __future__ import annotations

import io
import json
import re
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from office import CODES, WEEKS, Office, thursday
from sqlalchemy import Engine
from typer.testing import CliRunner

from lensan import samples
from lensan.cli import app
from lensan.domain import values
from lensan.domain.settings import settings
from lensan.intake import landing, readers
from lensan.intake.veil import Veil
from lensan.operations import backup
from lensan.privacy import forgetting, people, rewriting
from lensan.producers import history
from lensan.reports import building, export, publishing, revisions
from lensan.warehouse import audit

AT = thursday(WEEKS[3], 9)
STAYS = {"ops.report", "ops.report_file", "ops.forgotten_salt"}


@pytest.fixture(scope="module")
def messy_office(
    tmp_path_factory: pytest.TempPathFactory, new_warehouse: Callable[[], Engine]
) -> Office:
    """Three weeks of every kind of file and mess taken in, two of them published. Read only."""
    folder = tmp_path_factory.mktemp("privacy")
    samples.write(folder / "world", seed=5, weeks=5, order_lines=500)
    office = Office(new_warehouse(), folder / "world", folder)
    for number, week in enumerate(WEEKS[:3]):
        office.until(week.end)
        office.sweep(thursday(week))
        if number < 2:
            office.freeze(week)
    return office


@pytest.fixture
def messy(
    messy_office: Office, tmp_path: Path, copy_warehouse: Callable[[Engine], Engine]
) -> Office:
    shutil.copytree(messy_office.folder, tmp_path / "office")
    engine = copy_warehouse(messy_office.engine)
    return Office(engine, messy_office.world, tmp_path / "office")


def tables(engine: Engine) -> dict[str, str]:
    """Every table as text."""
    found = {}
    with engine.connect() as connection:
        names = connection.exec_driver_sql(
            "select schemaname || '.' || tablename from pg_tables "
            "where schemaname in ('raw', 'core', 'mart', 'ops')"
        ).scalars()
        for name in list(names):
            stream = io.StringIO()
            connection.connection.cursor().copy_expert(f"copy {name} to stdout", stream)
            found[name] = stream.getvalue()
    return found


def bearers(engine: Engine, sources: int) -> list[int]:
    """Producers that bear paper and phone, of as many kinds of rows."""
    with engine.connect() as connection:
        return list(
            connection.exec_driver_sql(
                """
                select producer_id
                from core.producer_member_version as member
                left join core.stall_version as stall
                  on member_kind = 'stall' and stall.entity_key = member_key
                     and stall.known_until = 'infinity'
                where member.known_until = 'infinity'
                group by producer_id
                having count(distinct member_kind) >= %s and count(stall.paper_number) > 0
                   and count(stall.phone) > 0 and bool_and(coalesce(stall.kind, '') <> 'company')
                order by producer_id
                """,
                (sources,),
            ).scalars()
        )


def spellings(person: people.Person) -> tuple[set[str], set[str]]:
    return {number.lstrip("0") for number in person.numbers}, {
        values.norm(row.name) for row in person.members if row.name and len(row.name.split()) > 2
    }


def digits_of(text: str) -> str:
    return re.sub(r"(?<=\d)[ .\-]{1,2}(?=\d)", "", text)


def names_of_others(engine: Engine, producer_id: int) -> set[str]:
    """Names that somebody else bears too."""
    person = people.find(engine, producer_id=producer_id)
    own = {values.norm(row.name) for row in person.members}
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            """
            select owner_name from core.stall left join core.producer using (producer_id)
            where producer_id is distinct from %(id)s
            union all select name from core.registry where producer_id is distinct from %(id)s
            union all select name from core.wallet where producer_id is distinct from %(id)s
            union all select name from core.training where not entity_key = any(%(keys)s)
            union all select owner_name from core.ocop
            where owner_name is not null and not entity_key = any(%(keys)s)
            union all select name from core.listing where producer_id is distinct from %(id)s
            """,
            {"id": producer_id, "keys": [key for _, key in person.keys]},
        ).scalars()
        texts = [values.norm(row) for row in rows]
    return {name for name in own if any(name in text for text in texts)}


def raw_text(raw_store: Path) -> str:
    """All cells of all raw files that can be read."""
    parts = []
    for path in landing.find(raw_store):
        try:
            document = readers.open_document(path, name=path.name)
            parts += [
                "|".join("" if c is None else str(c) for c in row.cells)
                for table in document.tables
                for row in table.rows
            ]
        except readers.Unreadable:
            continue
    return "\n".join(parts)


def figures(office: Office) -> list:
    from lensan.figures import measuring

    for week in WEEKS[:3]:
        measuring.compute(office.engine, week, moment=AT, codes=CODES)
    return [office.figures(week) for week in WEEKS[:3]]


def forget(office: Office, producer_id: int) -> people.Person:
    person = people.find(office.engine, producer_id=producer_id)
    forgetting.forget(
        office.engine, office.folder / "raw", person, by="Lan", reason="đơn số 7", moment=AT
    )
    history.resolve(office.engine, moment=AT)
    return person


def names_looked_for(
    office: Office, forgotten: list[people.Person], borne: dict[int, set[str]]
) -> int:
    """Fails where a number of forgotten persons is left in a table or raw file, or a name that nobody else bears; returns
    how many names were looked for."""
    found = {name: text for name, text in tables(office.engine).items() if name not in STAYS}
    found["raw store"] = raw_text(office.folder / "raw")
    digits = {name: digits_of(text) for name, text in found.items()}
    folded = {name: values.norm(text) for name, text in found.items()}
    seen = 0
    for person in forgotten:
        numbers, names = spellings(person)
        assert len(numbers) >= 2
        assert names
        for number in numbers:
            assert [name for name, text in digits.items() if number in text] == []
        for each in names - borne[person.producers[0]]:
            seen += 1
            assert [name for name, text in folded.items() if each in text] == []
    return seen


def test_nothing_of_a_forgotten_person_is_left_and_no_figure_changes(messy: Office) -> None:
    before = figures(messy)
    published = [publishing.load(messy.engine, week)[1] for week in WEEKS[:2]]
    chosen = bearers(messy.engine, 2)
    chosen = [chosen[0], chosen[len(chosen) // 2], chosen[-1]]
    borne = {producer_id: names_of_others(messy.engine, producer_id) for producer_id in chosen}
    forgotten = [forget(messy, producer_id) for producer_id in chosen]
    assert figures(messy) == before
    assert [publishing.load(messy.engine, week)[1] for week in WEEKS[:2]] == published

    assert names_looked_for(messy, forgotten, borne) > 0
    assert audit.verify(messy.engine) is None
    acts = [act for act in audit.acts(messy.engine) if act["action"] == "person.forget"]
    assert len(acts) == 3
    assert acts[0]["detail"]["reason"] == "đơn số 7"


def test_who_is_forgotten_stays_so_after_the_same_files_a_restore_and_a_rendering(
    messy: Office, tmp_path: Path, new_warehouse: Callable[[], Engine]
) -> None:
    """The backup restored is of before the forgetting; that of the night after lies beside it."""
    before = figures(messy)
    chosen = bearers(messy.engine, 2)
    chosen = [chosen[0], chosen[len(chosen) // 2], chosen[-1]]
    borne = {producer_id: names_of_others(messy.engine, producer_id) for producer_id in chosen}
    old = backup_of(messy, tmp_path / "backups", AT)
    forgotten = [forget(messy, producer_id) for producer_id in chosen]
    backup_of(messy, tmp_path / "backups", AT + timedelta(hours=12))

    engine = new_warehouse()
    home = settings(tmp_path / "new")
    done = backup.restore(old, url_of(engine), home, moment=AT + timedelta(hours=13), force=True)
    assert done["forgotten_again"] == 3
    restored = Office(engine, messy.world, home.home)
    assert names_looked_for(restored, forgotten, borne) > 0
    assert [row["person"] for row in forgetting.listed(engine)] == [
        row["person"] for row in forgetting.listed(messy.engine)
    ]
    assert audit.verify(engine) is None

    for office in (messy, restored):
        for path in landing.find(messy.landing):
            again = office.landing / path.relative_to(messy.landing)
            again.parent.mkdir(parents=True, exist_ok=True)
            if not again.exists():
                shutil.copy2(path, again)
            shutil.copy2(path, again.with_stem(f"{again.stem}_lai"))
        office.sweep(AT + timedelta(hours=14))
        rewriting.write_files_again(
            office.engine, office.folder / "raw", moment=AT + timedelta(hours=15)
        )
        assert names_looked_for(office, forgotten, borne) > 0
        assert figures(office) == before

    shown = io.StringIO()
    for week in WEEKS[:3]:
        report = building.build(engine, week, moment=AT + timedelta(hours=16))
        shown.write(json.dumps(revisions.to_plain(report), ensure_ascii=False))
    export.write(engine, WEEKS[1], tmp_path / "rows", with_rows=True)
    for path in (tmp_path / "rows" / "csv").iterdir():
        shown.write(path.read_text(encoding="utf-8"))
    for person in forgotten:
        numbers, names = spellings(person)
        assert [number for number in numbers if number in digits_of(shown.getvalue())] == []
        own = names - borne[person.producers[0]]
        assert [name for name in own if name in values.norm(shown.getvalue())] == []


def url_of(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def backup_of(office: Office, root: Path, moment: datetime) -> Path:
    made = backup.make(url_of(office.engine), settings(office.folder), root, moment=moment)
    return Path(made["folder"])


def test_a_warehouse_of_another_past_is_not_forgotten_in(messy: Office) -> None:
    person = forget(messy, bearers(messy.engine, 2)[0])
    with messy.engine.begin() as connection:
        noted = forgetting.notes(connection)
    assert noted is not None
    assert not any(number in json.dumps(noted) for number in person.numbers)
    with pytest.raises(ValueError, match="another warehouse"):
        forgetting.repeat(messy.engine, messy.folder / "raw", noted | {"salt": "other"}, moment=AT)
    assert forgetting.repeat(messy.engine, messy.folder / "raw", noted, moment=AT) == 0


def test_of_a_number_that_two_bear_only_the_number_goes(messy: Office) -> None:
    """The neighbour who lent the phone keeps the name, in every row, and stays another producer."""
    first, second = bearers(messy.engine, 2)[:2]
    with messy.engine.begin() as connection:
        member = connection.exec_driver_sql(
            "select paper_number, phone from core.stall where producer_id = %s and phone is not null",
            (first,),
        ).first()
        assert member is not None
        neighbour = connection.exec_driver_sql(
            "select entity_key, owner_name from core.stall where producer_id = %s", (second,)
        ).first()
        assert neighbour is not None
        connection.exec_driver_sql(
            "update core.stall_version set phone = %s where entity_key = %s",
            (member[1], neighbour[0]),
        )
        connection.exec_driver_sql(
            "insert into core.wallet_version select 'viettelpay|' || %(phone)s, %(name)s, null, %(phone)s, "
            "unit_code, wallet, opened_on, record_id, known_from, known_until "
            "from core.wallet_version limit 1",
            {"phone": member[1], "name": neighbour[1]},
        )
    person = forget(messy, first)
    assert member[1] in person.shared
    found = tables(messy.engine)
    number = member[1].lstrip("0")
    assert [n for n, text in found.items() if n not in STAYS and number in digits_of(text)] == []
    with messy.engine.connect() as connection:
        names = connection.exec_driver_sql(
            "select owner_name from core.stall_version where entity_key = %s "
            "union all select name from core.wallet_version where entity_key like 'viettelpay|0200%%'",
            (neighbour[0],),
        ).scalars()
        assert set(names) == {neighbour[1]}


def test_every_raw_file_written_again_says_the_same_but_for_the_person(messy: Office) -> None:
    raw = messy.folder / "raw"
    before = {path.name: cells_of(path) for path in landing.find(raw)}
    person = forget(messy, bearers(messy.engine, 2)[0])
    kinds = set()
    with messy.engine.connect() as connection:
        pairs = connection.exec_driver_sql(
            "select old_sha256, new_sha256 from ops.erased_file"
        ).all()
    assert len(pairs) >= 5
    numbers = spellings(person)[0]
    for old, new in pairs:
        assert not landing.raw_path(raw, old).exists()
        kind, now = cells_of(landing.raw_path(raw, new))
        kinds.add(kind)
        was = before[old][1]
        assert [row[0] for row in now] == [row[0] for row in was]
        changed = 0
        for (_, cells), (_, old_cells) in zip(now, was, strict=True):
            for cell, old_cell in zip(cells, old_cells, strict=False):
                if cell != old_cell:
                    changed += 1
                    assert "•" in cell or re.search(r"(?<!\d)(0200|099|99|\+?84 ?200)\d", cell), (
                        old_cell,
                        cell,
                    )
        assert changed or not any(n in digits_of(str(was)) for n in numbers)
    assert {"csv", "xlsx"} <= kinds


def cells_of(path: Path) -> tuple[str, list[tuple[str, list[str]]]]:
    """Kind, and the rows that are not blank as text, each with its sheet and number."""
    from lensan.intake.cells import as_text

    try:
        document = readers.open_document(path, name=path.name)
        rows = []
        for table in document.tables:
            for row in table.rows:
                cells = [as_text(cell) or "" for cell in row.cells]
                while cells and not cells[-1]:
                    cells.pop()
                if cells:
                    rows.append((f"{table.sheet}!{row.number}", cells))
    except readers.Unreadable as verdict:
        return verdict.rule, []
    kind = {"xls": "xlsx", "ods": "xlsx"}.get(document.kind, document.kind)
    return kind, rows


def test_later_files_do_not_bring_the_person_back(
    messy: Office, messy_office: Office, copy_warehouse: Callable[[Engine], Engine], tmp_path: Path
) -> None:
    """Two weeks of files come in after it; figures are those of an office that forgot nobody."""
    shutil.copytree(messy_office.folder, tmp_path / "other")
    other = Office(copy_warehouse(messy_office.engine), messy.world, tmp_path / "other")
    forgotten = [forget(messy, producer) for producer in bearers(messy.engine, 2)[:4]]
    for office in (messy, other):
        for week in WEEKS[3:]:
            office.until(week.end)
            office.sweep(thursday(week))
    assert figures(messy) == figures(other)
    assert [messy.freeze(week) and messy.figures(week) for week in WEEKS[3:]] == [
        other.freeze(week) and other.figures(week) for week in WEEKS[3:]
    ]
    assert any(row["came_back_at"] for row in forgetting.listed(messy.engine))
    written = rewriting.write_files_again(
        messy.engine, messy.folder / "raw", moment=thursday(WEEKS[4])
    )
    assert written > 0
    found = tables(messy.engine)
    files = raw_text(messy.folder / "raw")
    for person in forgotten:
        for number in spellings(person)[0]:
            held = [n for n, text in found.items() if n not in STAYS and number in digits_of(text)]
            assert held == []
            assert number not in digits_of(files)
    # The landing root still holds the old files: they are not taken in again.
    with messy.engine.connect() as connection:
        before = connection.exec_driver_sql("select count(*) from ops.source_file").scalar_one()
    messy.sweep(thursday(WEEKS[4], 12))
    with messy.engine.connect() as connection:
        after = connection.exec_driver_sql("select count(*) from ops.source_file").scalar_one()
    assert after == before
    assert not [
        old
        for old, new in erased(messy.engine)
        if old != new and landing.raw_path(messy.folder / "raw", old).exists()
    ]


def erased(engine: Engine) -> list[tuple[str, str]]:
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("select old_sha256, new_sha256 from ops.erased_file")
        return [(row[0], row[1]) for row in rows]


def test_the_command_only_shows_until_it_is_told_to(messy: Office) -> None:
    env = {
        "WAREHOUSE_URL": messy.engine.url.render_as_string(hide_password=False),
        "HOME_DIR": str(messy.folder),
    }
    producer = str(bearers(messy.engine, 2)[0])
    before = tables(messy.engine)
    shown = CliRunner().invoke(app, ["forget", "--producer", producer, "--json"], env=env)
    assert shown.exit_code == 0, shown.output
    assert json.loads(shown.output)[0]["rows"] > 0
    assert tables(messy.engine) == before
    unsaid = CliRunner().invoke(app, ["forget", "--producer", producer, "--yes"], env=env)
    assert unsaid.exit_code == 2
    done = CliRunner().invoke(
        app, ["forget", "--producer", producer, "--reason", "đơn", "--yes", "--json"], env=env
    )
    assert done.exit_code == 0, done.output
    pseudonym = json.loads(done.output)[0]["person"]
    listed = CliRunner().invoke(app, ["forget", "--list", "--json"], env=env)
    assert pseudonym in listed.output
    again = CliRunner().invoke(app, ["forget", "--phone", "0999999998"], env=env)
    assert again.exit_code == 1


def test_what_is_no_number_is_said(warehouse_engine: Engine) -> None:
    with pytest.raises(ValueError, match="no phone"):
        people.find(warehouse_engine, phone="12")
    with pytest.raises(ValueError, match="no paper number"):
        people.find(warehouse_engine, paper_number="12")
    with pytest.raises(people.UnknownPersonError):
        people.find(warehouse_engine, phone="0912345678")


@pytest.mark.parametrize(
    "written",
    ["0912345678", "912345678", "+84 912 345 678", "0912.345.678", "ĐT: 0912-345-678 (Nga)",
     "0987654321 / 0912345678", "0987654321 - 0912345678"],
)  # fmt: skip
def test_a_number_is_found_however_it_is_written(written: str) -> None:
    veil = Veil("salt")
    veil.numbers[veil.digest("number", "0912345678")] = ("02001234567", None)
    covered = veil.text(written)
    assert "02001234567" in covered
    assert "912345678" not in digits_of(covered)
