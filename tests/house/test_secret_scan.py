"""The secret scan of `make lint` finds what it is there for."""

from __future__ import annotations

from pathlib import Path

import pytest
import secret_scan

# Put together here, so that the scan does not stop at this file.
PLANTED = {
    "a key of a cloud": "key = '" + "AKIA" + "IOSFODNN7EXAMPLF" + "'",
    "a token": "token = '" + "ghp_" + "a1B2" * 9 + "'",
    "a private key": "-----BEGIN RSA " + "PRIVATE KEY-----",
}


@pytest.mark.parametrize("what", PLANTED)
def test_a_secret_is_found_also_in_tests(what: str, tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(PLANTED[what] + "\n")
    assert not secret_scan.is_clean(["module.py"], *secret_scan.IN_EXAMPLES, folder=tmp_path)


def test_a_password_in_the_code_is_found(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text("pass" + "word = 'hunter2hunter2'\n")
    assert not secret_scan.is_clean(["module.py"], folder=tmp_path)
    assert secret_scan.is_clean(["module.py"], *secret_scan.IN_EXAMPLES, folder=tmp_path)


def test_the_scan_reads_the_project_but_not_its_locks() -> None:
    files = secret_scan.tracked()
    assert {"docker-compose.yml", "dags/ingest.py", "tests/house/secret_scan.py"} <= set(files)
    assert not [name for name in files if name.startswith("requirements") and ".txt" in name]
