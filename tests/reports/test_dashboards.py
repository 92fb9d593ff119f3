"""The dashboards of deploy/superset: what they refer to exists, and an analyst may read it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine

from lensan.domain.settings import PROJECT

FOLDER = PROJECT / "deploy" / "superset"
KINDS = {"TEXT": {"text"}, "NUMERIC": {"numeric", "float8"}, "DATE": {"date"}, "BOOLEAN": {"bool"},
         "INTEGER": {"int4", "int8"}}  # fmt: skip


def read(kind: str) -> dict[Path, dict[str, Any]]:
    return {
        path: yaml.safe_load(path.read_text("utf-8"))
        for path in sorted((FOLDER / kind).rglob("*.yaml"))
    }


DATABASES, DATASETS, CHARTS, DASHBOARDS = map(
    read, ("databases", "datasets", "charts", "dashboards")
)


def columns_used(params: dict[str, Any]) -> set[str]:
    """What a chart takes from its dataset: axes, groups, metrics, filters, columns."""
    used = {params["x_axis"]} if "x_axis" in params else set()
    for name in ("groupby", "groupbyRows", "groupbyColumns", "all_columns"):
        used |= {
            each if isinstance(each, str) else each["sqlExpression"]
            for each in params.get(name, ())
        }
    used |= {metric["column"]["column_name"] for metric in params.get("metrics", ())}
    return used | {each["subject"] for each in params["adhoc_filters"]}


def test_all_seven_questions_are_on_the_dashboard() -> None:
    (dashboard,) = DASHBOARDS.values()
    shown = {
        item["meta"]["uuid"]: item["meta"]["sliceName"]
        for item in dashboard["position"].values()
        if isinstance(item, dict) and item.get("type") == "CHART"
    }
    assert shown == {chart["uuid"]: chart["slice_name"] for chart in CHARTS.values()}
    assert len(shown) == 7
    assert {chart["dataset_uuid"] for chart in CHARTS.values()} == {
        dataset["uuid"] for dataset in DATASETS.values()
    }


def test_every_place_on_the_dashboard_is_reached_from_its_root() -> None:
    (dashboard,) = DASHBOARDS.values()
    position = {k: v for k, v in dashboard["position"].items() if isinstance(v, dict)}
    reached, waiting = set(), ["ROOT_ID"]
    while waiting:
        name = waiting.pop()
        reached.add(name)
        waiting += position[name].get("children", [])
    assert reached | {"HEADER_ID"} == set(position)


def test_no_address_and_no_secret_stands_in_the_definitions() -> None:
    (database,) = DATABASES.values()
    assert database["sqlalchemy_uri"] == "postgresql+psycopg2:///warehouse"
    assert {dataset["database_uuid"] for dataset in DATASETS.values()} == {database["uuid"]}
    for path in FOLDER.rglob("*.yaml"):
        assert "password" not in path.read_text("utf-8").lower(), path.name


@pytest.mark.parametrize("path", CHARTS, ids=lambda path: path.stem)
def test_a_chart_uses_columns_that_its_dataset_has(path: Path) -> None:
    chart = CHARTS[path]
    (dataset,) = (d for d in DATASETS.values() if d["uuid"] == chart["dataset_uuid"])
    used = columns_used(chart["params"])
    assert used
    assert used <= {column["column_name"] for column in dataset["columns"]}
    assert chart["viz_type"] == chart["params"]["viz_type"]


@pytest.mark.parametrize("path", DATASETS, ids=lambda path: path.stem)
def test_an_analyst_reads_each_dataset_and_finds_the_columns_it_names(
    path: Path, published_sample: Engine
) -> None:
    dataset = DATASETS[path]
    with published_sample.connect() as connection:
        connection.exec_driver_sql("set role lensan_analyst")
        found = connection.exec_driver_sql(f"select * from ({dataset['sql']}) as dataset")
        kinds = {
            column.name: connection.exec_driver_sql(
                "select typname from pg_type where oid = %s", (column.type_code,)
            ).scalar_one()
            for column in found.cursor.description
        }
        assert found.fetchall(), "the sample has something to show in every chart"
        connection.exec_driver_sql("reset role")
    assert list(kinds) == [column["column_name"] for column in dataset["columns"]]
    for column in dataset["columns"]:
        assert kinds[column["column_name"]] in KINDS[column["type"]], column["column_name"]
        assert column["verbose_name"]
