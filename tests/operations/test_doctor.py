"""What `lensan doctor` says of remote sources: connection, server, login, and what to do."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import https_server
import pytest
from https_server import HttpsServer
from smtp_server import free_port
from taking_in import MOMENT

from lensan.domain import contracts
from lensan.domain.contracts import Location
from lensan.operations import doctor
from lensan.operations.doctor import Diagnosis


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return https_server.make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def web(certificates: tuple[Path, Path]) -> Iterator[HttpsServer]:
    with https_server.serving(certificates[1]) as server:
        server.token = "đúng-mã-92".encode().hex()
        server.files["/export/orders.csv"] = b"x"
        yield server


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The findings for locations, each with the extra of its connection; null: it has none."""

    def look(*places: tuple[str, dict[str, Any] | None]) -> list[Diagnosis]:
        remote = []
        for number, (url, extra) in enumerate(places):
            remote.append(Location(url, f"remote_{number}"))
            if extra is not None:
                connection = json.dumps({"conn_type": "generic", **extra})
                monkeypatch.setenv(f"AIRFLOW_CONN_REMOTE_{number}", connection)
        monkeypatch.setattr(contracts, "remote_locations", lambda: remote)
        return doctor._remote(MOMENT)

    return look


def test_without_remote_sources_one_line_says_so(found: Any) -> None:
    assert found() == [Diagnosis("remote sources", True, "none configured")]


def test_a_remote_source_that_lets_in_is_well_and_nothing_is_fetched(
    found: Any, web: HttpsServer, certificates: tuple[Path, Path]
) -> None:
    extra = {"extra": {"token": web.token, "ca_file": str(certificates[0])}}
    paths = ("/export/", "/export/orders.csv", "/daily/orders-{date}.csv")
    for finding in found(*((web.url + path, extra) for path in paths)):
        assert finding.ok
        assert finding.found.endswith(": reached and let in")
    assert {method for method, _, _ in web.answers} == {"HEAD"}
    assert not web.bodies


def test_each_fault_of_a_remote_source_says_what_to_do(
    found: Any, web: HttpsServer, certificates: tuple[Path, Path]
) -> None:
    ca_file = {"ca_file": str(certificates[0])}
    good = {"extra": {"token": web.token, **ca_file}}
    wrong = {"extra": {"token": "sai-ma-93", **ca_file}}
    refused = f"127.0.0.1:{free_port()}"
    findings = found(
        (f"{web.url}/export/", wrong),
        (f"{web.url}/export/moved.csv", good),
        (f"{web.url}/export/", {"extra": {"token": web.token}}),
        (f"{web.url.replace('127.0.0.1', 'localhost')}/export/", good),
        (f"{web.url}/export/", {**good, "host": "elsewhere.example"}),
        (f"{web.url}/export/", {"extra": {**ca_file, "timeout_s": "soon"}}),
        (f"https://{refused}/export/", good),
        (f"sftp://{refused}/export", None),
        (f"sftp://{refused}/export", {"login": "lensan", "password": "sai-ma-93"}),
        (f"imaps://{refused}/INBOX", None),
    )
    said = [
        ("the server answers 401", "correct the credentials"),
        ("the server answers 404", "correct the location in the contract"),
        ("certificate is not trusted", "ca_file in the extra"),
        ("certificate is refused", "one that is valid now, names this host"),
        ("is for the host elsewhere.example", "Correct the host"),
        ("timeout_s of the Airflow connection 'remote_5' is no number", "remote_5"),
        ("cannot be reached", "Ask its owner"),
        ("no connection: no login", "make the Airflow connection 'remote_7'"),
        ("cannot be reached", "Ask its owner"),
        ("no connection: no login", "credentials in the Airflow connection 'remote_9'"),
    ]
    for finding, (why, step) in zip(findings, said, strict=True):
        assert not finding.ok
        assert why in finding.found
        assert step in finding.next_step
        assert "sai-ma-93" not in str(finding)
        assert str(web.token) not in str(finding)


def test_a_server_that_never_answers_holds_the_doctor_up_for_seconds_only(
    found: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    from lensan.intake import locations

    monkeypatch.setattr(locations, "PROBE_TIMEOUT_S", 0.4)
    monkeypatch.setattr(locations, "PROBE_LIMIT_S", 0.8)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        connection = {"login": "a", "password": "b"}
        started = time.monotonic()
        findings = found(
            *(
                (f"{scheme}://127.0.0.1:{port}/x", connection)
                for scheme in ("https", "sftp", "imap")
            )
        )
        assert time.monotonic() - started < 5
    assert not any(finding.ok for finding in findings)
    assert all("sk its owner whether" in finding.next_step for finding in findings)
