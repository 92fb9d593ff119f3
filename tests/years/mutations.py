"""Faults planted into the product, each by one change of its text, to see that the years find them."""

from __future__ import annotations

from dataclasses import dataclass

LENSAN, SQL = "plugins/lensan", "include/sql"


@dataclass(frozen=True)
class Mutation:
    """``old`` stands once in ``file``; ``breaks``: what is wrong with ``new``."""

    file: str
    old: str
    new: str
    breaks: str


def _m(file: str, old: str, new: str, breaks: str) -> Mutation:
    return Mutation(file, old, new, breaks)


LEDGER, LEDGER_SQL = f"{LENSAN}/mail/ledger.py", f"{SQL}/mail/ledger.sql"
DELIVERY, ALARMS = f"{LENSAN}/mail/delivery.py", f"{LENSAN}/mail/alarms.py"
OBLIGATIONS, WATCHING = f"{LENSAN}/operations/obligations.py", f"{LENSAN}/operations/watching.py"
TASKS, REPORT_TASKS = f"{LENSAN}/operations/tasks.py", f"{LENSAN}/operations/report_tasks.py"
PUBLISHING, PUBLISHING_SQL = f"{LENSAN}/reports/publishing.py", f"{SQL}/reports/publishing.sql"
FILE_LOAD, FILE_LOAD_SQL = f"{LENSAN}/intake/file_load.py", f"{SQL}/intake/file_load.sql"
SWEEP, SWEEP_SQL = f"{LENSAN}/intake/sweep.py", f"{SQL}/intake/sweep.sql"
MEASURING = f"{SQL}/figures/measuring.sql"
STALLS = f"{SQL}/figures/indicators/II.3_stalls.sql"
TONNES = f"{SQL}/figures/indicators/III.2_tonnes_sold.sql"
REMINDERS = f"{LENSAN}/units/reminders.py"

