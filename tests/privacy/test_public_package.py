"""The public package shows nothing that leads to a person: attacks on all packages together, which find a planted leak."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import frictionless
import pytest
from attacker import Seen, StallPage, base_rate, bounds, guesses, linked, read_packages, too_close
from office import WEEKS, Office, thursday
from sqlalchemy import Engine

from lensan.domain import disclosure, indicators, periods
from lensan.reports import disclosing, export, protection, publishing

RULE = disclosure.rule()
MONTH = periods.parse("month", "2021-10")
PUBLICATIONS = [*((week, 0) for week in WEEKS), (MONTH, 0), (WEEKS[3], 1), (WEEKS[4], 1)]


@pytest.fixture(scope="module")
def publishing_office(
    settled_office: Office,
    tmp_path_factory: pytest.TempPathFactory,
    copy_warehouse: Callable[[Engine], Engine],
) -> Office:
    """Five weeks, a month, and corrections of two weeks after stalls were closed that nobody had told of."""
    folder = tmp_path_factory.mktemp("public") / "office"
    shutil.copytree(settled_office.folder, folder)
    office = Office(copy_warehouse(settled_office.engine), settled_office.world, folder)
    for week in WEEKS[3:]:
        office.until(week.end)
        office.sweep(thursday(week))
        office.freeze(week)
    office.freeze(MONTH, moment=thursday(WEEKS[4], 13))
    with office.engine.begin() as connection:
        connection.exec_driver_sql(
            "update core.stall_version set closed_on = '2021-11-05' where entity_key in ("
            "select entity_key from core.stall where is_counted and closed_on is null order by 1 limit 2) "
            "and known_until = 'infinity'"
        )
    for hour, week in enumerate(WEEKS[3:], 15):
        publishing.correct(
            office.engine,
            week,
            folder / "reports",
            moment=thursday(WEEKS[4], hour),
            reason="bổ sung",
        )
    return office


def packages_of(engine: Engine, folder: Path) -> list[Path]:
    """All public packages of an office, in the order of publication."""
    folders = [folder / f"{period.name}-{revision}" for period, revision in PUBLICATIONS]
    for (period, revision), target in zip(PUBLICATIONS, folders, strict=True):
        export.write(engine, period, target, revision)
    return folders


class Published(NamedTuple):
    office: Office
    folders: list[Path]


@pytest.fixture(scope="module")
def published(publishing_office: Office, tmp_path_factory: pytest.TempPathFactory) -> Published:
    folder = tmp_path_factory.mktemp("packages")
    return Published(publishing_office, packages_of(publishing_office.engine, folder))


def pages_of(engine: Engine) -> list[StallPage]:
    """What the marketplaces show of the province's stalls."""
    with engine.connect() as connection:
        return [
            StallPage(*row)
            for row in connection.exec_driver_sql(
                "select platform, stall_name, unit_code, opened_on from core.stall "
                "where province_code = '22' and is_counted"
            )
        ]


def fell_of(engine: Engine, key: tuple[str, str]) -> float:
    """By how much units' cumulatives fell in all, from one package to the next."""
    with engine.connect() as connection:
        values = connection.exec_driver_sql(
            "select coalesce(sum(before - value) filter (where value < before), 0) from (select value, "
            "lag(value) over (partition by unit_code order by package_no) as before from ops.public_figure "
            "where indicator_code = %s and part = %s and unit_code <> '22') as step",
            key,
        )
        return float(values.scalar_one())


def test_the_package_is_valid_and_has_no_row_of_a_producer(published: Published) -> None:
    for folder in published.folders:
        package = frictionless.Package(str(folder / "datapackage.json"))
        assert {resource.path for resource in package.resources if resource.format == "csv"} == {
            f"csv/{name}.csv" for name in export.PUBLIC
        }
        for resource in package.resources:
            if resource.format == "csv":
                report = resource.validate()
                assert report.valid, report.flatten(["type", "note"])[:3]
        readme = (folder / export.README).read_text(encoding="utf-8")
        assert f"ít nhất **{RULE.threshold} hộ**" in readme
        assert f"ít nhất **{RULE.dominance_pct}%**" in readme
        assert f"± {RULE.margin}" in readme


