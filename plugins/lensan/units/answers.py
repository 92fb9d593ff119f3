"""The way back to a district: its own workbook with the cells to correct, or a receipt.

Nothing is sent and no ledger is written here: what is made is everything lensan.mail.ledger needs.
A mail's text never holds a value of the file (there may be personal data); the workbook does.
"""

from __future__ import annotations

import logging
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from email.headerregistry import Address
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path
from typing import Any

import xlsxwriter
from sqlalchemy import Engine

from lensan import warehouse
from lensan.domain import contracts, report_forms, values
from lensan.domain.contracts import Contract
from lensan.domain.periods import ICT, Period
from lensan.domain.places import Places, places
from lensan.domain.problems import Rejection
from lensan.intake import filled_form, landing, readers, recognise
from lensan.intake.readers import SourceDocument, SourceRow, SourceTable, Unreadable
from lensan.mail import letter, recipients, templates
from lensan.reports import fitting, wording
from lensan.units import marking
from lensan.units.marking import ListSheet, Mark, Unmarkable

log = logging.getLogger(__name__)
LIST_SHEET = "Cần sửa"
LIST_TITLE = "DANH SÁCH Ô CẦN SỬA"
SOURCE = "districts"
MOST_LISTED, MOST_IN_MAIL = 5000, 30
MOST_ATTACHED_BYTES = 15 << 20
XLSX = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")


@dataclass(frozen=True)
class Finding:
    """Something to correct, or a doubt. ``cell`` and ``sheet`` are null where it is the whole file."""

    sheet: str | None
    row: int | None
    column: int | None
    value: str | None
    wrong: str
    expected: str
    is_doubt: bool

    @property
    def cell(self) -> str | None:
        if self.row is None or self.column is None:
            return None
        return f"{marking.letters(self.column)}{self.row}"

    @property
    def wrong_without_value(self) -> str:
        """For mails: they go over wires and into archives, personal data does not."""
        text = re.sub(r"^“.*” (?=ở cột “|không khớp)", "giá trị ", self.wrong, flags=re.S)
        text = re.sub(
            r"^(\w[^“]*?)“.*” ?(?=\(cột “|ở cột “|được ghi)", r"\1giá trị ", text, flags=re.S
        )
        text = re.sub(r"(?<=thành ngày) \(.*?\)|(?<=có lỗi) \S+?(?=\.)", "", text)
        return text[:1].upper() + text[1:]


@dataclass(frozen=True)
class Feedback:
    """A mail to the sender of a file, but for its addressee.

    ``kind``: correction or receipt. ``sender``: unit code or enterprise, null where nobody can tell.
    ``attachment`` is null where the file cannot be opened, and for receipts.
    """

    kind: str
    file_id: int
    sender: str | None
    period: Period | None
    findings: tuple[Finding, ...]
    subject: str
    text: str
    html: str
    attachment: bytes | None = None
    attachment_name: str | None = None


def respond(engine: Engine, file_id: int, raw_store: Path) -> Feedback:
    """What a file's sender should get: a correction where anything was held back, else a receipt."""
    file = _file(engine, file_id)
    if file["status"] == "rejected" or any(not f.is_doubt for f in _findings(engine, file)):
        return annotate(engine, file_id, raw_store)
    return receipt(engine, file_id)


def annotate(engine: Engine, file_id: int, raw_store: Path) -> Feedback:
    """The sender's workbook with the cells in question coloured, and the mail that brings it back.

    Raises KeyError for an unknown file, ValueError for one that came by another source or is not
    settled, FileNotFoundError when the raw store has lost it.
    """
    file = _file(engine, file_id)
    path = landing.raw_path(raw_store, file["sha256"])
    if not path.exists():
        raise FileNotFoundError(f"file {file_id} ({file['sha256']}) is not in {raw_store}")
    document = _opened(path, file["name"])
    sender = sender_of(file)
    period = _period(engine, file, document)
    findings = _findings(engine, file, document)
    attachment = None
    if document is not None:
        attachment = _workbook(path, document, findings, _headline(file, sender, period))
    converted = document is not None and (
        document.kind != "xlsx" or not file["name"].lower().endswith((".xlsx", ".xlsm"))
    )
    bad = [finding for finding in findings if not finding.is_doubt]
    facts = {
        **_common(file, sender, period),
        "is_rejected": file["status"] == "rejected",
        "reason": file["reason"] if file["status"] == "rejected" else None,
        "rows_accepted": file["rows_accepted"],
        "rows_quarantined": file["rows_quarantined"],
        "bad": bad[:MOST_IN_MAIL],
        "more_bad": max(0, len(bad) - MOST_IN_MAIL),
        "doubts": [f for f in findings if f.is_doubt][:MOST_IN_MAIL],
        "has_attachment": attachment is not None,
        "was_converted": converted,
        "list_sheet": LIST_SHEET,
    }
    return Feedback(
        "correction",
        file_id,
        sender,
        period,
        tuple(findings),
        f"{mark_of(period)} Đề nghị chỉnh sửa {_whose(sender)}",
        templates.render("feedback_mail.txt", facts),
        templates.render("feedback_mail.html", facts),
        attachment,
        attachment_name(file["name"]) if attachment is not None else None,
    )


