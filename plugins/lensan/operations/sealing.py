"""Files that only the holder of a key can read: age (https://age-encryption.org), by the library pyrage.

Whoever encrypts needs the public key alone; what is lost with the private key stays lost.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from gettext import gettext as _
from pathlib import Path

import pyrage


class KeyRefusedError(ValueError):
    """A key is none, or does not open what was encrypted."""


def new_key(path: Path) -> str:
    """Write a new private key, for its owner only, where no file is yet; returns the public key. Raises
    FileExistsError."""
    identity = pyrage.x25519.Identity.generate()
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(f"# {identity.to_public()}\n{identity}\n", encoding="utf-8")
    return str(identity.to_public())


def id_of(keys: Sequence[str]) -> str:
    """A short name of the public keys, whatever their order."""
    return hashlib.sha256("\n".join(sorted(keys)).encode()).hexdigest()[:8]


def encrypt(source: Path, target: Path, keys: Sequence[str]) -> None:
    """Write what holders of any of the public keys (``age1…``) can read. Raises KeyRefusedError."""
    try:
        recipients = [pyrage.x25519.Recipient.from_str(key) for key in keys]
    except pyrage.RecipientError as error:
        raise KeyRefusedError(
            _("{keys} is no public key of age: {error}").format(keys=", ".join(keys), error=error)
        ) from None
    pyrage.encrypt_file(str(source), str(target), recipients)


def decrypt(source: Path, target: Path, identity: Path) -> None:
    """Write what was encrypted; ``identity``: file with private keys, comments behind ``#``. Raises
    KeyRefusedError."""
    lines = [line.strip() for line in identity.read_text(encoding="utf-8").splitlines()]
    try:
        keys = [
            pyrage.x25519.Identity.from_str(line)
            for line in lines
            if line and not line.startswith("#")
        ]
        pyrage.decrypt_file(str(source), str(target), keys)
    except (pyrage.IdentityError, pyrage.DecryptError) as error:
        raise KeyRefusedError(
            _("{identity} does not open the backup: {error}").format(identity=identity, error=error)
        ) from None
