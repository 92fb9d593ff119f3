"""The gates: Great Expectations judges what lensan.domain.checks expects, on the warehouse, without taking values out.

Three gates, each asked once for a source and period: rows as read, core after merging, figures before
publishing. Verdicts go to ops.check_result, places to ops.check_finding; rows stay where our SQL keeps them
(docs/decisions/0014-quality-gates.md). Great Expectations is imported only when a gate judges: it takes seconds.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine

from lensan import warehouse
from lensan.domain import checks, contracts
from lensan.domain.checks import Check
from lensan.domain.code_version import code_version
from lensan.domain.contracts import Contract, Entity
from lensan.domain.periods import ICT, Period
from lensan.figures import measuring
from lensan.gates.described_once import described_once
from lensan.gates.imported_later import import_later
from lensan.warehouse import audit

log = logging.getLogger(__name__)
GATES = ("rows", "core", "figures")
MOST_FINDINGS = 200
NO_VALUES = {"result_format": "BASIC", "partial_unexpected_count": 0}
"""Counts only: what stands in a cell goes into no result."""


@dataclass(frozen=True)
class Verdict:
    """What a gate says of a check. ``checked`` is null where rows are not counted. ``findings``: where it
    failed (unit_code, indicator_code, field, found, expected, failed_rows), without personal data."""

    check: Check
    is_passed: bool
    checked: int | None
    failed: int
    findings: tuple[dict[str, Any], ...] = ()
    expectation: str = ""


@dataclass(frozen=True)
class Run:
    """One gate of one source (null: what belongs to none) that was asked."""

    gate: str
    source: str | None
    verdicts: tuple[Verdict, ...] = field(default_factory=tuple)

    @property
    def failed(self) -> list[Verdict]:
        """The verdicts that do not pass."""
        return [verdict for verdict in self.verdicts if not verdict.is_passed]


def collecting_period(moment: datetime) -> Period:
    """The week whose report is the next due at ``moment`` (aware): what comes in now is for it."""
    from lensan.domain import periods

    period = periods.due_at_or_before("week", moment)
    return period if moment < period.due_at else period.next()


def judge(
    engine: Engine,
    period: Period,
    *,
    moment: datetime,
    gates: Sequence[str] = GATES,
    sources: Iterable[str] | None = None,
) -> list[Run]:
    """Judge at gates for a period and keep their verdicts.

    Gates rows and core judge ``sources`` (null: all that have sent something); rows at the files that came
    since the last period's deadline. Gate figures judges mart.indicator_value: compute it first. ``moment``
    (aware) is noted as the time of judging.
    """
    every = contracts.contracts()
    wanted = [every[name] for name in (every if sources is None else sources)]
    with GreatExpectations(engine) as judging, engine.begin() as connection:
        runs = asked(connection, judging, wanted, period, gates)
        done = [_named(run, every, moment.astimezone(ICT).date()) for run in runs]
        _keep(connection, done, period, moment)
    for run in done:
        for verdict in run.failed:
            log.log(
                logging.WARNING if verdict.check.severity == "fail" else logging.INFO,
                "%s: %s, %s rows; %s can mend it",
                verdict.check.name,
                verdict.check.severity,
                verdict.failed,
                verdict.check.mended_by,
            )
    return done


def asked(
    connection: Connection,
    judging: GreatExpectations,
    wanted: Iterable[Contract],
    period: Period,
    gates: Sequence[str] = GATES,
) -> list[Run]:
    """What the gates say of a period, kept nowhere; the gates rows and core of the sources ``wanted``."""
    done: list[Run] = []
    if "rows" in gates:
        for contract in wanted:
            run = _rows(connection, judging, contract, period)
            done += [run] if run is not None else []
    if "core" in gates:
        arrived = {row["source"] for row in warehouse.rows(connection, "gates/judge/arrived")}
        for contract in wanted:
            if contract.source in arrived:
                done.append(_core(connection, judging, contract))
        done.append(_whole_core(connection, judging))
    if "figures" in gates:
        done.append(_figures(connection, judging, period))
    return done


def _named(run: Run, every: Mapping[str, Contract], day: date) -> Run:
    """The run with who sent each source on the day of judging: offices bear other names before and after."""

    def named(check: Check) -> Check:
        if check.mended_by != "sender" or check.source is None:
            return check
        return replace(check, mended_by_name=every[check.source].contact_on(day))

    return replace(run, verdicts=tuple(replace(v, check=named(v.check)) for v in run.verdicts))


def judge_figures_once(engine: Engine, period: Period, *, moment: datetime) -> None:
    """Compute and judge a period's figures unless that was done for all that is known by now."""
    with engine.begin() as connection:
        if warehouse.scalar(
            connection, "gates/judge/figures_known", report_kind=period.kind, period=period.name
        ):
            return
    measuring.compute(engine, period, moment=moment)
    judge(engine, period, moment=moment, gates=["figures"])