def receipt(engine: Engine, file_id: int) -> Feedback:
    """What was understood of a file: unit, period, values by row, lists, on time or late.

    Raises KeyError for an unknown file, ValueError for one that came by another source or was not
    loaded.
    """
    file = _file(engine, file_id)
    loaded_as = file["duplicate_of"] or file_id
    if file["status"] not in ("loaded", "duplicate"):
        raise ValueError(f"file {file_id} is {file['status']}: there is nothing to confirm")
    with engine.begin() as connection:
        declared = warehouse.rows(connection, "units/answers/form", file_id=loaded_as)
        lists = warehouse.rows(connection, "units/answers/lists", file_id=loaded_as)
    sender = sender_of(file)
    period = _period_of(declared)
    findings = _findings(engine, file | {"file_id": loaded_as})
    labels = {e.name: e.label for e in contracts.contract(SOURCE).entities}
    facts = {
        **_common(file, sender, period),
        "is_duplicate": file["status"] == "duplicate",
        "reason": file["reason"],
        "is_replaced": any(row["is_replaced"] for row in declared),
        "lines": [_line(row) for row in declared if row["indicator_code"]],
        "lists": [{**row, "label": labels[row["entity"]]} for row in lists],
        "doubts": [f for f in findings if f.is_doubt],
    }
    return Feedback(
        "receipt",
        file_id,
        sender,
        period,
        tuple(findings),
        f"{mark_of(period)} Đã nhận {_whose(sender)}",
        templates.render("receipt_mail.txt", facts),
        templates.render("receipt_mail.html", facts),
    )


def mail(feedback: Feedback, addressee: str) -> EmailMessage:
    """The mail without sender, date and Message-ID: lensan.mail.ledger adds them.

    The same feedback gives the same mail. Raises ValueError when the addressee is no address.
    """
    message = EmailMessage()
    message["Subject"] = feedback.subject
    message["To"] = Address(addr_spec=recipients.normal(addressee))
    message.set_content(feedback.text)
    message.add_alternative(feedback.html, subtype="html")
    if feedback.attachment is not None:
        message.add_attachment(
            feedback.attachment,
            maintype=XLSX[0],
            subtype=XLSX[1],
            filename=feedback.attachment_name,
        )
    letter.set_boundaries(message, f"{feedback.kind}.{feedback.file_id}")
    return message


# ---------------------------------------------------------------- the file and what is wrong with it


def _file(engine: Engine, file_id: int) -> dict[str, Any]:
    with engine.begin() as connection:
        found = warehouse.rows(connection, "units/answers/file", file_id=file_id)
    if not found:
        raise KeyError(f"no file {file_id}")
    if found[0]["source"] != SOURCE:
        raise ValueError(f"file {file_id} came by {found[0]['source']}, not by {SOURCE}")
    if found[0]["status"] == "received":
        raise ValueError(f"file {file_id} has not been read yet")
    return found[0]


def _opened(path: Path, name: str) -> SourceDocument | None:
    try:
        document = readers.open_document(path, name=name)
        for table in document.tables:
            table.rows = list(table.rows)
    except Unreadable:
        return None
    return document


def _findings(
    engine: Engine, file: dict[str, Any], document: SourceDocument | None = None
) -> list[Finding]:
    if file["status"] == "rejected":
        wrong, expected = _split(file["reason"] or "", file["rule"] or "")
        return _rejection(file["rule"], wrong, expected, document)
    with engine.begin() as connection:
        found = warehouse.rows(connection, "units/answers/problems", file_id=file["file_id"])
    findings = []
    for row in found:
        wrong, expected = _split(row["message"], row["rule"])
        findings.append(
            Finding(
                row["sheet"],
                row["row_number"],
                row["column_number"],
                row["value"],
                wrong,
                expected,
                row["is_doubt"],
            )
        )
    return findings


