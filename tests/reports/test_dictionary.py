"""The data dictionary is the database's comments; the example queries run with an analyst's rights."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from lensan.cli import app
from lensan.reports import dictionary


def test_ten_examples_answer_as_an_analyst(published_sample: Engine) -> None:
    examples = dictionary.examples()
    assert len(examples) == 10
    assert all(e.title.endswith("?") and e.english.endswith("?") for e in examples)
    assert all(re.search(r"[ạảãàáâậầấẩẫăắằặẳẵóòọõỏôộổỗồốơờớợởỡéèẻẹẽêếềệểễúùụủũưựữửừứíìịỉĩýỳỷỵỹđ]", e.title)
               for e in examples)  # fmt: skip
    answers = {}
    with published_sample.connect() as connection:
        connection.exec_driver_sql("set role lensan_analyst")
        for example in examples:
            answers[example.key] = connection.exec_driver_sql(example.sql.replace("%", "%%")).all()
    assert {key for key, rows in answers.items() if not rows} == set()


def test_example_figures_are_those_of_the_report(published_sample: Engine) -> None:
    """The lagging units are the published ones, with what is missing to the target."""
    example = next(e for e in dictionary.examples() if e.key == "01_lagging_units")
    with published_sample.connect() as connection:
        rows = connection.exec_driver_sql(example.sql.replace("%", "%%")).mappings().all()
        printed = {
            (row[0], row[1]): row[2:]
            for row in connection.exec_driver_sql(
                "select unit.name, indicator_code, cumulative, completion_pct "
                "from mart.indicator_published join mart.unit using (unit_code) "
                "where report_kind = 'week' and period = '2021-12-09'"
            )
        }
    assert rows
    for row in rows:
        assert (row["cumulative"], row["completion_pct"]) == printed[
            row["unit"], row["indicator_code"]
        ]
        assert row["completion_pct"] < 100
    assert any(row["still_missing"] > 0 for row in rows)


@pytest.fixture(scope="module")
def folder(published_sample: Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dictionary")
    url = published_sample.url.render_as_string(hide_password=False)
    result = CliRunner().invoke(
        app, ["dictionary", "--out", str(folder), "--json"], env={"WAREHOUSE_URL": url}
    )
    assert result.exit_code == 0, result.output
    return folder


def test_the_dictionary_has_every_column_with_its_comment(
    folder: Path, published_sample: Engine
) -> None:
    import html

    markdown = (folder / "tu-dien-du-lieu.md").read_text(encoding="utf-8")
    page = html.unescape((folder / "tu-dien-du-lieu.html").read_text(encoding="utf-8"))
    with published_sample.connect() as connection:
        found = dictionary.objects(connection)
    assert {"mart.order_line", "mart.indicator_value", "ops.source_file", "ops.quarantine"} <= {
        each.name for each in found
    }
    assert not any(each.name.startswith(("core.", "raw.")) for each in found)
    for each in found:
        assert each.comment and each.grain, each.name
        for column in each.columns:
            assert column.comment, (each.name, column.name)
            assert f"| `{column.name}` | {column.type} | {column.comment}" in markdown
            assert column.comment in page
    # What analysts may not read is not told either.
    quarantine = next(each for each in found if each.name == "ops.quarantine")
    assert not {"value", "message"} & {column.name for column in quarantine.columns}


def test_the_picture_joins_what_the_comments_join(folder: Path) -> None:
    root = ElementTree.fromstring((folder / "so-do.svg").read_text(encoding="utf-8"))
    joins = {title.text for title in root.iter("{http://www.w3.org/2000/svg}title")}
    assert {
        "mart.order_line.stall_id → mart.stall",
        "mart.order_line.listing_id → mart.listing",
        "mart.listing.product_id → mart.product",
        "mart.stall.producer_id → mart.producer",
        "mart.producer.unit_code → mart.unit",
        "mart.indicator_value.period_start → mart.period",
    } <= joins


def test_the_same_database_gives_the_same_bytes(
    folder: Path, published_sample: Engine, tmp_path: Path
) -> None:
    for path in dictionary.write(published_sample, tmp_path):
        assert path.read_bytes() == (folder / path.name).read_bytes()


def test_the_page_is_in_one_language_can_be_searched_and_keeps_ops_apart(folder: Path) -> None:
    page = (folder / "tu-dien-du-lieu.html").read_text(encoding="utf-8")
    for vietnamese in ("Từ điển", "Mỗi dòng", "Ý nghĩa", "Truy vấn mẫu", "Bảng và khung nhìn"):
        assert vietnamese not in page
    assert not any(example.title in page for example in dictionary.examples())
    assert '<input id="search" type="search"' in page
    heads = re.findall(r'<h2 id="(\w+)\.', page)
    assert heads == sorted(heads), "mart first, then ops"
    assert page.index("<h1>How the work went (ops)</h1>") < page.index('<h2 id="ops.')


def test_examples_ask_for_the_last_published_week() -> None:
    for example in dictionary.examples():
        assert "max(period_end) from mart.period" not in example.sql
        assert "current_date" not in example.sql and "now()" not in example.sql