def doubts(engine: Engine, period: Period) -> list[dict[str, Any]]:
    """What failed with severity fail when the period's figures were last judged: one row per place."""
    with engine.begin() as connection:
        return [
            row
            for row in warehouse.rows(
                connection, "gates/judge/odd_figures", report_kind=period.kind, period=period.name
            )
            if row["severity"] == "fail"
        ]


def accept(engine: Engine, file_id: int, *, by: str, reason: str, moment: datetime) -> str | None:
    """Let a file in that a check stopped; returns the check, null when none stops it."""
    with engine.begin() as connection:
        waived: str | None = warehouse.scalar(
            connection, "gates/judge/waive", file_id=file_id, by=by, reason=reason, moment=moment
        )
        if waived is not None:
            audit.record(
                connection,
                actor=by,
                action="check.waive",
                subject=f"file {file_id}",
                detail={"check": waived, "reason": reason},
                moment=moment,
            )
    return waived


# ---------------------------------------------------------------- the gates


def _rows(
    connection: Connection, judging: GreatExpectations, contract: Contract, period: Period
) -> Run | None:
    where: dict[str, Any] = {"source": contract.source, "since": period.previous().due_at}
    read = warehouse.rows(connection, "gates/judge/rows_read", **where)[0]
    if not read["files"]:
        return None
    query = warehouse.literal(connection, "gates/judge/problems", **where)
    places = _problem_places(connection, query)
    expected = {check.name: check for check in checks.of_rows(contract)}
    for problem in places:
        check = checks.problem_check(contract, problem)
        expected.setdefault(check.name, check)
    verdicts = judging.judge(f"rows {contract.source}", query, expected.values())
    return Run("rows", contract.source, _of_problems(verdicts, places, int(read["rows_read"])))


def _core(connection: Connection, judging: GreatExpectations, contract: Contract) -> Run:
    verdicts: list[Verdict] = []
    by_entity: dict[str, list[Check]] = {}
    stopped: list[Check] = []
    for check in checks.of_core(contract):
        if "problem" in check.expect:
            stopped.append(check)
        else:
            by_entity.setdefault(check.entity or "", []).append(check)
    for entity in contract.entities:
        if entity.name in by_entity:
            columns = ", ".join(_shown(entity, by_entity[entity.name]))
            query = warehouse.literal(
                connection,
                "gates/frames/core_rows",
                parts={"columns": columns, "entity": entity.name},
                source=contract.source,
            )
            name = f"core {contract.source} {entity.name}"
            verdicts += judging.judge(name, query, by_entity[entity.name])
    if stopped:
        query = warehouse.literal(connection, "gates/judge/files_stopped", source=contract.source)
        places = _problem_places(connection, query)
        found = judging.judge(f"core {contract.source} files", query, stopped)
        verdicts += _of_problems(found, places, None)
    return Run("core", contract.source, tuple(verdicts))


def _whole_core(connection: Connection, judging: GreatExpectations) -> Run:
    return Run(
        "core",
        None,
        _of_queries(connection, judging, "core", checks.whole_core(), lambda check: {}),
    )


