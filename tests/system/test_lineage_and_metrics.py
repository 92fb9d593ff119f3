"""OpenLineage events and StatsD metrics of a report, received on loopback; off unless asked for."""

from __future__ import annotations

import http.server
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lensan import samples, warehouse
from lensan.domain.settings import PROJECT, settings
from lensan.operations.running import embedded_postgres

pytestmark = pytest.mark.system
WEEK = "2021-10-21"


@contextmanager
def lineage_server() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Its address and the events that come in."""
    events: list[dict[str, Any]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            events.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(201)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    listening = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listening.server_port}", events
    finally:
        listening.shutdown()


@contextmanager
def metrics_server() -> Iterator[tuple[int, set[str]]]:
    """Its port and the lines that come in."""
    lines: set[str] = set()
    listening = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listening.bind(("127.0.0.1", 0))

    def listen() -> None:
        while packet := listening.recv(65536):
            lines.update(packet.decode().splitlines())

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1], lines
    finally:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", ("127.0.0.1", listening.getsockname()[1]))
        thread.join(5)
        listening.close()


def test_a_report_tells_its_lineage_and_metrics_and_nothing_of_people(tmp_path: Path) -> None:
    samples.write(tmp_path / "landing", seed=4, weeks=1, order_lines=100, mess=True)
    home = settings(tmp_path / "home")
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AIRFLOW", "WAREHOUSE", "HOME_DIR", "OPENLINEAGE"))
    }
    with lineage_server() as (url, events), metrics_server() as (port, lines):
        switched_on = {
            "AIRFLOW__OPENLINEAGE__TRANSPORT": json.dumps({"type": "http", "url": url}),
            "AIRFLOW__METRICS__STATSD_ON": "True",
            "AIRFLOW__METRICS__STATSD_PORT": str(port),
        }
        home.home.mkdir(exist_ok=True)
        done = subprocess.run(
            [sys.executable, "-m", "lensan.cli.home", "--home", str(home.home), "report",
             "--week", WEEK, "--landing", str(tmp_path / "landing")],
            env=clean | switched_on, cwd=PROJECT, capture_output=True, text=True, timeout=400,
            check=False,
        )  # fmt: skip
    try:
        assert done.returncode == 0, done.stdout[-3000:]
        told = {(event["job"]["name"], event["eventType"]) for event in events}
        for task in ("sweep", "resolve_producers", "compute_figures", "publish", "deliver"):
            for state in ("START", "COMPLETE"):
                assert (f"weekly_report.{task}", state) in told, told
        assert {event["job"]["namespace"] for event in events} == {"lensan"}
        names = {line.partition(":")[0] for line in lines}
        assert all(name.startswith("lensan.") for name in names)
        assert any("ti.finish.weekly_report.publish.success" in name for name in names), names

        server = embedded_postgres.start(home)
        with warehouse.connect(server.url("warehouse")).connect() as connection:
            people = {
                str(value)
                for row in connection.exec_driver_sql(
                    "select owner_name, phone, paper_number from core.stall union "
                    "select name, phone, paper_number from core.registry union "
                    "select name, phone, paper_number from core.wallet union "
                    "select null, buyer_phone, null from core.order_line"
                )
                for value in row
                if value
            }
        assert len(people) > 50
        said = json.dumps(events, ensure_ascii=False) + "\n".join(lines)
        assert [value for value in people if value in said] == []
    finally:
        embedded_postgres.remove(home)
