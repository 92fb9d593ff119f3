"""Which code this is: its version, and the commit it was built from where that can be known."""

from __future__ import annotations

import os
import subprocess
from functools import cache

import lensan
from lensan.domain.installation import PROJECT

COMMIT = "LENSAN_COMMIT"
"""Set by whoever builds an image, which has no repository in it."""
_PATIENCE_S = 5


@cache
def code_version() -> str:
    """As reports, verdicts and assets keep it: ``0.2.0+<commit>``, with ``.dirty`` where files of the
    commit were changed since; without a commit where there is neither the variable LENSAN_COMMIT nor a repository that
    git can read."""
    commit = os.environ.get(COMMIT, "").strip() or _commit()
    return f"{lensan.__version__}+{commit}" if commit else lensan.__version__


def _commit() -> str:
    if not (PROJECT / ".git").exists():
        return ""
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--dirty=.dirty", "--abbrev=40", "--exclude=*"],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return found.stdout.strip()