def _figures(connection: Connection, judging: GreatExpectations, period: Period) -> Run:
    every = contracts.contracts()
    parameters = {
        "report_kind": period.kind,
        "period_start": period.start,
        "period_end": period.end,
        "newest_on": period.due_day,
        "eight_before": _before(period, 9).start,
        "three_before": _before(period, 3).start,
        "units": warehouse.scalar(connection, "gates/judge/units", last_day=period.last_day),
        # Those whose figures the report prints, each with the days its contract allows.
        "senders": [c.source for c in _senders()],
        "withins": [c.fresh_within_days for c in _senders()],
    }

    def given(check: Check) -> dict[str, Any]:
        if check.source is None:
            return parameters
        contract = every[check.source]
        entities = (
            ["stall", "listing", "order_line"]
            if contract.platform
            else ["submission"]
            if contract.kind == "submission"
            else [entity.merges_into for entity in contract.entities]
        )
        return {
            **parameters,
            "source": check.source,
            "within": contract.fresh_within_days,
            "entities": sorted(set(entities)),
        }

    return Run(
        "figures", None, _of_queries(connection, judging, "figures", checks.of_figures(), given)
    )


def _senders() -> list[Contract]:
    """The platforms and the units' forms: what a report's figures are of."""
    return [
        c
        for c in contracts.contracts().values()
        if (c.platform or c.kind == "submission") and c.fresh_within_days is not None
    ]


def _before(period: Period, count: int) -> Period:
    for _ in range(count):
        period = period.previous()
    return period


def _shown(entity: Entity, found: Iterable[Check]) -> list[str]:
    """The columns that checks name, without what names people: of a text its length, of a code whether the
    reference tables know it."""
    types = {column.name: column.type for column in entity.columns}
    shown: set[str] = set()
    for check in found:
        for kind, value in check.expect.items():
            for name in [value] if isinstance(value, str) else value if kind == "order" else []:
                if kind == "known":
                    table, key = checks.REFERENCES[types[name]]
                    shown.add(
                        warehouse.sql("gates/frames/is_known")
                        .format(column=name, key=key, table=table)
                        .split("\n", 1)[1]
                    )
                else:
                    shown.add(_column(name, types))
            if kind in ("words", "lengths", "least", "between"):
                shown.add(_column(value[0], types))
    return sorted(shown)


def _column(name: str, types: Mapping[str, str]) -> str:
    if types.get(name) in ("text", "phone", "paper_number"):
        return f"length(version.{name}) as {name}"
    return f"version.{name}"


def _problem_places(connection: Connection, query: str) -> dict[str, list[dict[str, Any]]]:
    places: dict[str, list[dict[str, Any]]] = {}
    body = warehouse.sql("gates/frames/problem_findings").format(body=query)
    for row in connection.exec_driver_sql(body.replace("%", "%%")).mappings():
        places.setdefault(row["problem"], []).append(
            {"field": row["field"], "failed_rows": row["failed_rows"]}
        )
    return places


def _of_problems(
    verdicts: Iterable[Verdict],
    places: Mapping[str, list[dict[str, Any]]],
    checked: int | None,
) -> tuple[Verdict, ...]:
    return tuple(
        Verdict(
            check=v.check,
            is_passed=v.is_passed,
            checked=checked,
            failed=v.failed,
            findings=() if v.is_passed else tuple(places.get(v.check.expect["problem"], ())),
            expectation=v.expectation,
        )
        for v in verdicts
    )