def test_stall_pages_lead_to_nobody_in_the_package(published: Published) -> None:
    """No row fits a page; a shown change is about ten pages or more, so a guess is right once in ten at most."""
    pages = pages_of(published.office.engine)
    assert len(pages) > 100
    changes = 0
    for folder in published.folders:
        assert linked(folder, pages) == {}
        sizes = guesses(folder, pages, "II.3")
        changes += len(sizes)
        assert all(size >= RULE.threshold for size in sizes), sizes
    assert changes >= 3


def test_the_same_attack_on_rows_finds_nearly_everybody(
    published: Published, tmp_path: Path
) -> None:
    """The leak that was: rows with opening dates. Whoever has the pages knows most of them."""
    pages = pages_of(published.office.engine)
    export.write(published.office.engine, WEEKS[4], tmp_path / "rows", 0, with_rows=True)
    found = linked(tmp_path / "rows", pages)
    assert {"stall", "producer"} <= set(found)
    assert len(found["stall"]) / len(pages) > 0.5 > 2 * base_rate(pages)


def test_packages_together_bound_nothing_withheld_closer_than_the_margin(
    published: Published,
) -> None:
    """Linear programs over all weeks, the month, revisions, units and sums of a real office."""
    seen = read_packages(published.folders)
    assert len(seen) >= 8
    withheld = shown = 0
    for key, figure in seen.items():
        assert figure.packages == (1 if key[0] == "IV.4" else len(published.folders)), key
        found = bounds(figure, fell=fell_of(published.office.engine, key))
        withheld += len(found)
        shown += sum(map(len, figure.values.values()))
        near = [each for each in found if each.most - each.least < 2 * RULE.margin - 1e-6]
        assert near == [], key
    assert withheld > 500
    assert shown > 100


def test_what_is_shown_is_what_was_printed_and_was_new_then(published: Published) -> None:
    with published.office.engine.connect() as connection:
        printed = {
            tuple(row[:5]): row[5:]
            for row in connection.exec_driver_sql(
                "select report_kind, period, revision, indicator_code, unit_code, cumulative, cumulative_2 "
                "from mart.indicator_published"
            )
        }
        shown = connection.exec_driver_sql(
            "select report_kind, period, revision, indicator_code, unit_code, part, value from mart.public_figure "
            "where is_new"
        ).all()
    assert len(shown) > 100
    for *key, part, value in shown:
        assert printed[tuple(key)][part - 1] == value


def test_a_package_made_again_has_the_same_bytes_and_decides_nothing_anew(
    published: Published, tmp_path: Path
) -> None:
    for number in (1, 4, 6):
        folder = published.folders[number]
        name, _, revision = folder.name.rpartition("-")
        kind = "month" if len(name) == 7 else "week"
        again = tmp_path / folder.name
        export.write(published.office.engine, periods.parse(kind, name), again, int(revision))
        assert {p.name: p.read_bytes() for p in again.rglob("*.*")} == {
            p.name: p.read_bytes() for p in folder.rglob("*.*")
        }


# ---------------------------------------------------------------- many figures, years of packages


def invented(seed: int, packages: int, units: int = 8) -> disclosing.PublicFigure:
    """A figure of units of all sizes, growing by a few a week; now and then a correction takes some back."""
    chance = random.Random(seed)
    figure = disclosing.PublicFigure(indicators.indicator("II.3"), 1, "each")
    sizes = [chance.choice([0.1, 0.5, 1, 2, 5, 12]) for _ in range(units)]
    values = [Decimal(chance.choice([0, 3, 15, 200])) for _ in sizes]
    for _ in range(packages):
        for at, size in enumerate(sizes):
            values[at] += round(chance.expovariate(1 / size))
        told = {f"{at:03}": value for at, value in enumerate(values)}
        figure.add({**told, "22": sum(values, Decimal(0))})
        disclosing.show(figure, dict.fromkeys(figure.values), disclosure.rule())
    return figure


