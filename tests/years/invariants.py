"""What must hold after every week, whatever has happened. Nothing of the product is asked but its tables."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mails
import psycopg2
import psycopg2.extras
import variants

import world
from lensan.domain import periods
from lensan.domain.periods import ICT, Period

if TYPE_CHECKING:
    from simulator import Year

QUERIES = {
    "files": "select file_id, source, name, sha256, status, rule, rows_read, rows_accepted, rows_quarantined, "
    "rows_superseded, rows_ignored, received_at, loaded_at from ops.source_file order by file_id",
    "reports": "select report_kind, period, revision, published_at, figures_sha256, xmin::text as version "
    "from ops.report order by 1, 2, 3",
    "frozen": "select md5(frozen::text) as frozen from ops.report where report_kind = %(report_kind)s "
    "and period = %(period)s and revision = %(revision)s",
    "report_files": "select report_kind, period, revision, name, sha256, xmin::text as version "
    "from ops.report_file order by 1, 2, 3, 4",
    "content": "select content from ops.report_file where report_kind = %(report_kind)s "
    "and period = %(period)s and revision = %(revision)s and name = %(name)s",
    "published": "select report_kind, period, revision, string_agg(distinct xmin::text, ' ') || count(*) as version "
    "from mart.indicator_published as figure group by 1, 2, 3 order by 1, 2, 3",
    "figures": "select md5(string_agg(figure::text, '|' order by figure::text)) as figures "
    "from mart.indicator_published as figure where report_kind = %(report_kind)s "
    "and period = %(period)s and revision = %(revision)s",
    "shown": "select md5(string_agg((to_jsonb(figure) - array['revision', 'published_at', 'sha256', 'note'])::text, '|' "
    "order by unit_code, indicator_code)) as shown from mart.indicator_published as figure where "
    "report_kind = %(report_kind)s and period = %(period)s and revision = %(revision)s",
    "open": "select name, rule from ops.source_file where source = %(source)s and status = 'received' order by file_id",
    "values": "select unit_code, indicator_code, in_period, previous, growth_pct, cumulative, channel from mart.indicator_published "
    "where report_kind = %(kind)s and period = %(period)s and revision = 0",
    "sources": "select file.source || '/' || file.name as file, file.received_at from ops.report_source "
    "join ops.source_file as file using (file_id) "
    "where report_kind = %(kind)s and period = %(period)s and revision = 0 order by file.file_id",
    "mails": "select fact, recipient, kind, state, message_id, report_kind, period, revision, queued_at, "
    "attempts from ops.mail",
    "released": "select how, wants_mail, released_at from ops.release "
    "where report_kind = %(kind)s and period = %(period)s",
    "alarms": "select alarm_key, raised_at, closed_at from ops.alarm",
    "stalls": "select platform || '|' || seller_id as key, opened_on, closed_on from core.stall "
    "where seller_id not like '%%BAD%%'",
    "lines": "select order_no, status, weight_kg, count(*) over (partition by platform, order_no, line_no) as times "
    "from core.order_line",
}  # fmt: skip


class Judge:
    """Remembers what was published and compares."""

    def __init__(self, year: Year) -> None:
        self.year = year
        self.frozen: dict[tuple[Any, ...], Any] = {}
        self.versions: dict[tuple[Any, ...], Any] = {}
        self.published: set[tuple[str, str]] = set()
        self.corrections: set[tuple[str, str, int]] = set()
        self.weeks = 0
        self.mails = mails.Mails(self)

    def after(self, week: Period) -> None:
        self.weeks += 1
        with self._connected():
            for period in self._due_since_last(week):
                self._is_out_or_alarmed(period)
                self._released_by_whom(period)
            self._nothing_published_changes()
            self._corrections_correct()
            self._files_add_up()
            self._core_is_what_files_say()
            self._figures_follow(week)
            self.mails.are_owed()

    def at_the_end(self) -> None:
        """What servers hold has come; what lists meant with known truth were understood as."""
        came = {(row["source"], row["name"]) for row in self.looked_up("files")}
        lying = {
            (source, name) for source, names in self.year.servers.lying.items() for name in names
        }
        self.must(lying <= came, f"never fetched: {sorted(lying - came)[:3]}")
        if not self.year.variants:
            return
        with self.year.pool.connect() as connection:
            verdicts = variants.judge(connection, self.year.variants)
        bad = [each for each in verdicts.faults if f"/{each[1]}" and self._was_swept(each[1])]
        self.must(not bad, f"read otherwise than meant, without a word: {bad[:2]}")

    def is_settled(self, source: str) -> None:
        """A sweep that ended well leaves no file of its source behind but where a check stopped one."""
        with self._connected():
            left = self.rows("open", source=source)
        stopped = any(row["rule"] for row in left)
        self.must(
            not left or stopped, f"{source} was swept and left {[r['name'] for r in left][:3]}"
        )

    def _was_swept(self, name: str) -> bool:
        """Whether a file was settled: one that waits says nothing yet."""
        return any(
            f"{row['source']}/{row['name']}" == name and row["status"] != "received"
            for row in self.looked_up("files")
        )

    def looked_up(self, query: str) -> list[dict[str, Any]]:
        with self._connected():
            return self.rows(query)

    @contextmanager
    def _connected(self) -> Iterator[None]:
        self.connection = psycopg2.connect(self.year.url)
        self.connection.autocommit = True
        with self.connection.cursor() as cursor:
            cursor.execute("set timezone to 'Asia/Ho_Chi_Minh'")
        try:
            yield
        finally:
            self.connection.close()

    def rows(self, query: str, **parameters: Any) -> list[dict[str, Any]]:
        with self.connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
            cursor.execute(QUERIES[query], parameters)
            return [dict(row) for row in cursor]

    def must(self, holds: bool, what: str) -> None:
        if not holds:
            raise self.year.broken(what)

    # ------------------------------------------------------------ out, or alarmed

    def _due_since_last(self, week: Period) -> list[Period]:
        """The week, and a month whose report was due since the last one was looked at."""
        now = self.year.clock.now
        months = [periods.month(day) for day in (week.start - timedelta(days=31), week.start)]
        due = [m for m in months if now - timedelta(days=7) < m.due_at <= now]
        return [week, *(month for month in due if not month.is_before_plan)]

    def _is_out_or_alarmed(self, week: Period) -> None:
        """By the deadline each recipient has the report, or somebody was told before it."""
        due = week.due_at
        alarmed_by = week.doubtful_release_at
        of_it = {
            row["message_id"]
            for row in self.rows("mails")
            if (row["kind"], row["report_kind"], row["period"]) == ("report", week.kind, week.name)
        }
        by = {
            each.recipient
            for each in self.year.mails.accepted
            if each.moment <= due and each.message_id in of_it
        }
        from simulator import CHIEFS

        if set(CHIEFS) <= by:
            return
        told = [
            row
            for row in self.rows("alarms")
            if row["raised_at"].astimezone(ICT) <= alarmed_by and
            (row["closed_at"] is None or row["closed_at"].astimezone(ICT) > alarmed_by)
            and row["alarm_key"].startswith(f"report|{week.kind}|{week.name}|")
        ]  # fmt: skip
        calm = not any(vars(self.year.troubles).values())
        self.must(not calm, f"{week} is late in a calm year")
        looked = any(
            alarmed_by - timedelta(minutes=5) < at <= alarmed_by for at in self.year.watched
        )
        self.must(bool(told) or not looked, f"{week} is neither out nor alarmed")
        known = {"kind": week.kind, "period": week.name}
        is_empty = any("nothing in it" in row["alarm_key"] for row in told)
        last = any(alarmed_by <= at < due for at in self.year.watched)
        self.must(
            bool(self.rows("released", **known)) or is_empty or not last,
            f"the watchdog looked at {week} in time and did not release it",
        )

    def _released_by_whom(self, week: Period) -> None:
        """By itself only in the hour for it; by an officer only where one said so."""
        for row in self.rows("released", kind=week.kind, period=week.name):
            if row["how"] == "automatic":
                self.must(
                    week.automatic_release_at <= row["released_at"] < week.due_at,
                    f"{week} was released by itself at {row['released_at']}",
                )
            elif row["how"] == "officer":
                self.must(week.name in self.year.words, f"{week}: no officer released it")
        if not any(vars(self.year.troubles).values()):
            alarms = [row["alarm_key"] for row in self.rows("alarms")
                      if row["alarm_key"].startswith(("report|", "file|"))]  # fmt: skip
            self.must(not alarms, f"alarms in a calm year: {alarms}")

    # ------------------------------------------------------------ nothing published changes

    def _nothing_published_changes(self) -> None:
        """What PostgreSQL has not written since it was last looked at (xmin), and what the disk says is as old as
        it was, is not read again: years would be read each week."""
        now: dict[tuple[Any, ...], Any] = {}
        for row in self.rows("report_files"):
            key = ("file", row["report_kind"], row["period"], row["revision"], row["name"])
            path = self.year.home / "reports" / row["report_kind"] / row["period"] / row["name"]
            written = path.stat().st_mtime_ns if path.exists() else None
            now[key] = self._seen(
                key, (row["version"], written), lambda row=row, path=path: self._file(row, path)
            )
        for row in self.rows("published"):
            key = ("figures", row["report_kind"], row["period"], row["revision"])
            now[key] = self._seen(key, row["version"], lambda row=row: self._only("figures", row))
        for row in self.rows("reports"):
            key = ("report", row["report_kind"], row["period"], row["revision"])
            now[key] = self._seen(key, row["version"], lambda row=row: self._only("frozen", row))
            now[key, "at"] = row["published_at"], row["figures_sha256"]
            period = periods.parse(row["report_kind"], row["period"])
            self.must(
                row["published_at"] >= period.ends_at, f"{key} is published before its period ended"
            )
        for key, value in self.frozen.items():
            self.must(now.get(key) == value, f"{key} was published and has changed")
        self.frozen = now

    def _corrections_correct(self) -> None:
        """A revision shows other figures than the one before it."""
        for row in self.rows("reports"):
            key = row["report_kind"], row["period"], row["revision"]
            if row["revision"] and key not in self.corrections:
                self.corrections.add(key)
                now, before = (
                    self._only("shown", {**row, "revision": number})
                    for number in (row["revision"], row["revision"] - 1)
                )
                self.must(now != before, f"{key} corrects nothing")

    def _seen(self, key: tuple[Any, ...], version: Any, look: Callable[[], Any]) -> Any:
        if key not in self.versions or self.versions[key] != version:
            self.versions[key] = version
            return look()
        return self.frozen[key]

    def _only(self, query: str, where: dict[str, Any]) -> Any:
        return next(iter(self.rows(query, **where)[0].values()))

    def _file(self, row: dict[str, Any], path: Path) -> str:
        content = bytes(self._only("content", row))
        digest = hashlib.sha256(content).hexdigest()
        self.must(digest == row["sha256"], f"{path.name} is not of its SHA-256")
        if path.exists():
            self.must(path.read_bytes() == content, f"{path.name} is not what was published")
        return digest

    # ------------------------------------------------------------ no row lost or doubled

    def _files_add_up(self) -> None:
        """Each file has a verdict, and each of its rows one; the same export is taken in once."""
        exports = [
            (f"{file.source}/{file.entity}", row["sha256"], file.exported_on)
            for row in self.rows("files")
            if row["status"] == "loaded" and row["source"] in world.HEADERS
            and (file := self.year.files.get(f"{row['source']}/{row['name']}"))
        ]  # fmt: skip
        self.must(not taken_in_twice(exports), "the same export was taken in twice")
        came = {(row["source"], row["name"]) for row in self.rows("files")}
        lost = sorted(self.year.servers.taken - came)
        self.must(not lost, f"fetched, and not there: {lost[:3]}")
        for row in self.rows("files"):
            known = self.year.files.get(f"{row['source']}/{row['name']}")
            name = f"{row['source']}/{row['name']}"
            parts = [row[f"rows_{k}"] for k in ("accepted", "quarantined", "superseded", "ignored")]
            if row["status"] == "loaded":
                self.must(
                    row["rows_read"] == sum(parts), f"{name}: {row['rows_read']} rows, {parts}"
                )
            if known is None or known.rows is None:
                continue
            self.must(row["status"] != "rejected", f"{name} is refused: {row['rule']}")
            if row["status"] != "loaded":
                continue
            self.must(
                row["rows_read"] == known.rows, f"{name}: {row['rows_read']} of {known.rows} rows"
            )
            self.must(
                row["rows_quarantined"] == known.held,
                f"{name}: {row['rows_quarantined']} rows held, not {known.held}",
            )
            self.must(row["rows_ignored"] == 1, f"{name}: {row['rows_ignored']} rows ignored")

    def _loaded(self) -> list[world.File]:
        """The files that are loaded, in that order."""
        return [
            self.year.files[name]
            for row in self.rows("files")
            if row["status"] == "loaded"
            and (name := f"{row['source']}/{row['name']}") in self.year.files
        ]

    def _core_is_what_files_say(self) -> None:
        loaded = self._loaded()
        stalls = {f"{s.platform}|{k}": (s.opened_on, s.closed_on)
                  for k, s in world.known_stalls(loaded).items()}  # fmt: skip
        held = {row["key"]: (row["opened_on"], row["closed_on"]) for row in self.rows("stalls")}
        self.must(held == stalls, f"stalls in core: {_differing(held, stalls)}")
        lines = {
            number: (is_done, Decimal(line.grams) / 1000)
            for number, (line, is_done) in world.known_lines(loaded).items()
        }
        rows = self.rows("lines")
        self.must(all(row["times"] == 1 for row in rows), "an order line is twice in core")
        found = {row["order_no"]: (row["status"] == "completed", row["weight_kg"]) for row in rows}
        self.must(found == lines, f"order lines in core: {_differing(found, lines)}")

    # ------------------------------------------------------------ figures

    def _figures_follow(self, week: Period) -> None:
        """What was published of a week is what its files say."""
        if not any(
            r["report_kind"] == "week" and r["period"] == week.name for r in self.rows("reports")
        ):
            return
        known = {"kind": "week", "period": week.name}
        used = [
            (row["received_at"], self.year.files[row["file"]])
            for row in self.rows("sources", **known)
            if row["file"] in self.year.files
        ]
        sources = [file for _, file in sorted(used, key=lambda each: (each[0], each[1].version))]
        found = {
            row["indicator_code"]: (row["in_period"], row["cumulative"])
            for row in self.rows("values", **known)
            if row["unit_code"] == "22"
        }
        said = world.figures(sources, week)
        forms = [file for file in sources if file.form is not None]
        said["II.1"] = world.declared(forms, week)
        add_up(self.must, week, self.rows("values", **known))
        for code, expected in said.items():
            self.must(
                _same(found[code], expected), f"{week}: {code} is {found[code]}, not {expected}"
            )


def add_up(must: Callable[[bool, str], None], week: Period, values: list[dict[str, Any]]) -> None:
    """The province is its units together; growth is what the row itself says."""
    for code in ("II.3", "III.2"):
        of_code = [row for row in values if row["indicator_code"] == code]
        for key in ("in_period", "cumulative"):
            whole = next(row[key] for row in of_code if row["unit_code"] == "22")
            parts = [row[key] for row in of_code if row["unit_code"] != "22"]
            said = [part for part in parts if part is not None]
            if whole is not None and said:
                rounded = Decimal("0.002") if code == "III.2" else 0
                must(
                    abs(sum(said) - whole) <= rounded,
                    f"{week}: {code} {key} is {whole}, its units {sum(said)}",
                )
        for row in (
            of_code if code == "II.3" else []
        ):  # tonnes are shown rounded, and grow unrounded
            if row["previous"] and row["in_period"] is not None and row["growth_pct"] is not None:
                grown = (row["in_period"] - row["previous"]) / row["previous"] * 100
                must(
                    abs(grown - row["growth_pct"]) <= Decimal("0.051"),
                    f"{week}: {code} of {row['unit_code']} grew by {grown}, not {row['growth_pct']}",
                )


def taken_in_twice(exports: Sequence[tuple[str, str, date]]) -> bool:
    """Whether of what was loaded (kind, bytes, day; in that order) one came after the same bytes, with nothing else
    of its kind, of its day or older, between: A, B and A again means A."""
    return any(
        key == (kind, digest)
        and not any(
            each[0] == kind and each[1] != digest and each[2] <= day
            for each in exports[at + 1 : now]
        )
        for now, (kind, digest, day) in enumerate(exports)
        for at, key in enumerate((k, d) for k, d, _ in exports[:now])
    )


def _same(found: tuple[Any, Any], expected: tuple[Any, Any]) -> bool:
    return all(
        (a is None and b is None)
        or (a is not None and b is not None and Decimal(str(a)) == Decimal(str(b)))
        for a, b in zip(found, expected, strict=True)
    )


def _differing(found: dict[Any, Any], expected: dict[Any, Any]) -> str:
    keys = [k for k in found.keys() | expected.keys() if found.get(k) != expected.get(k)]
    return "; ".join(f"{k}: {found.get(k)}, not {expected.get(k)}" for k in sorted(keys)[:3])
