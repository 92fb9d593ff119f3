"""Install a lock file and this project into the running virtual environment.

`python setup_environment.py requirements.txt`. Uses uv where it can be had (a quarter of the time),
else pip; both check the hashes. A way that fails is told in one line, the last one in full.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
import time
import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parent
UV = "uv>=0.9,<1"
SCRIPT = """#!{python}
import sys

from lensan.cli import main

sys.exit(main())
"""


def run(*arguments: str) -> str | None:
    """Run a module of this Python; null where it succeeded, else all that it said."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments], check=False, capture_output=True, text=True
    )
    return (
        None if done.returncode == 0 else (done.stdout + done.stderr).strip() or "no reason given"
    )


def install(lock: str) -> str | None:
    """Install what a lock names, one way after the other; null where it is done, else what the last way said."""
    quiet = ("--disable-pip-version-check", "-q")
    by_uv = ("uv", "pip", "install", "-q", "--python", sys.executable, "--require-hashes")
    said = run("pip", "install", *quiet, UV) or run(*by_uv, "-r", lock)
    if said is None:
        return None
    print(f"uv did not do it ({said.splitlines()[-1].strip()}); trying pip alone", flush=True)
    # The lock is complete. Left to resolve, pip asks for hashes of versions that the lock rules out.
    return run("pip", "install", *quiet, "--no-deps", "--require-hashes", "-r", lock)


def register(site: Path) -> None:
    """Tell the environment of this project as an installer does: Airflow finds its provider by that."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    code = (PROJECT / "plugins/lensan/__init__.py").read_text(encoding="utf-8")
    version = re.search(r'^__version__ = "(.+)"$', code, re.M)
    assert version is not None, "plugins/lensan/__init__.py says no __version__"
    for earlier in site.glob("lensan-*.dist-info"):
        shutil.rmtree(earlier)
    folder = site / f"lensan-{version[1]}.dist-info"
    folder.mkdir()
    metadata = f"Metadata-Version: 2.1\nName: lensan\nVersion: {version[1]}\n"
    (folder / "METADATA").write_text(metadata, encoding="utf-8")
    points = "".join(
        f"[{group}]\n" + "".join(f"{name} = {what}\n" for name, what in points.items()) + "\n"
        for group, points in project["entry-points"].items()
    )
    (folder / "entry_points.txt").write_text(points, encoding="utf-8")


def main(lock: str) -> int:
    """Install what a lock names; the exit code."""
    started = time.monotonic()
    print(f"installing {lock}", flush=True)
    said = install(lock)
    if said is not None:
        print(said)
        print(f"could not install {lock}: see the message above; is a package index reachable?")
        return 1
    # The package is imported from the tree itself: one copy, for Airflow's plugins folder and us.
    site = Path(sysconfig.get_paths()["purelib"])
    (site / "lensan.pth").write_text(f"{PROJECT / 'plugins'}\n", encoding="utf-8")
    register(site)
    command = Path(sys.executable).parent / "lensan"
    command.write_text(SCRIPT.format(python=sys.executable), encoding="utf-8")
    command.chmod(0o755)
    print(f"installed in {time.monotonic() - started:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
