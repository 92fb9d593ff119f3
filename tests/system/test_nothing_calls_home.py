"""A report from beginning to end, in a new home, on a machine whose only way out is watched."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lensan import samples
from lensan.domain.settings import PROJECT, settings
from lensan.operations.running import embedded_postgres

pytestmark = pytest.mark.system
# A way out into nothing that counts what is sent there. IPv6 would announce itself.
WATCHED = """
sysctl -q -w net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add out type veth peer name nobody
ip link set nobody up
ip link set out arp off up
ip address add 10.214.0.2/24 dev out
ip route add default via 10.214.0.1
mount --bind "$RESOLVER" /etc/resolv.conf
"""
COUNT = "cat /sys/class/net/out/statistics/tx_packets"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("alone")
    samples.write(folder / "landing", seed=4, weeks=2, order_lines=100, mess=False)
    (folder / "resolv.conf").write_text("nameserver 10.214.0.1\noptions timeout:1 attempts:1\n")
    yield folder
    embedded_postgres.remove(settings(folder / "home"))


def alone(home: Path, network: str, command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a network namespace of its own, with nothing of this shell's settings."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AIRFLOW", "WAREHOUSE", "HOME_DIR", "SCARF", "GX_"))
        and "proxy" not in name.lower()
    }
    isolated = ["unshare", "--net", "--mount"] + (["--map-root-user"] if os.getuid() else [])
    script = f"set -e\nip link set lo up\n{network}\nmount -t sysfs sysfs /sys\n{command}"
    return subprocess.run(
        [*isolated, "sh", "-c", script],
        env={**clean, "RESOLVER": str(home / "resolv.conf"), "PYTHON": sys.executable},
        cwd=PROJECT, capture_output=True, text=True, timeout=400, check=False,
    )  # fmt: skip


def report(home: Path, week: str) -> str:
    """What `make report` runs."""
    return (
        f'mkdir -p "{home}/home"; "$PYTHON" -m lensan.cli.home --home "{home}/home" report --week {week} '
        f'--landing "{home}/landing"'
    )


def test_a_report_needs_no_network_and_does_not_even_try_to_reach_anybody(home: Path) -> None:
    done = alone(home, WATCHED, f"{report(home, '2021-10-28')}\n{COUNT}")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert (home / "home/reports/week/2021-10-28/bao-cao-tuan-2021-10-28.xlsx").exists()
    assert re.search(r"mail to \S+: sent", done.stdout)
    assert done.stdout.splitlines()[-1] == "0"


def test_the_watch_sees_a_name_looked_up(home: Path) -> None:
    ask = '"$PYTHON" -c "import socket; socket.gethostbyname(\'example.vn\')" || true'
    done = alone(home, WATCHED, f"{ask}\n{COUNT}")
    assert int(done.stdout.splitlines()[-1]) > 0, done.stderr
