"""What the mail server took, beside what the ledger and the files say was owed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import holidays

from lensan.domain import periods

if TYPE_CHECKING:
    from invariants import Judge

LATE = timedelta(days=3)
"""So long after the deadline the watchdog mails and tries again."""
VIETNAM = holidays.country_holidays("VN")


class Mails:
    """``judge``: whose tables are asked."""

    def __init__(self, judge: Judge) -> None:
        self.judge, self.year = judge, judge.year
        self.seen = 0

    def are_owed(self) -> None:
        """Each at most once; each has its row in the ledger; reports go to their recipients."""
        known = {row["message_id"]: row for row in self.judge.rows("mails")}
        taken = Counter((each.message_id, each.recipient) for each in self.year.mails.accepted)
        for key, times in taken.items():
            self.judge.must(times == 1, f"{key} was mailed {times} times")
        reminded = Counter(
            (each.subject, each.recipient)
            for each in self.year.mails.accepted
            if "Nhắc nộp" in each.subject
        )
        for key, times in reminded.items():
            self.judge.must(times == 1, f"{key} was mailed {times} times")
        self._no_report_twice(known)
        self._reminders_are_owed(known)
        from simulator import CHIEFS

        for each in self.year.mails.accepted:
            row = known.get(each.message_id)
            if row is None and "Không kết nối được kho" in each.subject:
                lost = each.moment in self.year.lost_at
                self.judge.must(
                    lost, f"{each.moment}: the warehouse was there, and told to be gone"
                )
                continue
            self.judge.must(row is not None, f"nobody owed {each.subject} to {each.recipient}")
            assert row is not None
            self.judge.must(
                row["recipient"] == each.recipient, f"{each.subject} went to {each.recipient}"
            )
            self.judge.must(
                row["state"] in ("sent", "unknown", "sending"),
                f"{each.subject} was sent and is {row['state']}",
            )
            if row["kind"] == "report":
                self.judge.must(each.recipient in CHIEFS, f"{each.recipient} gets a report")

    def waiting(self) -> dict[str, int]:
        """Of each mail of a report that waits, how often it was tried."""
        return {
            row["message_id"]: row["attempts"]
            for row in self.judge.looked_up("mails")
            if (row["kind"], row["state"]) == ("report", "pending")
        }

    def are_seen_to(self, waiting: Mapping[str, int]) -> None:
        """What a watchdog that ended well leaves behind: a report that is out and wants mails has them queued, and of
        those that waited (``waiting``, before it came) one at least was tried."""
        from simulator import CHIEFS

        now = self.year.clock.now
        mails = self.judge.looked_up("mails")
        with self.judge._connected():
            out = {(r["report_kind"], r["period"]) for r in self.judge.rows("reports")}
            for kind in ("week", "month"):
                period = periods.due_at_or_before(kind, now)
                if not period.automatic_release_at <= now <= period.due_at + LATE:
                    continue
                own = [
                    m
                    for m in mails
                    if m["kind"] == "report"
                    and (m["report_kind"], m["period"]) == (kind, period.name)
                ]
                wanted = self.judge.rows("released", kind=kind, period=period.name)
                if (kind, period.name) in out and any(row["wants_mail"] for row in wanted):
                    told = {row["recipient"] for row in own}
                    self.judge.must(
                        set(CHIEFS) <= told,
                        f"{period} is out and the watchdog mailed {told or 'nobody'}",
                    )
                before = [m for m in own if m["message_id"] in waiting]
                tried = [m for m in before if m["attempts"] > waiting[m["message_id"]]]
                self.judge.must(
                    bool(tried) or not before, f"{period}: a mail waits and is not tried"
                )

    def _no_report_twice(self, known: dict[str, Any]) -> None:
        """Of a period no recipient gets more mails than there are revisions, whatever their Message-IDs."""
        revisions = Counter((r["report_kind"], r["period"]) for r in self.judge.rows("reports"))
        of_subject = {
            each.subject: (row["report_kind"], row["period"])
            for each in self.year.mails.accepted
            if (row := known.get(each.message_id)) and row["kind"] == "report"
        }
        said = Counter(
            (of_subject[each.subject], each.recipient)
            for each in self.year.mails.accepted
            if each.subject in of_subject
        )
        for (period, recipient), times in said.items():
            self.judge.must(
                times <= revisions[period],
                f"{recipient} got {times} mails of {period} with {revisions[period]} revisions",
            )

    def _reminders_are_owed(self, known: dict[str, Any]) -> None:
        """Only units are reminded that had not handed in, on working days, before the release."""
        came = {
            (file.form[0], file.form[1]): row["received_at"]
            for row in reversed(self.judge.rows("files"))
            if row["status"] == "loaded"
            and (file := self.year.files.get(f"{row['source']}/{row['name']}")) and file.form
        }  # fmt: skip
        for each in self.year.mails.accepted[self.seen :]:
            row = known.get(each.message_id)
            if row is None or row["kind"] != "reminder":
                continue
            if row["fact"].startswith("duty|"):  # who owes what: tests/units/test_duty_mails.py
                self.judge.must(working(each.moment.date()), f"{row['fact']} is told on a day off")
                continue
            _, kind, name, unit, _ = row["fact"].split("|")
            period = periods.parse(kind, name)
            day = each.moment.date()
            self.judge.must(
                working(day) or day == period.due_day, f"{unit} is reminded on a day off, {day}"
            )
            self.judge.must(
                each.moment < period.automatic_release_at, f"{unit} is reminded after the release"
            )
            if kind == "week" and (unit, name) in came:
                self.judge.must(
                    came[unit, name] >= row["queued_at"], f"{unit} is reminded of what it sent"
                )
        self.seen = len(self.year.mails.accepted)


def working(day: date) -> bool:
    """Whether offices work."""
    return VIETNAM.is_working_day(day)
