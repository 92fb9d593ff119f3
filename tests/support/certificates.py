"""Certificates made on the spot: a root, an officer's under it, each as PKCS#12 or PEM."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from lensan.domain.periods import ICT

PASSWORD = "mat-khau"  # pragma: allowlist secret - of a key that lives for a test
SINCE = datetime(2021, 10, 1, tzinfo=ICT)


@dataclass(frozen=True)
class Holder:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def pkcs12(self, path: Path, *others: Holder) -> Path:
        path.write_bytes(
            pkcs12.serialize_key_and_certificates(
                b"officer",
                self.key,
                self.certificate,
                [other.certificate for other in others],
                serialization.BestAvailableEncryption(PASSWORD.encode()),
            )
        )
        return path


def made(name: str, issuer: Holder | None = None, *, days: int = 365) -> Holder:
    """A root, or with an issuer a certificate that signs documents."""
    key = ec.generate_private_key(ec.SECP256R1())
    own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    is_root = issuer is None
    built = (
        x509.CertificateBuilder()
        .subject_name(own)
        .issuer_name(issuer.certificate.subject if issuer else own)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(SINCE)
        .not_valid_after(SINCE + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not is_root,
                content_commitment=not is_root,
                key_cert_sign=is_root,
                crl_sign=is_root,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
    )
    return Holder(built.sign(issuer.key if issuer else key, hashes.SHA256()), key)