def _of_queries(
    connection: Connection,
    judging: GreatExpectations,
    name: str,
    expected: Sequence[Check],
    given: Any,
) -> tuple[Verdict, ...]:
    """Checks that are a query each: Great Expectations says whether it has rows, we keep which."""
    queries = {
        check.name: warehouse.literal(
            connection, f"gates/checks/{check.expect['no_rows']}", **given(check)
        )
        for check in expected
    }
    found = []
    for verdict in judging.judge_queries(name, expected, queries):
        findings: tuple[dict[str, Any], ...] = ()
        if not verdict.is_passed:
            result = connection.exec_driver_sql(queries[verdict.check.name].replace("%", "%%"))
            findings = tuple(dict(row) for row in result.mappings())
        found.append(
            Verdict(
                verdict.check,
                verdict.is_passed,
                None,
                verdict.failed,
                findings,
                verdict.expectation,
            )
        )
    return tuple(found)


# ---------------------------------------------------------------- Great Expectations


class GreatExpectations:
    """Great Expectations on the warehouse: its SQL engine, an ephemeral context, counts and no values."""

    def __init__(self, engine: Engine) -> None:
        os.environ["GX_ANALYTICS_ENABLED"] = "false"
        for name in ("great_expectations", "py.warnings"):
            logging.getLogger(name).setLevel(logging.ERROR)
        import_later("altair", "scipy.stats")
        import great_expectations
        from great_expectations import expectations

        self._gx, self._expectations = great_expectations, expectations
        self._context = self._made_context()
        self._context.variables.progress_bars = {"globally": False, "metric_calculations": False}
        url = engine.url.update_query_dict({"options": "-c timezone=Asia/Ho_Chi_Minh -c jit=off"})
        self._source = self._made_source(url.render_as_string(hide_password=False))

    def __enter__(self) -> GreatExpectations:
        return self

    def __exit__(self, *error: object) -> None:
        """Great Expectations leaves its sessions open: nobody could copy or drop the database."""
        self._source.get_execution_engine().close()
        self._source.get_engine().dispose()

    def judge(self, name: str, query: str, expected: Iterable[Check]) -> list[Verdict]:
        """Judge checks about the rows of a query. ``name`` tells this suite from the others of a judging."""
        return self._validate(name, query, {check: self._expectation(check) for check in expected})

    def judge_queries(
        self, name: str, expected: Iterable[Check], queries: Mapping[str, str]
    ) -> list[Verdict]:
        """Judge checks each of which is a query that must have no row."""
        wanted = {
            check: self._expectations.UnexpectedRowsExpectation(
                unexpected_rows_query=warehouse.sql("gates/frames/failed").format(
                    body=queries[check.name]
                )
            )
            for check in expected
        }
        return self._validate(name, warehouse.sql("gates/judge/nothing"), wanted)

    def _made_context(self) -> Any:
        return self._gx.get_context(mode="ephemeral")

    def _made_source(self, url: str) -> Any:
        return self._context.data_sources.add_postgres("warehouse", connection_string=url)

    def _validate(self, name: str, query: str, wanted: Mapping[Check, Any]) -> list[Verdict]:
        if not wanted:
            return []
        suite, asset = self._suite(name, wanted), self._asset(name, query)
        # A batch of its own, not one that is named and kept: each name writes the whole context anew.
        batch = asset.get_batch(asset.build_batch_request())
        by_name = {check.name: check for check in wanted}
        with described_once():
            judged = batch.validate(suite, result_format=NO_VALUES)
        verdicts = []
        for result in judged.results:
            config: Any = result.expectation_config
            if result.exception_info and _raised(result.exception_info):
                raise RuntimeError(f"{config.meta['check']} could not be judged")
            counts = result.result
            failed = counts.get("unexpected_count", counts.get("observed_value", 0))
            verdicts.append(
                Verdict(
                    check=by_name[config.meta["check"]],
                    is_passed=bool(result.success),
                    checked=counts.get("element_count"),
                    failed=0 if result.success else int(failed or 0),
                    expectation=config.type,
                )
            )
        return sorted(verdicts, key=lambda verdict: verdict.check.name)

    def _suite(self, name: str, wanted: Mapping[Check, Any]) -> Any:
        suite = self._gx.ExpectationSuite(name=name)
        for check, expectation in wanted.items():
            expectation.meta = {"check": check.name}
            suite.expectations.append(expectation)
        return suite

    def _asset(self, name: str, query: str) -> Any:
        # It must begin with "select": the file's first comment goes.
        body = "\n".join(line for line in query.splitlines() if not line.startswith("--"))
        return self._source.add_query_asset(name, query=body)

    def _expectation(self, check: Check) -> Any:
        e, (kind, value) = self._expectations, next(iter(check.expect.items()))
        severity = "critical" if check.severity == "fail" else "warning"
        match kind:
            case "problem":
                return e.ExpectColumnValuesToNotBeInSet(
                    column="problem", value_set=[value], severity=severity
                )
            case "filled":
                return e.ExpectColumnValuesToNotBeNull(column=value, severity=severity)
            case "known":
                return e.ExpectColumnValuesToBeInSet(
                    column=f"{value}_is_known", value_set=[True], severity=severity
                )
            case "words" | "lengths":
                return e.ExpectColumnValuesToBeInSet(
                    column=value[0], value_set=list(value[1]), severity=severity
                )
            case "least":
                return e.ExpectColumnValuesToBeBetween(
                    column=value[0],
                    min_value=value[1],
                    strict_min=bool(check.expect.get("is_strict")),
                    severity=severity,
                )
            case "between":
                return e.ExpectColumnValuesToBeBetween(
                    column=value[0], min_value=value[1], max_value=value[2], severity=severity
                )
            case "order":
                return e.ExpectColumnPairValuesAToBeGreaterThanB(
                    column_A=value[1],
                    column_B=value[0],
                    or_equal=True,
                    ignore_row_if="either_value_is_missing",
                    severity=severity,
                )
            case "unique":
                return e.ExpectColumnValuesToBeUnique(column=value, severity=severity)
            case other:
                raise ValueError(f"{check.name}: nothing is known to expect by {other!r}")


