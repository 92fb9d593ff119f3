"""A form in the body of a mail is a file of it; an answer that quotes one is not; a body and an attached form are one."""

from __future__ import annotations

import email
import email.policy
import html
import io
import zipfile
from email.message import EmailMessage, Message
from pathlib import Path

import in_process
import pytest
import texts
from loading import declared, form, rows, send, workbook
from office import WEEKS, Office
from sqlalchemy import Engine
from test_growth import grows_in_proportion, seconds

from lensan.domain import contracts
from lensan.domain.problems import Rejection
from lensan.intake import readers
from lensan.intake.locations import bodies
from lensan.intake.locations.attachments import attachments
from lensan.intake.readers import letter
from lensan.mail import report_mail
from lensan.reports import publishing
from lensan.units import answers

CONTRACT = contracts.contract("districts")
FORM = form()[1]
BOOK = workbook([form()])
OLD = form(span="Từ ngày 04/11/2021 đến ngày 10/11/2021")[1]


def mail(
    plain: str = "Kính gửi.", page: str | None = None, answers: bool = False, **files: bytes
) -> Message:
    made = EmailMessage()
    made["From"] = "vhtt@halong.example.vn"
    if answers:
        made["In-Reply-To"] = "<1@example.vn>"
    made.set_content(plain)
    if page is not None:
        made.add_alternative(page, subtype="html")
    for name, content in files.items():
        made.add_attachment(
            content, maintype="application", subtype="octet-stream", filename=name.replace("_", ".")
        )
    return email.message_from_bytes(made.as_bytes())


def taken(message: Message) -> list[str]:
    return [name for name, _ in bodies.files(message, attachments(message), CONTRACT)]


def body_of(message: Message) -> bytes:
    return bodies.files(message, attachments(message), CONTRACT)[-1][1]


NESTED = f"<table><tr><td>logo</td><td><table><tr><td>{texts.web(FORM)}</td></tr></table></td></tr></table>"
WITH = {
    "HTML": mail(page=texts.web(FORM)),
    "HTML within layout": mail(page=NESTED),
    "HTML without ends": mail(page=texts.web(FORM).replace("</td>", "").replace("</tr>", "").replace("</p>", "")),
    "lines with tabs": mail(texts.lines(FORM, "\t")),
    "lines with bars": mail(texts.lines(FORM, " | ")),
    "HTML above a quote": mail(page=texts.web(FORM) + "<blockquote>" + texts.web(OLD) + "</blockquote>", answers=True),
}  # fmt: skip


@pytest.mark.parametrize("what", WITH)
def test_a_form_in_a_body_is_a_file_with_all_its_values(
    what: str, warehouse_engine: Engine, tmp_path: Path
) -> None:
    assert taken(WITH[what]) == [bodies.NAME]
    send(warehouse_engine, tmp_path, "ha-long/thu", body_of(WITH[what]))
    values = declared(warehouse_engine)
    assert {code: value[0] for code, value in values.items()} == {
        "I": 2, "II.1": 7, "II.3": 4, "III.1": 5, "III.4": 1, "III.6": 2
    }  # fmt: skip
    assert rows(warehouse_engine, "select rule from ops.quarantine") == []
    (file,) = rows(
        warehouse_engine, "select status, unit_code, period_end::text from ops.source_file"
    )
    assert tuple(file.values()) == ("loaded", "193", "2021-11-18")


