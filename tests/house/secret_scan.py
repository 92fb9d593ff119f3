"""Looks for secrets in every file that git knows: `python tests/house/secret_scan.py`, as `make lint` does.

What only looks like one is marked in its line with `pragma: allowlist secret`.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
# No detector asks a service whether what it found is real: nothing calls home.
HOOK = (str(Path(sys.executable).with_name("detect-secrets-hook")), "--no-verify")
# Tests and handbook have made-up logins and checksums in the open, deploy/ the names of secrets; keys
# and tokens are looked for there too.
IN_EXAMPLES = tuple(
    f"--disable-plugin={name}"
    for name in ("KeywordDetector", "BasicAuthDetector", "HexHighEntropyString")
)


def is_clean(files: list[str], *options: str, folder: Path = PROJECT) -> bool:
    """Whether files, relative to a folder, hold no secret; what is found is printed, without its value."""
    return subprocess.run([*HOOK, *options, *files], cwd=folder, check=False).returncode == 0


def tracked() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=PROJECT, check=True, capture_output=True, text=True
    ).stdout
    # The locks are hashes from end to end.
    return [
        name
        for name in listed.split("\0")
        if name and not (name.startswith("requirements") and name.endswith(".txt"))
    ]


def main() -> int:
    files = tracked()
    examples = [name for name in files if name.startswith(("tests/", "docs/", "deploy/", "README"))]
    clean = is_clean([name for name in files if name not in set(examples)])
    return 0 if is_clean(examples, *IN_EXAMPLES) and clean else 1


if __name__ == "__main__":
    sys.exit(main())
