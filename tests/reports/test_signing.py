"""A report's PDF that is signed is that PDF and a trusted signature, and nothing else is taken for it."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import certificates
import pytest
import reporting_case
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from sqlalchemy import Engine

from lensan.domain import periods, report_forms
from lensan.domain.periods import ICT
from lensan.reports import pdf, signature_check, signing
from lensan.reports.signature_check import NotSignedError
from lensan.warehouse import audit

NOW = datetime(2021, 11, 18, 11, 20, tzinfo=ICT)
WEEK = periods.parse("week", "2021-11-18")
NAME = "bao-cao-tuan-2021-11-18.pdf"
ROOT = certificates.made("Tổ chức chứng thực")
OFFICER = certificates.made("Phạm Thị Giám Đốc", ROOT)


@pytest.fixture(scope="module")
def base() -> bytes:
    return pdf.build(reporting_case.make(), report_forms.form("week"))


@pytest.fixture(scope="module")
def p12(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return OFFICER.pkcs12(tmp_path_factory.mktemp("keys") / "officer.p12", ROOT)


@pytest.fixture(scope="module")
def signed(base: bytes, p12: Path) -> bytes:
    return signing.sign(base, p12, certificates.PASSWORD)


def check(content: bytes, base: bytes, *, moment: datetime = NOW) -> str:
    roots = list(signing._certificates(ROOT.pem))
    return signature_check.check(content, base, roots, moment=moment)


def why(content: bytes, base: bytes, *, moment: datetime = NOW) -> str:
    with pytest.raises(NotSignedError) as refused:
        check(content, base, moment=moment)
    return refused.value.reason


def changed(content: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    change(writer)
    to = io.BytesIO()
    writer.write(to)
    return to.getvalue()


def turn_a_page(writer: IncrementalPdfFileWriter) -> None:
    page = writer.root["/Pages"]["/Kids"][0].get_object()
    page[generic.pdf_name("/Rotate")] = generic.NumberObject(180)
    writer.update_container(page)


def write_over_a_page(writer: IncrementalPdfFileWriter) -> None:
    page = writer.root["/Pages"]["/Kids"][0].get_object()
    writer.add_stream_to_page(
        0, writer.add_object(generic.StreamObject(stream_data=b"0 0 500 500 re f"))
    )
    writer.update_container(page)


def put_a_note_on_a_page(writer: IncrementalPdfFileWriter) -> None:
    note = generic.DictionaryObject(
        {
            generic.pdf_name("/Type"): generic.pdf_name("/Annot"),
            generic.pdf_name("/Subtype"): generic.pdf_name("/FreeText"),
            generic.pdf_name("/Contents"): generic.pdf_string("9999"),
        }
    )
    writer.register_annotation(writer.root["/Pages"]["/Kids"].raw_get(0), writer.add_object(note))


def open_with_an_action(writer: IncrementalPdfFileWriter) -> None:
    writer.root[generic.pdf_name("/OpenAction")] = generic.DictionaryObject(
        {generic.pdf_name("/S"): generic.pdf_name("/Print")}
    )
    writer.update_root()


CHANGES = (turn_a_page, write_over_a_page, put_a_note_on_a_page, open_with_an_action)


def test_what_an_officer_signed_is_taken_and_begins_with_what_was_published(
    base: bytes, signed: bytes
) -> None:
    assert signed.startswith(base)
    assert check(signed, base) == "Phạm Thị Giám Đốc"


def test_a_second_officer_may_sign_behind_the_first(
    base: bytes, signed: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = certificates.made("Trần Văn Phó Giám Đốc", ROOT)
    monkeypatch.setattr(signing, "FIELD", "Signature2")
    twice = signing.sign(signed, second.pkcs12(tmp_path / "2.p12", ROOT), certificates.PASSWORD)
    assert check(twice, base) == "Trần Văn Phó Giám Đốc"


def test_a_changed_byte_is_refused_wherever_the_signature_covers_it(
    base: bytes, signed: bytes
) -> None:
    """The room of the signature itself is what no signature covers: some of it, as the case of a digit or a copy of
    the root's certificate, says nothing."""
    found = re.search(rb"/ByteRange \[0 (\d+) (\d+) ", signed)
    assert found
    room = range(int(found[1]), int(found[2]))
    random = Random(20)
    reasons = set()
    places = [random.randrange(len(base)) for _ in range(40)]
    places += [random.randrange(len(base), room[0]) for _ in range(60)]
    places += [random.choice(room) for _ in range(40)]
    places += [random.randrange(room[-1] + 1, len(signed)) for _ in range(60)]
    for at in places:
        other = bytearray(signed)
        other[at] ^= 1 << random.randrange(8)
        try:
            assert check(bytes(other), base) == "Phạm Thị Giám Đốc"
            assert at in room
        except NotSignedError as refused:
            reasons.add(refused.reason)
            assert refused.reason == "other_content" or at >= len(base)
    assert {"other_content", "broken"} <= reasons


def test_a_foreign_certificate_is_refused(base: bytes, tmp_path: Path) -> None:
    other_root = certificates.made("Tổ chức chứng thực")
    other = certificates.made("Phạm Thị Giám Đốc", other_root)
    for holder, beside in ((other, [other_root]), (certificates.made("Tự ký"), [])):
        path = holder.pkcs12(tmp_path / "other.p12", *beside)
        try:
            signed = signing.sign(base, path, certificates.PASSWORD)
        except ValueError:
            continue
        assert why(signed, base) == "foreign"


