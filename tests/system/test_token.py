"""A report's PDF signed by a real token of PKCS#11 (SoftHSM), whose key nobody can take out."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import certificates
import pkcs11
import pytest
import reporting_case
from cryptography.hazmat.primitives import serialization
from pkcs11 import Attribute
from pkcs11.util.ec import decode_ec_private_key
from pkcs11.util.x509 import decode_x509_certificate

from lensan.domain import report_forms
from lensan.domain.periods import ICT
from lensan.reports import pdf, signature_check, signing

pytestmark = pytest.mark.system
MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
LABEL, PIN = "PHẠM THỊ GIÁM ĐỐC", "246810"
NOW = datetime(2021, 11, 18, 11, 20, tzinfo=ICT)
ROOT = certificates.made("Tổ chức chứng thực")
OFFICER = certificates.made("Phạm Thị Giám Đốc", ROOT)


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[signing.Token]:
    """A token with the officer's key, which does not leave it, and certificate."""
    folder = tmp_path_factory.mktemp("token")
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}\nlog.level = ERROR\n")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
        subprocess.run(
            ["softhsm2-util", "--init-token", "--free", "--label", LABEL, "--pin", PIN, "--so-pin", "1357"],
            check=True, capture_output=True,
        )  # fmt: skip
        found = pkcs11.lib(str(MODULE)).get_token(token_label=LABEL)
        with found.open(user_pin=PIN, rw=True) as session:
            key = OFFICER.key.private_bytes(
                serialization.Encoding.DER,
                serialization.PrivateFormat.TraditionalOpenSSL,
                serialization.NoEncryption(),
            )
            for attributes in (
                decode_ec_private_key(key) | {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
                decode_x509_certificate(
                    OFFICER.certificate.public_bytes(serialization.Encoding.DER)
                ),
            ):  # fmt: skip
                session.create_object(
                    attributes | {Attribute.TOKEN: True, Attribute.LABEL: "ky", Attribute.ID: b"\1"}
                )
        yield signing.Token(MODULE, LABEL, "ky")


@pytest.fixture(scope="module")
def base() -> bytes:
    return pdf.build(reporting_case.make(), report_forms.form("week"))


def test_a_token_signs_a_report_and_the_signature_is_checked_as_any_other(
    token: signing.Token, base: bytes
) -> None:
    signed = signing.sign_with_token(base, token, PIN)
    assert signed.startswith(base)
    roots = list(signing._certificates(ROOT.pem))
    assert signature_check.check(signed, base, roots, moment=NOW) == "Phạm Thị Giám Đốc"
    changed = bytearray(signed)
    changed[len(base) // 2] ^= 1
    with pytest.raises(signature_check.NotSignedError):
        signature_check.check(bytes(changed), base, roots, moment=NOW)


@pytest.mark.parametrize(
    ("label", "key", "module", "pin"),
    [
        (LABEL, "ky", MODULE, "000000"),
        ("another", "ky", MODULE, PIN),
        (LABEL, "another", MODULE, PIN),
        (LABEL, "ky", Path("/nowhere.so"), PIN),
    ],
    ids=["pin", "token", "key", "library"],
)
def test_a_token_that_cannot_be_used_is_told(
    token: signing.Token, base: bytes, label: str, key: str, module: Path, pin: str
) -> None:
    with pytest.raises(ValueError) as told:
        signing.sign_with_token(base, signing.Token(module, label, key), pin)
    assert str(told.value)
