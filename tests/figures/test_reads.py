"""An indicator's `reads` names every column that its statements rest on.

A column that is missing there hides changes of published periods (docs/rules/reports.md#corrections), without
a word. So each column of what core knows is changed in all rows, and what counts may change only where it is
read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DatabaseError

from lensan.domain import indicators
from lensan.figures import things

OF_VERSIONS = {"entity_key", "record_id", "known_from", "known_until"}
"""Another key is another thing; the rest is how core keeps what it knew."""
OF_LINKS = {
    ("producer_member", "member_kind"),
    ("producer_member", "member_key"),
    ("producer", "producer_id"),
}
GIVEN = {
    ":period_end": "date '2021-11-18'",
    ":year": "2021",
    ":counts_from": "date '2021-10-01'",
}
"""What a base is told."""

Column = tuple[str, str]
"""Entity and column."""


def columns(connection: Connection) -> Iterator[tuple[Column, bool]]:
    """The columns of all versions in core, and whether they may be null; not those that a thing's key is
    made of: another value is another thing."""
    for table, column, nullable in connection.execute(
        text(
            "select table_name, column_name, is_nullable = 'YES'"
            " from information_schema.columns"
            " where table_schema = 'core' and table_name like '%\\_version'"
            " and table_name <> 'submission_version' order by 1, 2"
        )
    ):
        entity = table.removesuffix("_version")
        if column in OF_VERSIONS or (entity, column) in OF_LINKS:
            continue
        of_links = entity.startswith("producer")
        if (
            of_links
            or not connection.exec_driver_sql(
                f"select bool_and({column}::text = any(string_to_array(entity_key, '|')))"
                f" from core.{table}"
            ).scalar()
        ):
            yield (entity, column), nullable


def statements() -> dict[str, str]:
    """What counts for each indicator, and the rows of each base, by its stem."""
    found = {
        each.file.stem: each.statement for each in indicators.indicators() if each.has_platform
    }
    for name, base in indicators.bases().items():
        body = base.statement
        for parameter, value in GIVEN.items():
            body = body.replace(parameter, value)
        found[name] = body
    return found


def digests(connection: Connection) -> Mapping[str, str]:
    """Of all that counts, of each statement."""
    asked = " union all ".join(
        f"select '{name}', md5(string_agg(counted::text, '|' order by counted::text))"
        f' from pg_temp."{name}" as counted'
        for name in statements()
    )
    return dict(connection.execute(text(asked)).all())


def changed_by(
    connection: Connection, column: Column, before: Mapping[str, str], sql: str
) -> set[str]:
    """The statements that say something else once the column's values have changed; all is as before then.
    Raises DatabaseError where core cannot hold such values."""
    savepoint = connection.begin_nested()
    try:
        connection.exec_driver_sql(sql.format(table=f"core.{column[0]}_version", column=column[1]))
        after = digests(connection)
    finally:
        savepoint.rollback()
    return {name for name in before if before[name] != after[name]}


EXCHANGED = """
update {table} as old set {column} = other.{column}
from (select ctid as row, lead({column}, 1, first) over (order by md5(ctid::text)) as {column}
      from (select ctid, {column}, first_value({column}) over (order by md5(ctid::text)) as first
            from {table}) as shuffled) as other
where old.ctid = other.row"""
BLANKED = "update {table} set {column} = null"


@pytest.fixture(scope="module")
def rests_on(sample_warehouse: Engine) -> dict[str, set[Column]]:
    """The columns that each statement was seen to rest on, in the sample world."""
    found: dict[str, set[Column]] = {name: set() for name in statements()}
    # Line by line; that the sums kept of sales say the same is proved in tests/warehouse/test_kept_sales.py.
    with sample_warehouse.connect() as connection, things.by_line(connection):
        for name, body in statements().items():
            connection.exec_driver_sql(
                f'create temporary view "{name}" as {body}'.replace("%", "%%")
            )
        before = digests(connection)
        for column, nullable in columns(connection):
            tried = 0
            for sql in (EXCHANGED, BLANKED) if nullable else (EXCHANGED,):
                with suppress(DatabaseError):
                    for name in changed_by(connection, column, before, sql):
                        found[name].add(column)
                    tried += 1
            assert tried, f"core takes no other values in {column}"
        connection.rollback()
    return found


def declared() -> dict[str, set[Column]]:
    """The columns that each indicator or base declares to read, with those of an indicator's base."""
    found = {}
    for each in (*indicators.indicators(), *indicators.bases().values()):
        found[each.file.stem] = {
            (entity, name) for entity, names in each.reads.items() for name in names
        }
    return found


def test_what_counts_rests_on_no_column_that_is_not_read(
    rests_on: dict[str, set[Column]],
) -> None:
    reads = declared()
    assert {name: seen - reads[name] for name, seen in rests_on.items() if seen - reads[name]} == {}


def test_most_columns_that_are_read_are_seen_to_be(rests_on: dict[str, set[Column]]) -> None:
    """So a column that somebody forgets to name is noticed, most likely. The rest needs more than one column
    changed at once, as a stall that closes before its listings do."""
    assert all(rests_on.values())
    everything = set().union(*declared().values())
    assert len(set().union(*rests_on.values())) > len(everything) * 2 / 3