GMAIL = '<div>Vâng ạ</div><div class="gmail_quote"><div>Vào T5, Sở đã viết:</div>' + texts.web(FORM)
OUTLOOK = "<p>Vâng ạ</p><div><p><b>From:</b> so@example.vn</p></div>" + texts.web(FORM)
WITHOUT = {
    "words": mail(),
    "a table of a signature": mail(page="<table><tr><td>Nguyễn Văn A</td><td>ĐT</td><td>0912</td><td>x</td></tr></table>"),
    "a quote": mail(page="<p>Vâng ạ</p><blockquote>" + texts.web(FORM) + "</blockquote>", answers=True),
    "an answer by Gmail": mail(page=GMAIL, answers=True),
    "an answer by Outlook": mail(page=OUTLOOK, answers=True),
    "quoted lines": mail("Vâng ạ\n" + "".join(f"> {line}\n" for line in texts.lines(FORM, "\t").splitlines()), answers=True),
    "lines below an announcement": mail("Vâng ạ\n-----Original Message-----\n" + texts.lines(FORM, "\t")),
    "an answer whose form names no unit": mail(page=texts.web(form(unit="TỈNH QUẢNG NINH")[1]), answers=True),
    "hidden": mail(page=f'<p>Vâng ạ</p><div style="display: none">{texts.web(FORM)}</div>'),
}  # fmt: skip


@pytest.mark.parametrize("what", WITHOUT)
def test_a_body_without_a_form_of_its_own_is_what_it_was(what: str) -> None:
    assert taken(WITHOUT[what]) == []


def test_only_submissions_have_bodies() -> None:
    message = WITH["HTML"]
    assert bodies.files(message, [], contracts.contract("postmart")) == []


def test_a_body_and_an_attached_form_that_differ_are_both_held_back(
    warehouse_engine: Engine, tmp_path: Path
) -> None:
    other = form(values=[(2, 9), (None, None), (7, 35), (5, 41), ("5/1", "125/34"), (1, 3), (2, 6)])
    message = mail(page=texts.web(other[1]), bc_xlsx=BOOK, cv_pdf=b"%PDF")
    assert taken(message) == ["bc.xlsx và nội dung thư"]
    content = body_of(message)
    assert content == body_of(message), "the same mail, the same bytes"
    send(warehouse_engine, tmp_path, "ha-long/bc.xlsx và nội dung thư", content)
    held = rows(warehouse_engine, "select sheet, rule from ops.quarantine order by sheet")
    assert [tuple(row.values()) for row in held] == [
        ("Biểu tuần", "forms_differ"), ("Bảng 1", "forms_differ")
    ] or [tuple(row.values()) for row in held] == [
        ("Bảng 1", "forms_differ"), ("Biểu tuần", "forms_differ")
    ]  # fmt: skip
    values = declared(warehouse_engine)
    assert "II.3" not in values and values["II.1"][0] == 7


def test_a_body_and_an_attached_form_that_agree_are_read_once(
    warehouse_engine: Engine, tmp_path: Path
) -> None:
    message = mail(page=texts.web(FORM), bc_docx=texts.word(FORM))
    assert taken(message) == ["bc.docx và nội dung thư"]
    send(warehouse_engine, tmp_path, "ha-long/bc", body_of(message))
    (tmp_path / "bc").write_bytes(body_of(message))
    document = readers.open_document(tmp_path / "bc", name="bc")
    assert [table.sheet for table in document.tables] == ["Bảng 1", "Bảng 1 (1.1)"]
    assert rows(warehouse_engine, "select rule from ops.quarantine") == []
    assert declared(warehouse_engine)["II.3"][0] == 4


def test_forms_of_two_periods_are_two_files() -> None:
    assert taken(mail(page=texts.web(OLD), bc_xlsx=BOOK)) == ["bc.xlsx", bodies.NAME]


def with_mails(*within: Message) -> Message:
    """A mail to which others are attached, as they are forwarded."""
    made = EmailMessage()
    made["From"] = "vhtt@halong.example.vn"
    made.set_content("Kính chuyển.")
    for each in within:
        inner = email.message_from_bytes(each.as_bytes(), policy=email.policy.default)
        made.add_attachment(inner)
    return email.message_from_bytes(made.as_bytes())


def test_each_body_of_a_mail_with_mails_in_it_is_a_file_of_its_own() -> None:
    message = with_mails(WITH["HTML"], mail(page=texts.web(OLD)))
    first, second = bodies.files(message, attachments(message), CONTRACT)
    assert (first[0], second[0]) == (bodies.NAME, f"{bodies.NAME} 2")
    assert texts.web(FORM).encode() in first[1]
    assert texts.web(OLD).encode() in second[1]