MUTATIONS = (
    # Mails
    _m(LEDGER_SQL, "set state = 'unknown', last_error = 'the sender ended while sending'",
       "set state = 'pending', last_error = 'the sender ended while sending'", "a mail of a dead sender is sent again"),
    _m(LEDGER_SQL, "    where fact = :fact and recipient = :recipient and state = 'pending'\n    for update skip locked",
       "    where fact = :fact and recipient = :recipient\n    for update skip locked", "two senders take the same mail"),
    _m(LEDGER_SQL, "where fact = :fact and recipient = :recipient\n  and state in ('sending', 'unknown') and attempts = :attempts",
       "where fact = :fact and recipient = :recipient\n  and state = 'unknown' and attempts = :attempts",
       "what was sent stays in sending"),
    _m(LEDGER_SQL, "    :fact, :recipient, :kind, :role, :subject, :report_kind, :period, :revision, :message_id, 'pending',",
       "    :fact, :recipient, :kind, :role, :subject, :report_kind, :period, :revision, :message_id, 'sent',",
       "a queued mail counts as sent"),
    _m(LEDGER, "mail = _envelope(message, transport.sender, waiting, known, moment)\n                outcome = transport.send(mail, recipient)",
       "mail = _envelope(message, transport.sender, waiting, known, moment)\n                transport.send(mail, recipient)\n                outcome = transport.send(mail, recipient)",
       "each mail is handed over twice"),
    _m(LEDGER, "                    state=outcome.state,", '                    state="sent",',
       "what was refused or waits counts as sent"),
    _m(DELIVERY, 'f"{report_kind}|{period}|{revision}|{recipient}"', 'f"{report_kind}|{period}|{revision}"',
       "two recipients, one Message-ID: the second is never queued"),
    _m(LEDGER_SQL, "set state = 'sent', changed_at = :moment, sent_at = cast(:moment as timestamptz)\nwhere",
       "set state = 'pending', changed_at = :moment, sent_at = cast(:moment as timestamptz)\nwhere",
       "what somebody says has arrived is sent again"),
    _m(DELIVERY, "active = recipients.active(engine, report.period.kind)", 'active = recipients.active(engine, "alarm")',
       "the report goes to the engineers"),
    _m(DELIVERY, "            _fact(report),\n            \"report\",", "            _fact(report) + moment.isoformat(),\n            \"report\",",
       "each round queues a mail of its own"),
    # Release and publication
    _m(OBLIGATIONS, "if not period.automatic_release_at <= moment < period.due_at:", "if not period.automatic_release_at <= moment:",
       "released by itself after the deadline"),
    _m(OBLIGATIONS, "if not period.automatic_release_at <= moment < period.due_at:", "if not period.due_at <= moment:",
       "released by itself only when it is too late"),
    _m(OBLIGATIONS, "                wants_mail=wants_mail,\n            )", "                wants_mail=False,\n            )",
       "a report that wants mails is noted as one that wants none"),
    _m(WATCHING, "is_time = period.automatic_release_at <= moment", "is_time = period.due_at <= moment",
       "the watchdog releases nothing before the deadline"),
    _m(WATCHING, "if now.is_out or not period.doubtful_release_at <= moment < period.due_at:", "if now.is_out or period.due_at > moment:",
       "nobody is told before the deadline"),
    _m(WATCHING, "        if now.wants_mail and not now.queued:", "        if False:", "the watchdog mails nothing that nobody queued"),
    _m(WATCHING, 'pending = {row["revision"] for row in now.undelivered if row["state"] == "pending"}',
       "pending = set()", "the watchdog tries no mail again"),
    _m(REPORT_TASKS, "if user and NOT_YET in chosen:", "if user and False:", "“not yet” releases"),
    _m(REPORT_TASKS, "    if user:\n        return obligations.publish(", "    if not user:\n        return obligations.publish(",
       "nobody's word is the officer's"),
    _m(PUBLISHING, "        if not done:\n", "        if True:\n", "what is published is published again"),
    _m(PUBLISHING, "is_new = even_if_same or adjusting.is_different(guard, period, number)",
       "is_new = even_if_same or not adjusting.is_different(guard, period, number)", "corrected where nothing is different"),
    _m(PUBLISHING, '                part.write(row["content"])', '                part.write(row["content"][:-1])', "a file on the disk lacks a byte"),
    _m(PUBLISHING_SQL, ":unit_code, :indicator_code,\n    :in_period, :in_period_2, :previous,",
       ":unit_code, :indicator_code,\n    :previous, :in_period_2, :in_period,", "printed and kept figures differ"),
    _m(PUBLISHING_SQL, ":unit_code, :indicator_code,\n    :in_period, :in_period_2, :previous, :growth_pct, :cumulative,",
       ":unit_code, :indicator_code,\n    :in_period, :in_period_2, :previous, :growth_pct, :in_period,", "the cumulative is kept as the period's"),
    # Intake
    _m(FILE_LOAD, '        rows_read=read.rows_outside + kept.rows_read,', '        rows_read=read.rows_outside + kept.rows_read + 1,',
       "a row more than there is"),
    _m(FILE_LOAD, "    if not same:\n        return None", "    if True:\n        return None", "the same bytes are loaded again"),
    _m(FILE_LOAD, '    if row["status"] != "received":\n        return None\n    received_at', '    received_at', "a settled file is loaded again"),
    _m(FILE_LOAD_SQL, "    rows_superseded = counts.superseded,\n    rows_ignored", "    rows_superseded = 0,\n    rows_ignored",
       "superseded rows are lost from the count"),
    _m(FILE_LOAD_SQL, "    rows_quarantined = counts.quarantined,\n    rows_superseded = counts.superseded,\n    rows_ignored",
       "    rows_quarantined = 0,\n    rows_superseded = counts.superseded + counts.quarantined,\n    rows_ignored", "rows held back are told as superseded"),
    _m(SWEEP, "            elif not known.get(key, False) or is_again:", "            elif key not in known or is_again:",
       "a file whose load was cut off is never loaded"),
    _m(SWEEP, "        if outcome is None:\n            continue", "        if outcome is None:\n            break", "one settled file ends a sweep"),
    _m(SWEEP, "    outcomes = [] if held else _load_all(engine, contract, new, moment, progress, left)",
       "    outcomes = [] if held else _load_all(engine, contract, new[:2], moment, progress, left)", "the third file of a sweep is left for the next"),
    # Figures
    _m(STALLS, "opened_on as happened_on", "opened_on + 1 as happened_on", "stalls count a day late"),
    _m(STALLS, "producer_id::text as thing", "record_id::text as thing", "stalls are counted, not producers"),
    _m(STALLS, "closed_on as live_until", "null::date as live_until", "closed stalls go on"),
    _m(STALLS, "opened_on as live_from", "opened_on + 3 as live_from", "stalls live three days late"),
    _m(TONNES, "weight_kg / 1000 as amount", "weight_kg / 1024 as amount", "tonnes of 1,024 kg"),
    _m(TONNES, "completed_on as happened_on", "completed_on - 1 as happened_on", "sales count a day early"),
    _m(TONNES, "where product_group = 'agri'", "where product_group <> 'agri'", "only what is no produce counts"),
    _m(MEASURING, "greatest(cast(:s as date), cast(:plan_start as date))", "cast(:s as date)", "what was before the plan counts"),
    _m(MEASURING, "and export_date >= cast(:e as date) - 1", "and export_date >= cast(:e as date) + 1", "no export is fresh"),
    _m(MEASURING, "           ) = 3\n", "           ) > 3\n", "no marketplace is ever complete"),
    _m(MEASURING, "declared.period_start = period.s\n", "declared.period_start < period.s\n", "last week's form is this week's"),
    _m(MEASURING, "value.indicator_code, submission.period_end desc,", "value.indicator_code, submission.period_end,",
       "the first cumulative is carried, not the last"),
    # Reminders, tasks
    _m(REMINDERS, 'row["state"] == "missing"', 'row["state"] != "missing"', "those who have handed in are reminded"),
    _m(REMINDERS, "fact = reminder.fact(unit_code)", 'fact = f"{reminder.fact(unit_code)} {moment}"', "a reminder tried again is another one"),
    _m(REMINDERS, "come = [at for at in period.reminders_at() if at <= moment]", "come = [at for at in period.reminders_at() if at.date() <= moment.date()]",
       "the second reminder is sent for the first"),
    _m(TASKS, "    resolve_producers(context)\n    return found", "    return found", "what came while the officer thought belongs to nobody"),
    _m(TASKS, '    if any(key.endswith(" pending") for key in found):', "    if False:", "reminders that wait are not told"),
    _m(ALARMS, '    _mail(engine, smtp, f"alarm|{key}|{raised}", title, detail, moment)', '    _mail(engine, smtp, f"alarm|{key}|{moment}", title, detail, moment)',
       "an alarm is mailed at each look"),
)  # fmt: skip