def _raised(exception_info: Mapping[str, Any]) -> bool:
    if "raised_exception" in exception_info:
        return bool(exception_info["raised_exception"])
    return any(
        isinstance(v, Mapping) and v.get("raised_exception") for v in exception_info.values()
    )


# ---------------------------------------------------------------- keeping


def _keep(connection: Connection, runs: Iterable[Run], period: Period, moment: datetime) -> None:
    known = warehouse.scalar(connection, "figures/adjusting/last_arrival")
    for run in runs:
        warehouse.insert_rows(
            connection,
            "gates/judge/keep_check",
            [
                {
                    "check_name": v.check.name,
                    **{k: getattr(v.check, k) for k in _CHECK_COLUMNS},
                }
                for v in run.verdicts
            ],
        )
        run_id = warehouse.scalar(
            connection,
            "gates/judge/keep_run",
            gate=run.gate,
            source=run.source,
            report_kind=period.kind,
            period=period.name,
            checked_at=moment,
            known_until=known,
            code_version=code_version(),
        )
        warehouse.insert_rows(
            connection,
            "gates/judge/keep_result",
            [
                {
                    "run_id": run_id,
                    "check_name": v.check.name,
                    "severity": v.check.severity,
                    "is_passed": v.is_passed,
                    "checked_rows": v.checked,
                    "failed_rows": v.failed,
                }
                for v in run.verdicts
            ],
        )
        warehouse.insert_rows(
            connection,
            "gates/judge/keep_finding",
            [
                {
                    "run_id": run_id,
                    "check_name": v.check.name,
                    "position": number,
                    **{key: finding.get(key) for key in _FINDING_COLUMNS},
                }
                for v in run.failed
                for number, finding in enumerate(v.findings[:MOST_FINDINGS], 1)
            ],
        )


_CHECK_COLUMNS = (
    "gate",
    "source",
    "entity",
    "severity",
    "label",
    "reason",
    "mended_by",
    "mended_by_name",
)
_FINDING_COLUMNS = (
    "unit_code",
    "indicator_code",
    "field",
    "found",
    "expected",
    "failed_rows",
)