def test_two_bodies_of_one_unit_and_period_are_one_file_and_what_differs_is_held_back(
    warehouse_engine: Engine, tmp_path: Path
) -> None:
    other = form(values=[(2, 9), (None, None), (7, 35), (5, 41), ("5/1", "125/34"), (1, 3), (2, 6)])
    message = with_mails(WITH["HTML"], mail(page=texts.web(other[1])))
    ((name, content),) = bodies.files(message, attachments(message), CONTRACT)
    send(warehouse_engine, tmp_path, f"ha-long/{name}", content)
    held = rows(warehouse_engine, "select rule from ops.quarantine")
    assert [row["rule"] for row in held] == ["forms_differ"] * 2
    assert "II.3" not in declared(warehouse_engine)


def test_a_body_that_is_too_large_to_be_looked_at_is_refused(tmp_path: Path) -> None:
    message = mail(page=texts.web(FORM) + "x" * letter.MOST_BYTES)
    ((name, content),) = bodies.files(message, attachments(message), CONTRACT)
    assert name == bodies.NAME
    (tmp_path / "thu").write_bytes(content)
    with pytest.raises(Rejection) as told:
        readers.open_document(tmp_path / "thu", name="thu")
    assert told.value.problem.rule == "too_large"


def test_bodies_beyond_those_that_are_looked_at_are_taken_as_they_are() -> None:
    others = [mail(page=f"<table><tr><td>{number}</table>") for number in range(bodies.MOST_BODIES)]
    message = with_mails(*others, WITH["HTML"])
    ((name, content),) = bodies.files(message, attachments(message), CONTRACT)
    assert name == f"{bodies.NAME} {bodies.MOST_BODIES + 1}"
    assert texts.web(FORM).encode() in content


CELL = '<td style="{}">{}</td>'


@pytest.mark.parametrize(
    "cell", ["<s>10</s>4", "<del>10</del>4", '<span style="text-decoration: line-through">10</span>4', "4<sup>1</sup>",
             '<span style="display:none">10</span>4', "4<img src=x>", "<ins>4</ins>"],
)  # fmt: skip
def test_a_value_whose_letters_are_not_certain_is_held_back(
    cell: str, warehouse_engine: Engine, tmp_path: Path
) -> None:
    _, table = form()
    table[10][3] = "77777"
    page = texts.web(table).replace("77777", cell)
    send(warehouse_engine, tmp_path, "ha-long/thu", body_of(mail(page=page)))
    (problem,) = rows(warehouse_engine, "select rule, value from ops.quarantine")
    assert problem["rule"] == "error_value" and "10" not in problem["value"].replace("4 ", "")


def test_cells_of_several_rows_and_columns_push_the_others(tmp_path: Path) -> None:
    page = (
        "<table><tr><td rowspan=2>a</td><td colspan=2>b</td><td>c</td></tr><tr><td>d</td><td>e</td><td>f</td></tr>"
        "<tr><td>g</td></tr></table>"
    )
    path = tmp_path / "thu"
    path.write_bytes(letter.MARK + b"text/html\n" + page.encode())
    (table,) = readers.open_document(path, name="thu").tables
    assert [row.cells for row in table.rows] == [
        ("a", "b", None, "c"),
        (None, "d", "e", "f"),
        ("g",),
    ]
    assert table.merged == ((0, 0, 1, 0), (0, 1, 0, 2))


# ---------------------------------------------------------------- hostile