def as_seen(figure: disclosing.PublicFigure) -> Seen:
    return Seen(
        figure.packages,
        {
            unit: {at: float(v) for at, (v, is_shown) in enumerate(zip(values, figure.shown[unit], strict=True), 1)
                   if is_shown}
            for unit, values in figure.values.items()
        },
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_no_history_bounds_anything_withheld_closer_than_the_margin(seed: int) -> None:
    figure = invented(seed, packages=14)
    assert too_close(as_seen(figure), RULE.margin) == []
    shown = sum(map(sum, figure.shown.values()))
    assert shown > 14


def test_without_complementary_suppression_the_attack_finds_something(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(protection, "exposed", lambda *_: None)
    assert any(too_close(as_seen(invented(seed, packages=14)), RULE.margin) for seed in range(6))


def test_with_a_threshold_of_one_both_attacks_find_something(
    published: Published,
    copy_warehouse: Callable[[Engine], Engine],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    weak = RULE.model_copy(update={"threshold": 1, "margin": 0, "dominance_pct": 0})
    monkeypatch.setattr(disclosure, "rule", lambda: weak)
    engine = copy_warehouse(published.office.engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("truncate ops.public_figure, ops.public_contribution")
    folders = packages_of(engine, tmp_path)
    sizes = [size for folder in folders for size in guesses(folder, pages_of(engine), "II.3")]
    assert min(size for size in sizes if size) == 1
    key = ("II.3", "1")
    assert too_close(read_packages(folders)[key], RULE.margin, fell=fell_of(engine, key))


@pytest.mark.soak
@pytest.mark.system
@pytest.mark.parametrize("seed", range(100, 112))
def test_no_year_bounds_anything_withheld_closer_than_the_margin(seed: int) -> None:
    assert too_close(as_seen(invented(seed, packages=52, units=13)), RULE.margin) == []


@pytest.mark.parametrize(
    ("change", "contributions", "passes"),
    [
        ("9", None, False),
        ("10", None, True),
        ("-10", None, True),
        ("12", ["1"] * 9 + ["3"], True),
        ("12", ["4"] * 3, False),
        ("100", ["91"] + ["1"] * 9, False),
        ("100", ["82"] + ["1"] * 18, True),
        ("5", ["0.5"] * 10, False),
        ("0", ["1"] * 10 + ["-1"] * 10, False),
    ],
)  # fmt: skip
def test_the_rule(change: str, contributions: list[str] | None, passes: bool) -> None:
    given = None if contributions is None else list(map(Decimal, contributions))
    assert RULE.passes(Decimal(change), given) is passes


def test_each_view_that_is_not_in_the_package_says_whether_its_rows_are_of_persons(
    published: Published,
) -> None:
    """A new view of mart is decided about: of single producers (its comment says so), or of none."""
    none_of_persons = {
        "base",
        "country",
        "indicator_evidence",
        "indicator_published",
        "indicator_value",
        "information",
        "key_product",
        "ocop",
        "period",
        "province",
        "region",
        "region_published",
        "region_value",
        "season",
        "training",
        "unit_report",
    }
    with published.office.engine.connect() as connection:
        told = dict(
            connection.exec_driver_sql(
                "select relname, obj_description(oid) from pg_class "
                "where relnamespace = 'mart'::regnamespace and relkind in ('v', 'r')"
            ).all()
        )
    personal = {name for name, comment in told.items() if "not for the public" in comment}
    assert personal == {"producer", "stall", "listing", "product", "order_line"}
    assert set(told) - personal == none_of_persons | set(export.PUBLIC)
