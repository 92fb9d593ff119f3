"""Signed PDFs of reports: made with an officer's certificate or brought back signed, checked, kept beside the published.

Published bytes never change; a signed file begins with them (docs/decisions/0036-signed-reports.md).
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine

from lensan import warehouse
from lensan.domain.periods import Period
from lensan.warehouse import audit

if TYPE_CHECKING:
    from lensan.reports.signature_check import Certificate

# pyHanko is imported where a signature is made or checked: each report that is sent asks here whether there is one.

FIELD = "Signature1"
MARK = "-da-ky"
"""Stands in the names of signed files."""
LARGEST = 20 * 1024 * 1024
"""Bytes of a signed file: a report's PDF has some 100,000."""


@dataclass(frozen=True)
class Signed:
    """A signed file as it is kept. ``is_new``: by this very call."""

    name: str
    content: bytes
    sha256: str
    signer: str
    is_new: bool


def roots(connection: Connection) -> list[dict[str, Any]]:
    """The certificates that a signer's chain must lead to, without their bytes. None: the office does not sign."""
    return [
        {key: value for key, value in row.items() if key != "certificate"}
        for row in warehouse.rows(connection, "reports/signing/roots")
    ]


def trust(engine: Engine, content: bytes, *, moment: datetime, by: str) -> list[str]:
    """Trust the certificates of a file (PEM or DER); whose they are. Raises ValueError for what is none."""
    from lensan.reports import signature_check

    told = []
    for certificate in _certificates(content):
        der = certificate.dump()
        subject = signature_check.subject_of(certificate)
        with engine.begin() as connection:
            added = warehouse.rows(
                connection,
                "reports/signing/root_add",
                sha256=hashlib.sha256(der).hexdigest(),
                subject=subject,
                certificate=der,
                moment=moment,
                added_by=by,
            )
            if added:
                _noted(connection, "signature.trust", subject, added[0], moment, by)
        told.append(subject)
    if not told:
        raise ValueError("no certificate")
    return told


def distrust(engine: Engine, sha256: str, *, moment: datetime, by: str) -> bool:
    """Trust a certificate no longer; what was kept stays. False: there is none."""
    with engine.begin() as connection:
        gone = warehouse.rows(connection, "reports/signing/root_remove", sha256=sha256)
        if gone:
            detail = {"sha256": sha256}
            _noted(connection, "signature.distrust", gone[0]["subject"], detail, moment, by)
    return bool(gone)


def _certificates(content: bytes) -> list[Certificate]:
    from pyhanko.keys import load_certs_from_pemder_data

    found = list(load_certs_from_pemder_data(content))
    for each in found:
        each.native  # noqa: B018 - reads all of it, so that what is no certificate is told here
    return found


def sign(base: bytes, pkcs12: Path, password: str) -> bytes:
    """A PDF signed with the key and certificate of a PKCS#12 file. Raises ValueError where it cannot be opened."""
    from pyhanko.sign import signers

    load: Any = signers.SimpleSigner.load_pkcs12
    signer = load(str(pkcs12), passphrase=password.encode())
    if signer is None:
        raise ValueError("the file has no key, or the password is another")
    return _signed(base, signer)


@dataclass(frozen=True)
class Token:
    """A signer's token: the library that speaks to it (PKCS#11), its label, that of the key and its certificate."""

    module: Path
    label: str
    key: str | None = None


def sign_with_token(base: bytes, token: Token, pin: str) -> bytes:
    """A PDF signed by a token of PKCS#11, which keeps its key. Raises ValueError where it cannot be used."""
    import pkcs11
    from pyhanko.config.pkcs11 import TokenCriteria
    from pyhanko.sign.general import SigningError
    from pyhanko.sign.pkcs11 import PKCS11Signer, open_pkcs11_session

    criteria = TokenCriteria(label=token.label)
    try:
        with open_pkcs11_session(
            str(token.module), token_criteria=criteria, user_pin=pin
        ) as session:
            # The digest is made here: not every token knows how to make one for elliptic curves.
            signer = PKCS11Signer(
                session, cert_label=token.key, key_label=token.key, use_raw_mechanism=True
            )
            return _signed(base, signer)
    except (pkcs11.PKCS11Error, SigningError, LookupError, RuntimeError) as error:
        # Libraries of tokens say what is wrong by the kind of error alone.
        raise ValueError(str(error) or type(error).__name__) from error