_ADVICE = re.compile(r"(?<=[.”)])\s+(?=(?:Cần ghi|Đề nghị|Tuần có thể là)\b)")
_EXPECTED = {
    "zero": "Cần ghi một số lớn hơn 0.",
    "fraction_in_count": "Cần ghi một số nguyên, ví dụ 12.",
    "several_phones": "Nên chỉ ghi một số điện thoại.",
    "hidden_row": "Nếu không muốn tính dòng này, đề nghị xóa dòng rồi gửi lại.",
}


def _split(message: str, rule: str) -> tuple[str, str]:
    """A message as (what is wrong, what is expected)."""
    parts = _ADVICE.split(message.strip(), maxsplit=1)
    if len(parts) == 2:
        return parts[0], parts[1]
    return message, _EXPECTED.get(rule, "Đề nghị kiểm tra lại.")


def _rejection(
    rule: str | None, wrong: str, expected: str, document: SourceDocument | None
) -> list[Finding]:
    """The reason once for the whole file, or at each cell of the heading that gives it."""
    cells = [
        Finding(table.sheet, row.number, number, cell, wrong, expected, False)
        for table, row, number, cell in _headings(document)
        if _is_to_blame(rule, cell)
    ]
    return cells or [Finding(None, None, None, None, wrong, expected, False)]


def _headings(document: SourceDocument | None) -> Iterable[tuple[SourceTable, SourceRow, int, str]]:
    """The texts above the forms, cell by cell."""
    for table in document.tables if document is not None else ():
        rows = list(table.rows)
        found = filled_form.find(rows)
        for row in rows[: found[0]] if found is not None else ():
            for number, cell in enumerate(row.cells, 1):
                if isinstance(cell, str) and cell.strip():
                    yield table, row, number, cell


def _is_to_blame(rule: str | None, cell: str) -> bool:
    heading = recognise.read_heading([cell], places(), _contract())
    if rule == "wrong_period":
        return bool(heading.first_day or heading.last_day or heading.month)
    return rule in ("two_senders", "wrong_sender") and bool(heading.senders)


def _contract() -> Contract:
    return contracts.contract(SOURCE)


def _period(engine: Engine, file: dict[str, Any], document: SourceDocument | None) -> Period | None:
    if file["status"] == "loaded":
        with engine.begin() as connection:
            return _period_of(
                warehouse.rows(connection, "units/answers/form", file_id=file["file_id"])
            )
    for table in document.tables if document is not None else ():
        rows = list(table.rows)
        found = filled_form.find(rows)
        if found is not None:
            lines = filled_form.heading_lines(rows[: found[0]])
            try:
                return recognise.period_of(
                    recognise.read_heading(lines, places(), _contract()), found[1].kind
                )
            except Rejection:
                continue
    return None


def _period_of(declared: Sequence[dict[str, Any]]) -> Period | None:
    if not declared:
        return None
    first = declared[0]
    return Period(first["report_kind"], first["period_start"], first["period_end"])


def sender_of(file: dict[str, Any]) -> str | None:
    """Unit code or enterprise of a row of ops.source_file: as recognised, else whose folder it lies in."""
    if file["sender"] or file["unit_code"]:
        return str(file["sender"] or file["unit_code"])
    named = recognise.sender_in_path(file["name"], places(), _contract())
    return named[0] if named else None


# ---------------------------------------------------------------- words


def sender_name(sender: str) -> str:
    """Within a sentence: ``thành phố Hạ Long``, ``Bưu điện tỉnh Quảng Ninh``."""
    enterprises = _contract().enterprises
    if sender in enterprises:
        return enterprises[sender][0]
    unit = _unit(places(), sender)
    return f"{unit['kind'].lower()} {unit['name']}"


def _unit(known: Places, code: str) -> dict[str, str]:
    return next(row for row in known.units if row["code"] == code)


def _whose(sender: str | None) -> str:
    return f"báo cáo của {sender_name(sender)}" if sender else "tệp báo cáo đã gửi"


