"""Whether a signed PDF is the PDF that it should be, and nothing but signatures was added to it.

pyHanko judges signatures, chains, and what was added after the first signature. What was added before it, onto a file
that had no signature, is compared here (docs/decisions/0036-signed-reports.md).
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from pyhanko.pdf_utils.generic import (
    ArrayObject,
    DictionaryObject,
    IndirectObject,
    PdfObject,
    Reference,
)
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

Certificate = Any
"""As pyHanko reads one; the library that it is of has no types."""
log = logging.getLogger(__name__)
CATALOG_MAY_GAIN = {"/AcroForm", "/Extensions", "/Version", "/Perms", "/DSS", "/Metadata"}
FORM_MAY_HAVE = {"/Fields", "/SigFlags", "/DR", "/DA"}
WHY = {
    "not_pdf": "Tệp này không phải PDF của báo cáo.",
    "other_content": "Nội dung không phải của PDF báo cáo này. Hãy ký đúng tệp tải ở đây, không lưu lại thành tệp khác.",
    "unsigned": "Trong tệp không có chữ ký số.",
    "altered": "Ngoài chữ ký, tệp còn bị thêm hoặc sửa nội dung khác.",
    "broken": "Chữ ký không đúng: tệp bị sửa sau khi ký, hoặc bị hỏng.",
    "foreign": "Chứng thư của người ký không thuộc tổ chức chứng thực được tin cậy, hoặc không còn hiệu lực.",
}
"""Why a file is not taken as signed, as who brought it reads it."""


class NotSignedError(ValueError):
    """A file that is not taken as signed. ``reason``: a key of WHY."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def check(content: bytes, base: bytes, roots: Sequence[Certificate], *, moment: datetime) -> str:
    """Whose certificate signed ``content``, which must be ``base`` with signatures alone added behind it.

    ``moment`` (aware): when certificates must be valid. Nothing is fetched: whether a certificate was revoked is not
    asked. Raises NotSignedError.
    """
    if not content.startswith(b"%PDF"):
        raise NotSignedError("not_pdf")
    if not content.startswith(base):
        raise NotSignedError("other_content")
    if content == base:
        raise NotSignedError("unsigned")
    try:
        signed, unsigned = PdfFileReader(io.BytesIO(content)), PdfFileReader(io.BytesIO(base))
        signatures = signed.embedded_regular_signatures
        if not signatures:
            raise NotSignedError("unsigned")
        if not _only_signatures_added(signed, unsigned):
            raise NotSignedError("altered")
        context = [_judged(each, roots, moment) for each in signatures]
    except NotSignedError:
        raise
    except Exception as error:
        # What comes from outside may break the reader in any way; nothing of it is taken then.
        log.info("a signed file is refused: %s", error)
        raise NotSignedError("broken") from error
    whole = context[-1].coverage
    if whole not in (SignatureCoverageLevel.ENTIRE_FILE, SignatureCoverageLevel.ENTIRE_REVISION):
        raise NotSignedError("altered")
    return _name(context[-1].signing_cert)


def _judged(signature: Any, roots: Sequence[Certificate], moment: datetime) -> Any:
    if not _is_padded_with_nothing(bytes(signature.pkcs7_content)):
        raise NotSignedError("broken")
    status = validate_pdf_signature(
        signature, ValidationContext(trust_roots=list(roots), moment=moment, allow_fetching=False)
    )
    if not (status.intact and status.valid):
        raise NotSignedError("broken")
    if not status.trusted:
        raise NotSignedError("foreign")
    if not status.bottom_line:
        raise NotSignedError("altered")
    return status


def _is_padded_with_nothing(content: bytes) -> bool:
    """Whether nothing stands in the room behind a signature, which no signature covers: DER says how long it is."""
    size = content[1] & 0x7F if content[1] & 0x80 else 0
    length = int.from_bytes(content[2 : 2 + size], "big") if size else content[1]
    return not any(content[2 + size + length :])


