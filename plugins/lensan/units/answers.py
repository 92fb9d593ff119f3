"""The way back to a sender: its own workbook with the cells to correct, or a receipt.

Nothing is sent and no ledger is written here: what is made is everything lensan.mail.ledger needs.
A mail's text never holds a value of the file (there may be personal data); the workbook does.
"""

from __future__ import annotations

from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from lensan import warehouse
from lensan.domain import plans, report_forms
from lensan.domain.periods import Period
from lensan.mail import letter, recipients, templates
from lensan.reports import wording
from lensan.units import phrases, read_back, remarks, returned, sent_file
from lensan.units.read_back import ReadBack
from lensan.units.remarks import Remark

MOST_IN_MAIL = 30
MOST_RENAMED = 20
XLSX = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")


@dataclass(frozen=True)
class Answer:
    """A mail to the sender of a file, but for its addressee.

    ``kind``: correction or receipt. ``sender``: unit code or enterprise, null where nobody can tell.
    ``attachment``: the workbook marked, for receipts one that says how the file was read; null where the
    file cannot be opened.
    """

    kind: str
    file_id: int
    sender: str | None
    period: Period | None
    remarks: tuple[Remark, ...]
    subject: str
    text: str
    html: str
    attachment: bytes | None = None
    attachment_name: str | None = None


def respond(engine: Engine, file_id: int, raw_store: Path) -> Answer:
    """What a file's sender should get: a correction where anything was held back, else a receipt."""
    file = sent_file.load(engine, file_id)
    if file.is_rejected or any(not r.is_doubt for r in remarks.of_rows(engine, file_id)):
        return annotate(engine, file_id, raw_store)
    return receipt(engine, file_id, raw_store)


def annotate(engine: Engine, file_id: int, raw_store: Path) -> Answer:
    """The sender's workbook with the cells in question coloured, and the mail that brings it back.

    Raises KeyError for an unknown file, ValueError for one that came by another source or is not
    settled, SpoiledError when the raw store has lost or changed it.
    """
    file = sent_file.load(engine, file_id)
    path = sent_file.path_of(file, raw_store)
    document = sent_file.opened(path, file.name)
    period = sent_file.period_of(file, _declared(engine, file.file_id), document)
    found = (
        remarks.of_rejected(file, document)
        if file.is_rejected
        else remarks.of_rows(engine, file_id)
    )
    read = read_back.of_file(file, document)
    attachment = None
    if document is not None:
        attachment = returned.workbook(
            path,
            document,
            found,
            read.lines,
            phrases.headline(file, period),
            author=letter.office_at(file.received_at).short_office,
        )
    bad = [remark for remark in found if not remark.is_doubt]
    facts = {
        **phrases.of_file(file, period),
        "is_rejected": file.is_rejected,
        "reason": " ".join(bad[0].impersonal) if file.is_rejected else None,
        "rows_accepted": file.rows_accepted,
        "rows_quarantined": file.rows_quarantined,
        "bad": bad[:MOST_IN_MAIL],
        "more_bad": max(0, len(bad) - MOST_IN_MAIL),
        "doubts": [remark for remark in found if remark.is_doubt][:MOST_IN_MAIL],
        "has_attachment": attachment is not None,
        "was_converted": document is not None
        and (document.kind != "xlsx" or not file.name.lower().endswith((".xlsx", ".xlsm"))),
        "list_sheet": returned.LIST_SHEET,
        **_understood(read),
    }
    return Answer(
        "correction",
        file_id,
        file.sender,
        period,
        tuple(found),
        f"{phrases.mark_of(period)} Đề nghị chỉnh sửa {phrases.whose(file.sender)}",
        templates.render("feedback_mail.txt", facts),
        templates.render("feedback_mail.html", facts),
        attachment,
        phrases.attachment_name(returned.LIST_SHEET, file.name) if attachment else None,
    )