def mark_of(period: Period | None) -> str:
    """What a subject begins with: ``[Báo cáo tuần 18/11/2021]``."""
    if period is None:
        return "[Báo cáo]"
    if period.kind == "month":
        return f"[Báo cáo tháng {period.start:%m/%Y}]"
    return f"[Báo cáo tuần {period.end:%d/%m/%Y}]"


def said(at: datetime) -> str:
    """``16:00 ngày 17/11/2021``, in Asia/Ho_Chi_Minh."""
    at = at.astimezone(ICT)
    return f"{at:%H:%M} ngày {at:%d/%m/%Y}"


def _common(file: dict[str, Any], sender: str | None, period: Period | None) -> dict[str, Any]:
    late_by = None
    if period is not None and file["received_at"] > period.due_at:
        late_by = _duration((file["received_at"] - period.due_at).total_seconds())
    return {
        "sender": sender_name(sender) if sender else None,
        "file_name": values.clean_text(file["name"].rsplit("/", 1)[-1]) or "",
        "received": said(file["received_at"]),
        "period": wording.period_label(period) if period else None,
        "due": said(period.due_at) if period else None,
        "late_by": late_by,
        "office": letter.office_at(file["received_at"]).office,
    }


def _duration(seconds: float) -> str:
    minutes = max(1, int(seconds // 60))
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = ((days, "ngày"), (hours, "giờ"), (minutes, "phút"))
    return " ".join(f"{count} {word}" for count, word in parts if count)


def _headline(file: dict[str, Any], sender: str | None, period: Period | None) -> str:
    facts = _common(file, sender, period)
    whose = f"Báo cáo của {facts['sender']}" if sender else "Tệp báo cáo"
    when = f", {facts['period']}" if period else ""
    return f"{whose}{when}; tệp “{facts['file_name']}”, nhận lúc {facts['received']}."


def _line(row: dict[str, Any]) -> dict[str, Any]:
    """A declared row as the form prints it."""
    code = row["indicator_code"]
    try:
        spec = report_forms.form(row["report_kind"]).row(code)
    except KeyError:
        spec = report_forms.form("month").row(code)

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


def attachment_name(name: str) -> str:
    """``Cần sửa - <the sender's name>.xlsx``, with nothing in it that a mail or disk trips over."""
    stem = re.sub(r"\.[A-Za-z]{2,5}$", "", name.rsplit("/", 1)[-1])
    stem = unicodedata.normalize("NFC", stem).removeprefix(f"{LIST_SHEET} - ")
    stem = re.sub(r"[^\w\s.()+-]|[\r\n\t]", "_", stem)
    return f"{LIST_SHEET} - {stem.strip(' .')[:80] or 'bao-cao'}.xlsx"


# ---------------------------------------------------------------- the workbook


def _workbook(
    path: Path, document: SourceDocument, findings: Sequence[Finding], headline: str
) -> bytes | None:
    """The sender's own workbook marked, else a copy of its rows marked; null where it is too large."""
    old = next((t for t in document.tables if _is_list_sheet(t)), None)
    if document.kind == "xlsx":
        try:
            book = marking.mark(path, _marks(findings), _list(document, findings, headline, old))
            _check_rows(document, book, old)
        except (Unmarkable, Unreadable) as error:
            log.warning("a copy goes back instead of the workbook itself: %s", error)
        else:
            return book if len(book) <= MOST_ATTACHED_BYTES else None
    tables = [table for table in document.tables if table is not old]
    names = _sheet_names(tables)
    copied = SourceDocument(
        "xlsx",
        [
            SourceTable(name, table.rows, hidden=table.hidden, date1904=table.date1904)
            for name, table in zip(names.values(), tables, strict=True)
        ],
    )
    findings = [
        Finding(names.get(f.sheet, f.sheet), *(getattr(f, k) for k in _REST)) for f in findings
    ]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.xlsx"
        copy.write_bytes(_copy(copied))
        try:
            book = marking.mark(copy, _marks(findings), _list(copied, findings, headline, None))
        except (Unmarkable, Unreadable):
            return None
    return book if len(book) <= MOST_ATTACHED_BYTES else None


_REST = ("row", "column", "value", "wrong", "expected", "is_doubt")


def _is_list_sheet(table: SourceTable) -> bool:
    """Whether a sheet is the list that an earlier return brought."""
    first = next(iter(table.rows), None)
    return (
        table.sheet is not None
        and table.sheet.startswith(LIST_SHEET)
        and first is not None
        and first.cells[:1] == (LIST_TITLE,)
    )


def _marks(findings: Sequence[Finding]) -> list[Mark]:
    return [
        Mark(
            f.sheet,
            f.row,
            f.column,
            f.is_doubt,
            "LƯU Ý (không bắt buộc sửa)" if f.is_doubt else "CẦN SỬA",
            f"{f.wrong}\n{f.expected}",
        )
        for f in findings
        if f.sheet is not None and f.row is not None and f.column is not None
    ]


def _check_rows(document: SourceDocument, book: bytes, old: SourceTable | None) -> None:
    """The marked workbook says what the sender's said. Raises Unmarkable otherwise."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "marked.xlsx"
        path.write_bytes(book)
        again = readers.open_document(path, name="marked.xlsx")
    ours = [_content(table) for table in document.tables if table is not old]
    theirs = [_content(table) for table in again.tables[1:]]
    if ours != theirs:
        raise Unmarkable("the marked workbook reads differently")


def _content(table: SourceTable) -> tuple[str | None, list[tuple[int, Any]]]:
    filled = []
    for row in table.rows:
        cells = [(n, repr(cell)) for n, cell in enumerate(row.cells) if cell is not None]
        if cells:
            filled.append((row.number, cells))
    return table.sheet, filled


_WIDTHS = (6.0, 12.0, 16.0, 8.0, 26.0, 48.0, 42.0)
_COLUMNS = (
    "STT",
    "Mức độ",
    "Trang tính",
    "Ô",
    "Giá trị hiện tại",
    "Nội dung chưa đúng",
    "Cần ghi, cách sửa",
)


def _list(
    document: SourceDocument, findings: Sequence[Finding], headline: str, old: SourceTable | None
) -> ListSheet:
    taken = {table.sheet for table in document.tables if table is not old}
    name = next(
        n for n in (LIST_SHEET, *(f"{LIST_SHEET} ({i})" for i in range(2, 300))) if n not in taken
    )
    hidden = {table.sheet for table in document.tables if table.hidden}
    width = sum(_WIDTHS)
    intro = [
        headline,
        "Ô tô màu đỏ nhạt (ghi “CẦN SỬA”): dòng chưa được nhận vào hệ thống. "
        "Ô gạch chéo nền vàng (ghi “LƯU Ý”): đã được nhận, đề nghị xem lại. "
        "Bấm vào địa chỉ ở cột “Ô” để đến ô đó; trong ô có ghi chú giải thích.",
        f"Đề nghị sửa trực tiếp trong tệp này, lưu lại và gửi lại như lần trước; "
        f"không cần xóa trang “{name}” và các ghi chú.",
    ]
    rows: list[tuple[float, list[tuple[str, str] | None]]] = [(24.0, [("title", LIST_TITLE)])]
    rows += [(fitting.height(text, width, 12), [("text", text)]) for text in intro]
    merges = [f"A{n}:G{n}" for n in range(1, len(rows) + 1)]
    rows.append((22.0, [("header", header) for header in _COLUMNS]))
    links = []
    for number, finding in enumerate(findings[:MOST_LISTED], 1):
        sheet = "(cả tệp)" if finding.sheet is None else finding.sheet
        sheet += " (trang ẩn)" if finding.sheet in hidden else ""
        value = finding.value or ""
        cells = [
            ("middle", str(number)),
            ("doubt", "LƯU Ý") if finding.is_doubt else ("bad", "CẦN SỬA"),
            ("middle", sheet),
            ("link", finding.cell) if finding.cell else ("middle", "–"),
            ("cell", value if len(value) <= 300 else value[:299] + "…"),
            ("cell", finding.wrong),
            ("cell", finding.expected),
        ]
        height = max(
            fitting.height(text, width, 11, bold=role in ("bad", "doubt"))
            for (role, text), width in zip(cells, _WIDTHS, strict=True)
        )
        rows.append((min(height, fitting.MAX_ROW_POINTS), [*cells]))
        if finding.cell and finding.sheet is not None:
            target = finding.sheet.replace("'", "''")
            links.append((len(rows), 4, f"'{target}'!{finding.cell}"))
    if len(findings) > MOST_LISTED:
        rest = f"… và {wording.number(len(findings) - MOST_LISTED)} ô khác (đã tô màu, có ghi chú)."  # type: ignore[arg-type]
        rows.append((20.0, [("text", rest)]))
    return ListSheet(name, _WIDTHS, rows, merges, links, replaces=old is not None)


# ---------------------------------------------------------------- a copy of what was read


def _sheet_names(tables: Sequence[SourceTable]) -> dict[str | None, str]:
    """Sheet → a name that Excel takes."""
    found: dict[str | None, str] = {}
    for number, table in enumerate(tables, 1):
        name = re.sub(r"[\[\]:*?/\\]|^'|'$", "_", table.sheet or "")[:31].strip()
        if not name or name.lower() in {n.lower() for n in found.values()} | {"history"}:
            name = f"Trang {number}"
        found[table.sheet] = name
    return found


def _copy(document: SourceDocument) -> bytes:
    """The rows as read (.xls, .ods, or what is not safe to send on) as a plain .xlsx."""
    stream = BytesIO()
    book = xlsxwriter.Workbook(
        stream,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "date_1904": any(table.date1904 for table in document.tables),
            "default_format_properties": {"font_name": "Times New Roman", "font_size": 12},
        },
    )
    book.set_properties({"created": datetime(2021, 10, 18, tzinfo=ICT)})
    of_table = {"text_wrap": True, "valign": "top", "border": 1}
    shown_as = {datetime: "dd/mm/yyyy hh:mm", date: "dd/mm/yyyy", time: "hh:mm:ss", None: "General"}
    formats = {
        (kind, in_table): book.add_format(
            {**(of_table if in_table else {}), "num_format": number_format}
        )
        for kind, number_format in shown_as.items()
        for in_table in (True, False)
    }
    for table in document.tables:
        sheet = book.add_worksheet(table.sheet)
        rows = list(table.rows)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        widths = _copied_widths(rows)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        for row in rows:
            in_table = _is_of_table(row)
            options = {"hidden": True} if row.note == "hidden" else {}
            sheet.set_row(row.number - 1, _copied_height(row, widths), None, options)
            for column, cell in enumerate(row.cells):
                at = (row.number - 1, column)
                plain = formats[None, in_table]
                if cell is None or cell is values.FORMULA_WITHOUT_VALUE:
                    if in_table:
                        sheet.write_blank(*at, None, plain)
                elif isinstance(cell, bool):
                    sheet.write_boolean(*at, cell, plain)
                elif isinstance(cell, int | float) and abs(cell) < 1e15:
                    sheet.write_number(*at, cell, plain)
                elif type(cell) in shown_as and getattr(cell, "year", 1904) >= 1904:
                    naive = cell.replace(tzinfo=None) if isinstance(cell, datetime) else cell
                    sheet.write_datetime(*at, naive, formats[type(cell), in_table])
                else:
                    sheet.write_string(*at, str(cell)[:32_000], plain)
    for table, sheet in zip(document.tables, book.worksheets(), strict=True):
        if table.hidden and not all(each.hidden for each in document.tables):
            sheet.hide()
    shown = next((s for t, s in zip(document.tables, book.worksheets(), strict=True) if not t.hidden), None)  # fmt: skip
    if shown is not None:
        shown.activate()
        shown.set_first_sheet()
    book.close()
    return stream.getvalue()


def _is_of_table(row: SourceRow) -> bool:
    """Titles and signatures fill few cells and run over their neighbours."""
    return sum(1 for cell in row.cells if cell is not None) > 3


def _copied_widths(rows: Sequence[SourceRow]) -> list[float]:
    """Wide enough for most of a column's values; longer ones are wrapped."""
    lengths: dict[int, list[int]] = {}
    for row in rows[:2000]:
        for number, cell in enumerate(row.cells) if _is_of_table(row) else ():
            if cell is not None:
                lengths.setdefault(number, []).append(max(len(x) for x in str(cell).split("\n")))
    return [
        float(min(40, max(11, sorted(lengths[n])[len(lengths[n]) * 3 // 4] + 3)))
        if n in lengths
        else 8.0
        for n in range(max(lengths, default=-1) + 1)
    ]


def _copied_height(row: SourceRow, widths: Sequence[float]) -> float | None:
    if not _is_of_table(row):
        return None
    needed = (
        max(
            fitting.height(cell, width, 12)
            for cell, width in zip(row.cells, widths, strict=False)
            if isinstance(cell, str)
        )
        if any(isinstance(cell, str) for cell in row.cells[: len(widths)])
        else 0.0
    )
    return min(max(16.0, needed), fitting.MAX_ROW_POINTS)