def test_a_certificate_that_has_ended_or_not_begun_is_refused(base: bytes, signed: bytes) -> None:
    assert why(signed, base, moment=NOW + timedelta(days=400)) == "foreign"
    assert why(signed, base, moment=NOW - timedelta(days=60)) == "foreign"


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_changed_before_signing_is_refused_though_the_signature_holds(
    base: bytes, p12: Path, change: Callable[[IncrementalPdfFileWriter], None]
) -> None:
    forged = signing.sign(changed(base, change), p12, certificates.PASSWORD)
    assert forged.startswith(base)
    assert why(forged, base) == "altered"


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_changed_after_signing_is_refused(
    base: bytes, signed: bytes, change: Callable[[IncrementalPdfFileWriter], None]
) -> None:
    assert why(changed(signed, change), base) == "altered"


def test_a_file_without_a_signature_or_of_another_report_is_refused(
    base: bytes, signed: bytes
) -> None:
    other = pdf.build(reporting_case.make(revision=1), report_forms.form("week"))
    assert why(base, base) == "unsigned"
    assert why(changed(base, lambda writer: writer.update_root()), base) in ("unsigned", "broken")
    assert why(signed, other) == "other_content"
    assert why(b"PK\x03\x04", base) == "not_pdf"
    for odd in (base + b"\n", base + b"%PDF", signed[: len(base) + 500], base + signed):
        assert why(odd, base) in ("unsigned", "broken", "altered")


def test_a_wrong_password_or_file_is_told(base: bytes, p12: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        signing.sign(base, p12, "khac")
    (tmp_path / "none.p12").write_bytes(b"none")
    with pytest.raises(ValueError):
        signing.sign(base, tmp_path / "none.p12", certificates.PASSWORD)


# ---------------------------------------------------------------- kept


def test_a_signed_file_is_kept_once_beside_the_published_one_and_noted(
    warehouse_engine: Engine, base: bytes, signed: bytes
) -> None:
    assert signing.to_mail(warehouse_engine, {NAME: base}) == ({NAME: base}, False)
    told = signing.trust(warehouse_engine, ROOT.pem, moment=NOW, by="lan")
    assert told == ["Common Name: Tổ chức chứng thực"]
    assert signing.to_mail(warehouse_engine, {NAME: base, "a.xlsx": b"x"}) == (
        {NAME: base, "a.xlsx": b"x"},
        True,
    )
    first, again = (
        signing.keep(warehouse_engine, WEEK, signed, {NAME: base}, moment=NOW, by="lan")
        for _ in range(2)
    )
    assert (first.is_new, again.is_new, first.name) == (
        True,
        False,
        "bao-cao-tuan-2021-11-18-da-ky.pdf",
    )
    mailed, is_lacking = signing.to_mail(warehouse_engine, {NAME: base, "a.xlsx": b"x"})
    assert mailed == {first.name: signed, "a.xlsx": b"x"} and not is_lacking
    acts = [row["action"] for row in audit.acts(warehouse_engine)]
    assert sorted(a for a in acts if "sign" in a) == ["report.signed", "signature.trust"]


def test_a_signature_on_another_draft_is_not_mailed(
    warehouse_engine: Engine, base: bytes, signed: bytes
) -> None:
    signing.trust(warehouse_engine, ROOT.pem, moment=NOW, by="lan")
    signing.keep(warehouse_engine, WEEK, signed, {f"du-thao-{NAME}": base}, moment=NOW, by="lan")
    newer = pdf.build(reporting_case.make(revision=1), report_forms.form("week"))
    assert signing.to_mail(warehouse_engine, {NAME: newer}) == ({NAME: newer}, True)


def test_what_was_changed_in_the_store_is_not_mailed_as_signed(
    warehouse_engine: Engine, base: bytes, signed: bytes
) -> None:
    signing.trust(warehouse_engine, ROOT.pem, moment=NOW, by="lan")
    signing.keep(warehouse_engine, WEEK, signed, {NAME: base}, moment=NOW, by="lan")
    with warehouse_engine.begin() as connection:
        connection.exec_driver_sql("update ops.signed_file set content = content || 'x'::bytea")
    assert signing.to_mail(warehouse_engine, {NAME: base}) == ({NAME: base}, True)


def test_who_is_trusted_no_longer_signs_no_longer(
    warehouse_engine: Engine, base: bytes, signed: bytes
) -> None:
    signing.trust(warehouse_engine, ROOT.pem, moment=NOW, by="lan")
    with warehouse_engine.begin() as connection:
        (row,) = signing.roots(connection)
    assert signing.distrust(warehouse_engine, row["sha256"], moment=NOW, by="lan")
    assert not signing.distrust(warehouse_engine, row["sha256"], moment=NOW, by="lan")
    with pytest.raises(NotSignedError, match="foreign"):
        signing.keep(warehouse_engine, WEEK, signed, {NAME: base}, moment=NOW, by="lan")
    with pytest.raises(ValueError):
        signing.trust(warehouse_engine, b"none", moment=NOW, by="lan")