def packed(*parts: bytes, how: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", how) as archive:
        for number, content in enumerate(parts):
            archive.writestr(f"{number}/x", content)
    return letter.MARK + letter.TOGETHER + b"\n" + stream.getvalue()


HOSTILE = {
    "a bomb": packed(b"\0" * (300 << 20), how=zipfile.ZIP_DEFLATED),
    "itself": packed(packed(b"")),
    "no zip": letter.MARK + letter.TOGETHER + b"\nPK",
    "a list": packed(b"a,b\n1,2\n"),
    "a large body": letter.MARK + b"text/html\n" + b"x" * (letter.MOST_BYTES + 1),
    "tables within one another": letter.MARK + b"text/html\n" + b"<table><tr><td>" * 1000,
    "columns": letter.MARK + b"text/html\n<table><tr><td colspan=9999>",
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_body_is_a_verdict(what: str, tmp_path: Path) -> None:
    path = tmp_path / "thu"
    path.write_bytes(HOSTILE[what])
    with pytest.raises(Rejection):
        readers.open_document(path, name="thu")


GROWING = {
    "rows": lambda n: f"<table>{'<tr><td>x<td>y<td>z' * n}</table>",
    "elements within one another": lambda n: "<b>" * n + "x" + "</i>" * n + "</b>" * n,
    "ends of nothing": lambda n: "<table><tr><td>" + "<b>" * n + "</table></td></p>" * n,
    "lines": lambda n: "<p>x" * n,
    "tables": lambda n: "<table><tr><td>x<td>y<td>z</table>" * n,
    "rows that go on": lambda n: "<table>" + "<tr><td rowspan=9>x<td>y<td>z" * n,
    "beginnings": lambda n: "<a " * n * 20,
    "beginnings that end once": lambda n: "<a " * n * 20 + ">",
    "ends of a script": lambda n: "<script>" + "</" * n * 20 + ">",
    "comments": lambda n: "<!--" * n * 20,
    "declarations": lambda n: "<![CDATA[" * n * 20 + "x>",
    "quotes": lambda n: "<a b='" * n * 20 + ">",
    "blanks": lambda n: '<a style="display' + " " * n * 20 + '">',
    "entities": lambda n: html.escape("<&>") * n,
}


@pytest.mark.parametrize("what", GROWING)
def test_twice_a_body_takes_twice_the_time(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_process.answer_here(monkeypatch.setattr)

    def once(size: int) -> float:
        path = tmp_path / "thu"
        path.write_bytes(letter.MARK + b"text/html\n" + GROWING[what](size).encode())
        return seconds(path, "districts")

    grows_in_proportion(once, 3_000)


def test_our_own_mails_are_no_forms_when_they_are_answered(
    settled_office: Office, warehouse_engine: Engine, tmp_path: Path
) -> None:
    """Even where the answer's program does not mark what it quotes."""
    send(warehouse_engine, tmp_path, "ha-long/bc.xlsx", BOOK)
    told = answers.receipt(warehouse_engine, 1, tmp_path / "raw")
    report = publishing.load(settled_office.engine, WEEKS[2])[0]
    sent = report_mail.message(report, {})
    pages = [told.html, sent.get_body(("html",)).get_content()]  # type: ignore[union-attr]
    plain = [told.text, sent.get_body(("plain",)).get_content()]  # type: ignore[union-attr]
    for page in pages:
        assert taken(mail(page="<p>Vâng ạ</p>" + page, answers=True)) == []
        for name, content in bodies.files(mail(page=page), [], CONTRACT):
            refused(name, content, tmp_path)
    for text in plain:
        assert taken(mail("Vâng ạ\n" + text)) == []


def test_a_form_that_names_no_unit_is_refused_with_that_reason(tmp_path: Path) -> None:
    page = texts.web(form(unit="BIỂU TỔNG HỢP")[1])
    ((name, content),) = bodies.files(mail(page=page), [], CONTRACT)
    refused(name, content, tmp_path)


def refused(name: str, content: bytes, folder: Path) -> None:
    path = folder / "thu"
    path.write_bytes(content)
    with pytest.raises(Rejection) as told:
        readers.open_document(path, name=name)
    assert told.value.problem.rule == "no_sender"