def receipt(engine: Engine, file_id: int, raw_store: Path) -> Answer:
    """What was understood of a file: unit, period, values by row, lists, on time or late; in a workbook its
    own words beside ours.

    Raises KeyError for an unknown file, ValueError for one that came by another source or was not
    loaded, SpoiledError when the raw store has lost or changed it.
    """
    file = sent_file.load(engine, file_id)
    if file.status not in ("loaded", "duplicate"):
        raise ValueError(f"file {file_id} is {file.status}: there is nothing to confirm")
    declared = _declared(engine, file.loaded_as)
    with engine.begin() as connection:
        lists = warehouse.rows(connection, "units/answers/lists", file_id=file.loaded_as)
    period = sent_file.period_of(file, declared, None)
    found = remarks.of_rows(engine, file.loaded_as)
    document = sent_file.opened(sent_file.path_of(file, raw_store), file.name)
    read = read_back.of_file(file, document)
    attachment = None
    if read.lines:
        author = letter.office_at(file.received_at).short_office
        attachment = returned.receipt(read.lines, phrases.headline(file, period), author=author)
    labels = {e.name: e.label for e in sent_file.contract().entities}
    facts = {
        **phrases.of_file(file, period),
        "is_duplicate": file.status == "duplicate",
        "reason": file.reason,
        "is_replaced": any(row["is_replaced"] for row in declared),
        "lines": [_line(row) for row in declared if row["indicator_code"]],
        "lists": [{**row, "label": labels[row["entity"]]} for row in lists],
        "doubts": [remark for remark in found if remark.is_doubt],
        "has_attachment": attachment is not None,
        **_understood(read),
    }
    return Answer(
        "receipt",
        file_id,
        file.sender,
        period,
        tuple(found),
        f"{phrases.mark_of(period)} Đã nhận {phrases.whose(file.sender)}",
        templates.render("receipt_mail.txt", facts),
        templates.render("receipt_mail.html", facts),
        attachment,
        phrases.attachment_name(returned.UNDERSTOOD_SHEET, file.name) if attachment else None,
    )


def mail(answer: Answer, addressee: str) -> EmailMessage:
    """The mail without sender, date and Message-ID: lensan.mail.ledger adds them.

    The same answer gives the same mail. Raises ValueError when the addressee is no address.
    """
    message = EmailMessage()
    message["Subject"] = answer.subject
    message["To"] = Address(addr_spec=recipients.normal(addressee))
    message.set_content(answer.text)
    message.add_alternative(answer.html, subtype="html")
    if answer.attachment is not None:
        message.add_attachment(
            answer.attachment,
            maintype=XLSX[0],
            subtype=XLSX[1],
            filename=answer.attachment_name,
        )
    letter.set_boundaries(message, f"{answer.kind}.{answer.file_id}")
    return message


def _declared(engine: Engine, file_id: int) -> list[dict[str, Any]]:
    with engine.begin() as connection:
        return warehouse.rows(connection, "units/answers/form", file_id=file_id)


def _understood(read: ReadBack) -> dict[str, Any]:
    """What the mails say of how a file was read: names that are not ours, and what was passed over."""
    return {
        "understood_sheet": returned.UNDERSTOOD_SHEET,
        "renamed": read.renamed[:MOST_RENAMED],
        "more_renamed": max(0, len(read.renamed) - MOST_RENAMED),
        "passed_over": read,
    }


def _line(row: dict[str, Any]) -> dict[str, Any]:
    """A declared row as the form prints it."""
    code = row["indicator_code"]
    try:
        spec = report_forms.form(row["report_kind"]).row(code)
    except KeyError:
        spec = report_forms.form(plans.kind("month", plans.key(row["report_kind"]))).row(code)

    def shown(measure: str) -> str:
        first, second = row[measure], row[f"{measure}_2"]
        if spec.parts == 2:
            return wording.parts(first, second) or "–"
        return wording.number(first, spec.decimals) or "–"

    return {
        "code": code,
        "label": spec.label,
        "unit_of_measure": spec.unit_of_measure,
        "in_period": shown("in_period"),
        "cumulative": shown("cumulative"),
        "note": row["note"] or "",
    }
