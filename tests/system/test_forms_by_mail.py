"""A form as a text of Word, and one in the body, come through a real mailbox (Dovecot) and are answered."""

from __future__ import annotations

import email
import io
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import https_server
import imap_server
import openpyxl
import pytest
import texts
from imap_server import LOGIN, PASSWORD, ImapServer
from loading import declared, form, rows
from smtp_server import Scripted, serving
from sqlalchemy import Engine
from taking_in import MOMENT

from lensan.domain import contracts
from lensan.domain.contracts import Location
from lensan.intake import locations, sweep
from lensan.intake.locations import Access, Remote
from lensan.mail.transport.smtp import SmtpServer
from lensan.units import answering

pytestmark = pytest.mark.system
HA_LONG = "vhtt@halong.example.vn"


@pytest.fixture
def dovecot(tmp_path: Path) -> Iterator[tuple[ImapServer, Access]]:
    authority, chain = https_server.make_certificates(tmp_path / "tls")
    with imap_server.serving(authority, chain) as server:
        yield server, Access(login=LOGIN, password=PASSWORD, ca_file=str(authority))


def brought(
    dovecot: tuple[ImapServer, Access], engine: Engine, folder: Path, mail: EmailMessage
) -> list[email.message.Message]:
    """Put a mail into the box, sweep it, answer; the answers to Hạ Long."""
    server, access = dovecot
    mail["From"], mail["To"], mail["Subject"] = HA_LONG, LOGIN, "Báo cáo tuần"
    mail["Date"] = MOMENT - timedelta(minutes=10)
    server.put(mail.as_bytes(), MOMENT - timedelta(minutes=10))
    raw = folder / "raw"
    remote = Remote(
        "districts", [Location(server.url, "box")], lambda _: access, raw, moment=MOMENT
    )
    sweep.sweep(
        engine,
        contracts.contract("districts"),
        folder / "none",
        raw,
        moment=MOMENT,
        remote=remote,
        wants_answer=True,
    )
    assert remote.problems == []
    script = Scripted()
    with serving(script) as port:
        answering.answer(engine, SmtpServer("127.0.0.1", port), raw, moment=MOMENT)
    return [mail for who, mail in script.taken if who == HA_LONG]


@pytest.mark.parametrize("sent_as", ["word", "body"])
def test_a_form_by_mail_is_taken_in_and_what_is_wrong_comes_back(
    sent_as: str, dovecot: tuple[ImapServer, Access], warehouse_engine: Engine, tmp_path: Path
) -> None:
    locations.add_address(warehouse_engine, HA_LONG, "193", moment=MOMENT)
    values = [(2, 9), (None, None), ("bảy", 35), (4, 40), ("5/1", "125/34"), (1, 3), (2, 6)]
    _, table = form(values=values)
    mail = EmailMessage()
    mail.set_content("Kính gửi Sở báo cáo tuần.")
    if sent_as == "word":
        mail.add_attachment(
            texts.word(table),
            maintype="application",
            subtype="vnd.openxmlformats-officedocument.wordprocessingml.document",
            filename="bao-cao.docx",
        )
    else:
        mail.add_alternative(texts.web(table), subtype="html")
    (answer,) = brought(dovecot, warehouse_engine, tmp_path, mail)
    assert declared(warehouse_engine)["II.3"][0] == 4
    row = 10 if sent_as == "word" else 11
    (held,) = rows(warehouse_engine, "select sheet, row_number, rule, value from ops.quarantine")
    assert tuple(held.values()) == ("Bảng 1", row, "text_in_number", "bảy")
    assert "Đề nghị chỉnh sửa" in str(answer["Subject"])
    told = answer.get_body(("plain",)).get_content()  # type: ignore[attr-defined]
    assert f"D{row}" in told and "Bảng 1" in told
    (book,) = answer.iter_attachments()  # type: ignore[attr-defined]
    cell = openpyxl.load_workbook(io.BytesIO(book.get_content()))["Bảng 1"][f"D{row}"]
    assert cell.value == "bảy" and cell.comment is not None