def _signed(base: bytes, signer: Any) -> bytes:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import signers

    writer = IncrementalPdfFileWriter(io.BytesIO(base))
    written = signers.sign_pdf(
        writer, signers.PdfSignatureMetadata(field_name=FIELD), signer=signer
    )
    return bytes(written.getbuffer())


def keep(
    engine: Engine,
    period: Period,
    content: bytes,
    candidates: Mapping[str, bytes],
    *,
    moment: datetime,
    by: str,
) -> Signed:
    """Check a signed PDF and keep it beside the unsigned one that it begins with. Safe to repeat.

    ``candidates``: name → bytes of the PDFs that it may be; ``moment`` (aware) is now. Raises
    signature_check.NotSignedError.
    """
    from lensan.reports import signature_check

    if len(content) > LARGEST:
        raise signature_check.NotSignedError("not_pdf")
    name, base = next(
        ((n, b) for n, b in candidates.items() if content.startswith(b)),
        next(iter(candidates.items()), ("", b"%PDF none")),
    )
    with engine.begin() as connection:
        trusted = [
            certificate
            for row in warehouse.rows(connection, "reports/signing/roots")
            for certificate in _certificates(bytes(row["certificate"]))
        ]
        signer = signature_check.check(content, base, trusted, moment=moment)
        digest = hashlib.sha256(content).hexdigest()
        kept = {
            "sha256": digest,
            "signs_sha256": hashlib.sha256(base).hexdigest(),
            "name": _name(name),
            "signer": signer,
        }
        is_new = warehouse.rows(
            connection,
            "reports/signing/keep",
            **kept,
            report_kind=period.kind,
            period=period.name,
            size_bytes=len(content),
            content=content,
            moment=moment,
            kept_by=by,
        )
        if is_new:
            _noted(connection, "report.signed", f"{period.kind} {period.name}", kept, moment, by)
    return Signed(_name(name), content, digest, signer, bool(is_new))


def _name(unsigned: str) -> str:
    return f"{unsigned.removeprefix('du-thao-').removesuffix('.pdf')}{MARK}.pdf"


def of(connection: Connection, base: bytes) -> Signed | None:
    """The last signed file that begins with a PDF; null: there is none, or its bytes are no longer what was kept."""
    rows = warehouse.rows(
        connection, "reports/signing/of_file", signs_sha256=hashlib.sha256(base).hexdigest()
    )
    for row in rows:
        content = bytes(row["content"])
        if hashlib.sha256(content).hexdigest() == row["sha256"]:
            return Signed(row["name"], content, row["sha256"], row["signer"], is_new=False)
    return None


def to_mail(engine: Engine, files: Mapping[str, bytes]) -> tuple[dict[str, bytes], bool]:
    """A report's files as they are mailed, signed ones in the place of their PDFs; whether a PDF lacks the signature
    that the office gives."""
    mailed, is_lacking = {}, False
    with engine.begin() as connection:
        signs = bool(roots(connection))
        for name, content in files.items():
            signed = of(connection, content) if name.endswith(".pdf") else None
            if signed is not None:
                mailed[signed.name] = signed.content
                continue
            mailed[name] = content
            is_lacking |= signs and name.endswith(".pdf")
    return mailed, is_lacking


def _noted(
    connection: Connection,
    action: str,
    subject: str,
    detail: Mapping[str, Any],
    moment: datetime,
    by: str,
) -> None:
    audit.record(
        connection, actor=by, action=action, subject=subject, detail=dict(detail), moment=moment
    )