def _name(certificate: Certificate) -> str:
    told = certificate.subject.native.get("common_name") or certificate.subject.human_friendly
    return str(told)


def subject_of(certificate: Certificate) -> str:
    """Whose a certificate is, as it says itself."""
    return str(certificate.subject.human_friendly)


def _only_signatures_added(signed: PdfFileReader, base: PdfFileReader) -> bool:
    """Whether all that was there is as it was, but for a catalog with a form and pages with fields of signatures."""
    pages = dict(_pages(base.root.raw_get("/Pages"), base))
    root = base.root_ref
    if _key(signed.root_ref) != _key(root):
        return False
    first, last = base.xrefs.total_revisions, signed.xrefs.total_revisions
    there = {_key(ref) for r in range(first) for ref in base.xrefs.explicit_refs_in_revision(r)}
    may_change = {_key(root), *pages}
    for attribute in ("/Info", "/Metadata"):
        holder = base.trailer if attribute == "/Info" else base.root
        if attribute in holder and isinstance(found := holder.raw_get(attribute), IndirectObject):
            may_change.add(_key(found.reference))
    for revision in range(first, last):
        changed = {_key(ref) for ref in signed.xrefs.explicit_refs_in_revision(revision)}
        if signed.xrefs.refs_freed_in_revision(revision) or (changed & there) - may_change:
            return False
    if not _same(base.root, signed.root, CATALOG_MAY_GAIN) or not _is_form(signed):
        return False
    now = dict(_pages(signed.root.raw_get("/Pages"), signed))
    return list(now) == list(pages) and all(
        _same(page, now[ref], {"/Annots"}) and _same_annotations(page, now[ref])
        for ref, page in pages.items()
    )


def _key(ref: Reference) -> tuple[int, int]:
    return (ref.idnum, ref.generation)


def _pages(node: Any, reader: PdfFileReader) -> Iterator[tuple[tuple[int, int], DictionaryObject]]:
    found = node.get_object()
    if "/Kids" not in found:
        yield _key(node.reference), found
        return
    kids = found["/Kids"]
    for number in range(len(kids)):
        yield from _pages(kids.raw_get(number), reader)


def _written(found: PdfObject) -> bytes:
    """An object as it stands in a file; one that is only referred to as its reference."""
    to = io.BytesIO()
    found.write_to_stream(to, None)
    return to.getvalue()


def _same(old: DictionaryObject, new: DictionaryObject, but_for: set[str]) -> bool:
    def told(each: DictionaryObject) -> dict[str, bytes]:
        return {str(k): _written(each.raw_get(k)) for k in each if str(k) not in but_for}

    return told(old) == told(new)


def _same_annotations(old: DictionaryObject, new: DictionaryObject) -> bool:
    """What a page showed on top of itself is there still, and what came is a field of a signature without an action."""

    def listed(page: DictionaryObject) -> list[PdfObject]:
        found = page["/Annots"] if "/Annots" in page else ArrayObject()
        return [found.raw_get(number) for number in range(len(found))]

    before, now = listed(old), listed(new)
    if [_written(each) for each in now[: len(before)]] != [_written(each) for each in before]:
        return False
    return all(_is_signature(each) for each in now[len(before) :])


def _is_signature(found: Any) -> bool:
    field = found.get_object()
    if not isinstance(field, DictionaryObject) or "/A" in field or "/AA" in field:
        return False
    kind = field.get("/FT") or (field["/Parent"].get("/FT") if "/Parent" in field else None)
    return bool(field.get("/Subtype", "/Widget") == "/Widget" and kind == "/Sig")


def _is_form(signed: PdfFileReader) -> bool:
    form = signed.root["/AcroForm"]
    return {str(key) for key in form} <= FORM_MAY_HAVE and all(
        _is_signature(field) for field in form["/Fields"]
    )
