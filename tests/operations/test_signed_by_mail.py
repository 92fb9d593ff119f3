"""A signed report that comes back by mail (a real Dovecot) is kept as the board's upload is; a refused one is answered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import certificates
import https_server
import imap_server
import pytest
from imap_server import LOGIN, PASSWORD, ImapServer
from office import Office
from test_obligations import CHIEF, WEEK, Thursday, at

from lensan.domain import contracts
from lensan.domain.contracts import Location
from lensan.domain.settings import settings
from lensan.intake import landing, sweep
from lensan.intake.locations import Access, Remote
from lensan.operations import obligations, signed_mails
from lensan.reports import signing

pytestmark = pytest.mark.system
ROOT = certificates.made("Tổ chức chứng thực")
OFFICER = certificates.made("Phạm Thị Giám Đốc", ROOT)
STRANGER = certificates.made("Người lạ", certificates.made("Tổ chức lạ"))


class Mailbox:
    """A Thursday with a mailbox: what is mailed to it is swept, then taken where it is a signed report."""

    def __init__(self, day: Thursday, server: ImapServer, authority: Path) -> None:
        self.day, self.server = day, server
        self.access = Access(login=LOGIN, password=PASSWORD, ca_file=str(authority))

    def bring(self, clock: str, sender: str, **files: bytes) -> dict[str, int]:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = sender, LOGIN, "Bản ký"
        mail["Date"] = at(clock)
        mail.set_content("Gửi Sở bản đã ký.")
        for name, content in files.items():
            mail.add_attachment(
                content, maintype="application", subtype="pdf", filename=name.replace("_", ".")
            )
        self.server.put(mail.as_bytes(), at(clock))
        moment, office = at(clock) + timedelta(minutes=5), self.day.office
        contract, raw = contracts.contract("districts"), office.folder / "raw"
        remote = Remote(
            "districts", [Location(self.server.url, "box")], lambda _: self.access, raw, moment=moment
        )  # fmt: skip
        sweep.sweep(
            office.engine, contract, office.landing / "none", raw, moment=moment, remote=remote
        )
        return signed_mails.take(
            office.engine, settings(office.folder), self.day.smtp, moment=moment
        )

    def answers(self, address: str) -> list[tuple[str, str]]:
        return [
            (str(mail["Subject"]), " ".join(mail.get_content().split()))
            for who, mail in self.day.mails.taken
            if who == address and "bản ký số" in str(mail["Subject"])
        ]


@pytest.fixture
def box(office: Office, tmp_path: Path) -> Iterator[Mailbox]:
    day = Thursday(office)
    signing.trust(office.engine, ROOT.pem, moment=at("08:00"), by="lan")
    authority, chain = https_server.make_certificates(tmp_path / "tls")
    with day.stack, imap_server.serving(authority, chain) as server:
        day.smtp_up()
        day.run_at_eleven()
        yield Mailbox(day, server, authority)


def signed(box: Mailbox, holder: certificates.Holder, folder: Path) -> bytes:
    waiting = obligations.to_be_signed(box.day.office.engine, WEEK, box.day.reports)
    key = holder.pkcs12(folder / "key.p12")
    return signing.sign(next(iter(waiting.values())), key, certificates.PASSWORD)


def test_a_signed_draft_that_comes_by_mail_is_kept_answered_once_and_mailed(
    box: Mailbox, tmp_path: Path
) -> None:
    content = signed(box, OFFICER, tmp_path)
    assert box.bring("11:20", CHIEF, **{"du-thao_pdf": content}) == {"signed": 1}
    (answer,) = box.answers(CHIEF)
    assert answer[0] == f"[Báo cáo tuần {WEEK.end:%d/%m/%Y}] Đã nhận bản ký số"
    assert "người ký: Phạm Thị Giám Đốc" in answer[1]
    assert box.bring("11:25", CHIEF) == {"signed": 1}
    assert len(box.answers(CHIEF)) == 1
    box.day.release("11:40")
    (report,) = [
        mail for who, mail in box.day.mails.taken if who == CHIEF and len(list(mail.iter_attachments()))
    ]  # fmt: skip
    files = {str(part.get_filename()): part.get_content() for part in report.iter_attachments()}
    assert files[f"bao-cao-tuan-{WEEK.name}-da-ky.pdf"] == content


def test_a_pdf_larger_than_any_report_is_not_read_for_a_signature(
    box: Mailbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    proven = landing.proven

    def noted(raw_store: Path, sha256: str) -> Path:
        read.append(sha256)
        return proven(raw_store, sha256)

    monkeypatch.setattr(landing, "proven", noted)
    good = signed(box, OFFICER, tmp_path)
    large = good + b"\n" * (signing.LARGEST + 1 - len(good))
    assert box.bring("11:20", CHIEF, a_pdf=large) == {} and read == []
    assert box.answers(CHIEF) == []
    with box.day.office.engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "select status, size_bytes from ops.source_file where name like '%%/a.pdf'"
        ).all()
    # It is a received file all the same, refused as any PDF that is no form.
    assert rows == [("rejected", signing.LARGEST + 1)]
    assert box.bring("11:30", CHIEF, b_pdf=good) == {"signed": 1} and len(read) == 1


def test_one_that_is_refused_is_told_in_words_and_not_kept(box: Mailbox, tmp_path: Path) -> None:
    good = signed(box, OFFICER, tmp_path)
    changed = bytearray(good)
    changed[-2000] ^= 1
    assert box.bring("11:20", CHIEF, a_pdf=signed(box, STRANGER, tmp_path)) == {"foreign": 1}
    assert "không thuộc tổ chức chứng thực được tin cậy" in box.answers(CHIEF)[0][1]
    assert box.answers(CHIEF)[0][0].endswith("Chưa nhận được bản ký số")
    found = box.bring("11:30", CHIEF, b_pdf=bytes(changed))
    assert found.pop("foreign") == 1 and sum(found.values()) == 1 and "signed" not in found
    assert len(box.answers(CHIEF)) == 2
    # A stranger's address is not written to; a PDF without a signature is none of these.
    found = box.bring(
        "11:40", "ai-do@example.com", c_pdf=good[: len(good) // 2], d_pdf=bytes(changed)[1:]
    )
    assert "signed" not in found and box.answers("ai-do@example.com") == []
    with box.day.office.engine.connect() as connection:
        assert connection.exec_driver_sql("select count(*) from ops.signed_file").scalar_one() == 0
