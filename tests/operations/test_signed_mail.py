"""On a Thursday: the draft is signed and mailed signed; without a signature the deadline wins, and the mail says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import certificates
import pytest
from office import Office
from test_obligations import CHIEF, WEEK, Thursday, at

from lensan.operations import obligations
from lensan.reports import signing

ROOT = certificates.made("Tổ chức chứng thực")
OFFICER = certificates.made("Phạm Thị Giám Đốc", ROOT)
UNSIGNED = "chưa ký số"


@pytest.fixture
def day(office: Office) -> Iterator[Thursday]:
    day = Thursday(office)
    signing.trust(office.engine, ROOT.pem, moment=at("08:00"), by="lan")
    with day.stack:
        day.smtp_up()
        day.run_at_eleven()
        yield day


def signed(day: Thursday, folder: Path) -> bytes:
    """What waits for a signature, signed and kept."""
    engine = day.office.engine
    waiting = obligations.to_be_signed(engine, WEEK, day.reports)
    base = next(iter(waiting.values()))
    content = signing.sign(base, OFFICER.pkcs12(folder / "o.p12", ROOT), certificates.PASSWORD)
    signing.keep(engine, WEEK, content, waiting, moment=at("11:20"), by="lan")
    return content


def mailed(day: Thursday) -> tuple[str, dict[str, bytes]]:
    """The mail to the chief: its texts, its attachments."""
    (mail,) = [mail for who, mail in day.mails.taken if who == CHIEF]
    texts = [
        part.get_content() for part in mail.walk() if part.get_content_type().startswith("text/")
    ]
    return "\n".join(texts).lower(), {
        str(part.get_filename()): part.get_content() for part in mail.iter_attachments()
    }


def test_a_signed_draft_is_mailed_signed_when_the_officer_releases(
    day: Thursday, tmp_path: Path
) -> None:
    content = signed(day, tmp_path)
    day.release("11:40")
    text, files = mailed(day)
    assert files[f"bao-cao-tuan-{WEEK.name}-da-ky.pdf"] == content
    assert [name for name in files if name.endswith(".pdf")] == [
        f"bao-cao-tuan-{WEEK.name}-da-ky.pdf"
    ]
    assert UNSIGNED not in text


def test_the_deadline_wins_and_the_mail_says_that_it_is_not_signed(day: Thursday) -> None:
    day.watch("13:25", "13:40")
    assert day.standing.is_out
    text, files = mailed(day)
    assert f"bao-cao-tuan-{WEEK.name}.pdf" in files
    assert text.count(UNSIGNED) == 2


def test_what_is_signed_after_publication_stands_on_the_published_file(
    day: Thursday, tmp_path: Path
) -> None:
    day.watch("13:25", "13:40")
    published = day.reports / "week" / WEEK.name / f"bao-cao-tuan-{WEEK.name}.pdf"
    before = published.read_bytes()
    assert signed(day, tmp_path).startswith(before)
    assert published.read_bytes() == before
    assert day.mails.count(CHIEF) == 1
