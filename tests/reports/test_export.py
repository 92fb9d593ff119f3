"""mart's rows as files: a valid data package, the same bytes again, no personal data."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import frictionless
import pandas as pd
import pytest
from office import WEEKS, Office, thursday
from personal_data import numbers_in, people
from sqlalchemy import Engine
from typer.testing import CliRunner

from lensan.cli import app
from lensan.domain import periods
from lensan.reports import export

WEEK = periods.parse("week", "2021-12-09")


@pytest.fixture(scope="module")
def folder(published_sample: Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export") / "data"
    url = published_sample.url.render_as_string(hide_password=False)
    result = CliRunner().invoke(
        app,
        ["export", "week", WEEK.name, "--out", str(folder), "--rows"],
        env={"WAREHOUSE_URL": url},
    )
    assert result.exit_code == 0, result.output
    assert folder.stat().st_mode & 0o777 == 0o700
    return folder


def test_it_is_a_valid_data_package(folder: Path) -> None:
    """frictionless reads every CSV by its schema: types, primary and foreign keys, bytes, hashes."""
    package = frictionless.Package(str(folder / "datapackage.json"))
    assert len(package.resources) == 2 * len(export.TABLES)
    for resource in package.resources:
        content = (folder / resource.path).read_bytes()
        assert resource.hash == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert resource.bytes == len(content)
        # Of Parquet frictionless counts no bytes; test_csv_and_parquet_say_the_same reads those.
        if resource.format == "csv":
            report = resource.validate()
            assert report.valid, (resource.name, report.flatten(["type", "note"])[:3])
    lines = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))["resources"]
    schema = next(each for each in lines if each["name"] == "order-line")["schema"]
    assert schema["primaryKey"] == ["platform", "order_no", "line_no"]
    assert {each["reference"]["resource"] for each in schema["foreignKeys"]} >= {
        "stall", "listing", "producer", "province", "country"
    }  # fmt: skip
    assert all(field["description"] for field in schema["fields"])


def test_a_spoiled_file_would_be_found(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "data")
    path = tmp_path / "data" / "csv" / "listing.csv"
    text = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*text, text[-1]]) + "\n", encoding="utf-8")
    package = frictionless.Package(str(tmp_path / "data" / "datapackage.json"))
    assert not package.get_resource("listing").validate().valid


@pytest.mark.parametrize("name", export.TABLES)
def test_csv_and_parquet_say_the_same(folder: Path, name: str) -> None:
    with (folder / "csv" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    frame = pd.read_parquet(folder / "parquet" / f"{name}.parquet")
    assert list(frame.columns) == list(rows[0])
    assert len(frame) == len(rows) > 0
    for column in frame.columns:
        assert [row[column] == "" for row in rows] == list(frame[column].isna())
        if pd.api.types.is_float_dtype(frame[column]):
            expected = [float(row[column]) for row in rows if row[column]]
            assert list(frame[column].dropna()) == expected


def test_its_figures_are_the_reports(folder: Path, published_sample: Engine) -> None:
    with published_sample.connect() as connection:
        printed = connection.exec_driver_sql(
            "select sum(cumulative), count(*) from mart.indicator_published "
            "where report_kind = 'week' and period = %s",
            (WEEK.name,),
        ).one()
    frame = pd.read_parquet(folder / "parquet" / "indicator.parquet")
    assert (round(frame["cumulative"].sum(), 6), len(frame)) == (float(printed[0]), printed[1])


def test_there_is_no_personal_data_in_it(folder: Path, published_sample: Engine) -> None:
    numbers, names = people(published_sample)
    text = "\n".join(p.read_text(encoding="utf-8") for p in (folder / "csv").glob("*.csv"))
    assert len(text) > 100_000
    assert numbers_in(text) & numbers == set()
    folded = text.casefold()
    assert [name for name in names if name in folded] == []


def digests(paths: list[Path]) -> dict[str, str]:
    return {
        path.relative_to(paths[0].parent).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
    }


def test_what_came_later_changes_no_byte_of_it(
    office: Office, copy_warehouse: Callable[[Engine], Engine], tmp_path: Path
) -> None:
    before = digests(export.write(office.engine, WEEKS[2], tmp_path / "data", with_rows=True))
    office.until(WEEKS[4].end)
    office.sweep(thursday(WEEKS[4]))
    office.freeze(WEEKS[4])
    assert (
        digests(export.write(office.engine, WEEKS[2], tmp_path / "data", with_rows=True)) == before
    )
    assert (
        digests(export.write(office.engine, WEEKS[4], tmp_path / "later", with_rows=True)) != before
    )


def test_a_folder_of_other_things_is_left_alone(published_sample: Engine, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    url = published_sample.url.render_as_string(hide_password=False)
    result = CliRunner().invoke(
        app, ["export", "week", WEEK.name, "--out", str(tmp_path)], env={"WAREHOUSE_URL": url}
    )
    assert result.exit_code == 1
    assert (tmp_path / "mine").exists()
    with pytest.raises(LookupError):
        export.write(published_sample, periods.parse("week", "2021-10-21"), tmp_path / "none")


def test_the_evidence_of_a_figure_stands_beside_it(folder: Path) -> None:
    """The channel that a printed figure names says that figure."""
    printed = pd.read_parquet(folder / "parquet" / "indicator.parquet")
    said = pd.read_parquet(folder / "parquet" / "evidence.parquet")
    both = printed.merge(
        said, on=["unit_code", "indicator_code", "channel"], suffixes=("", "_said")
    )
    assert len(both) > 100
    assert (both.in_period.round(3) == both.in_period_said.round(3)).mean() > 0.95
    assert said.channel.nunique() >= 2
