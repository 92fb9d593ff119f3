"""The operators' handbook, word for word: every command block of docs/van-hanh.md in order, on an empty
home, as a new user would. About two minutes on a quiet machine.

A block that needs the network or Docker says so in a comment before it; which ones may is a list here.
A comment ``sự cố`` names an accident that the test makes before the block.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import personal_data
import pytest

from lensan import warehouse
from lensan.domain.settings import PROJECT, settings
from lensan.operations.running import embedded_postgres, processes

pytestmark = pytest.mark.system
HANDBOOK = PROJECT / "docs" / "van-hanh.md"
NOT_RUN = {
    'git clone "$KHO_MA" lensan',
    "docker compose up -d --build",
    "export AIRFLOW_CONN_SMTP_DEFAULT=",
    "git pull --rebase",
}
"""A line of each block that is not run, and no other: they need the network, Docker, a mail server."""
_PART = re.compile(
    r"^<!-- (?P<note>[^\n]*?) -->\n|^```(?P<kind>\w+)\n(?P<body>.*?)^```\n|^#+ (?P<head>[^\n]+)\n",
    re.M | re.S,
)


@dataclass
class Block:
    """Commands with the line they stand on, the comment before them and what one sees after them."""

    section: str
    script: str
    note: str = ""
    expected: str = ""

    @property
    def is_run(self) -> bool:
        return not self.note.startswith("không chạy")


def blocks(text: str) -> list[Block]:
    found: list[Block] = []
    note = section = ""
    for part in _PART.finditer(text):
        if part["head"]:
            section = part["head"]
        elif part["note"]:
            note = part["note"]
            continue
        elif part["kind"] == "sh":
            found.append(Block(section, part["body"], note))
        elif part["kind"] == "crontab":
            jobs = [re.sub(r"^(@\w+|(\S+\s+){5})\s*", "", job) for job in part["body"].splitlines()]
            found += [Block(section, job + "\n", note) for job in jobs]
        elif part["kind"] == "text":
            assert not found[-1].expected, f"{section}: two outputs for one block"
            found[-1].expected = part["body"]
        elif part["kind"] not in ("ini", "csv"):  # what a file holds
            raise AssertionError(f"{section}: a block of kind {part['kind']}")
        note = ""
    return found


def shows(output: str, expected: str) -> str | None:
    """The first expected line that the output has not, in order; ``…`` stands for anything."""
    lines = iter(output.splitlines())
    for wanted in expected.splitlines():
        pattern = ".*".join(re.escape(part.strip()) for part in wanted.split("…"))
        if not any(re.search(pattern, line) for line in lines):
            return wanted
    return None


class NewUser:
    """An account of its own with the project in ~/lensan, and a shell that remembers its variables."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.env = {
            "HOME": str(home),
            "USER": "truc",
            "LOGNAME": "truc",
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            # The copy, and not the tree that the environment was made for.
            "PYTHONPATH": str(home / "lensan" / "plugins"),
        }
        self.folder = str(home)
        clone = home / "lensan"
        for name in ("dags", "plugins", "include", "docs", "deploy"):
            shutil.copytree(
                PROJECT / name, clone / name, ignore=shutil.ignore_patterns("__pycache__")
            )
        for path in PROJECT.iterdir():
            if path.is_file() and path.name != ".git":
                shutil.copy2(path, clone / path.name)
        (clone / ".venv").symlink_to(PROJECT / ".venv")

    @property
    def data(self) -> Path:
        return self.home / "lensan-du-lieu"

    def run(self, script: str) -> tuple[int, str]:
        state = self.home / ".state"
        done = subprocess.run(
            ["sh", "-aeu", "-c", f'{script}\nenv -0 > "{state}"\n'],
            cwd=self.folder, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL, text=True, timeout=600, check=False,
        )  # fmt: skip
        if done.returncode == 0:
            # Variables of a block are remembered, as by a shell (-a exports them).
            self.env = dict(
                each.split("=", 1) for each in state.read_text().split("\0") if "=" in each
            )
            self.folder = self.env["PWD"]
        return done.returncode, done.stdout

    def clean_up(self) -> None:
        for home in (self.data, self.home / "nha-moi"):
            if home.exists():
                processes_of = [sys_python(), "-m", "lensan.cli.home", "--home", str(home), "stop"]
                subprocess.run(
                    processes_of, env=self.env, cwd=PROJECT, capture_output=True, check=False
                )
                embedded_postgres.remove(settings(home))


def sys_python() -> str:
    return str(PROJECT / ".venv" / "bin" / "python")


@pytest.fixture
def user(tmp_path: Path) -> Iterator[NewUser]:
    user = NewUser(tmp_path)
    yield user
    user.clean_up()


def unknown(user: NewUser) -> None:
    """The connection broke while the chief's mail was sent."""
    engine = warehouse.connect(embedded_postgres.start(settings(user.data)).url("warehouse"))
    with engine.begin() as connection:
        changed = connection.exec_driver_sql(
            "update ops.delivery set state = 'unknown' where recipient = 'lanh-dao@example.vn'"
        )
        assert changed.rowcount == 1
    engine.dispose()


def scheduler(user: NewUser) -> None:
    """The scheduler is killed."""
    record = processes.kept(settings(user.data), "scheduler")
    assert processes.is_running(record)
    os.kill(record["pid"], signal.SIGKILL)
    end = time.monotonic() + 20
    while processes.is_running(record) and time.monotonic() < end:
        time.sleep(0.1)


ACCIDENTS = {"unknown": unknown, "scheduler": scheduler}


def test_a_new_user_gets_by_with_the_handbook_alone(user: NewUser) -> None:
    for block in blocks(HANDBOOK.read_text(encoding="utf-8")):
        if not block.is_run:
            continue
        if block.note.startswith("sự cố: "):
            ACCIDENTS[block.note.removeprefix("sự cố: ")](user)
        started = time.monotonic()
        status, output = user.run(block.script)
        told = f"{block.section}\n$ {block.script}\n{output}"
        print(f"--- {told}\n({time.monotonic() - started:.1f} s, {status})", flush=True)
        assert status == 0, told
        missing = shows(output, block.expected)
        assert missing is None, f"not shown: {missing}\n{told}"
    acts = {act["action"] for act in json.loads(user.run("lensan audit list --json")[1])}
    assert {
        "recipient.add",
        "report.release",
        "report.correct",
        "delivery.confirm",
        "delivery.resend",
        "duplicates.decide",
        "person.forget",
        "targets.change",
    } <= acts
    no_number_of_a_person_is_left_about(user)


def no_number_of_a_person_is_left_about(user: NewUser) -> None:
    """Not in logs, XCom, mails, Data Docs, reports or exports of all that the handbook did."""
    home = settings(user.data)
    server = embedded_postgres.start(home)
    engines = [warehouse.connect(server.url(name)) for name in ("warehouse", "airflow")]
    needles = personal_data.numbers(engines[0])
    assert len(needles) > 200
    raw = "".join(p.read_text("utf-8", "replace") for p in home.raw_store.rglob("*") if p.is_file())
    assert len(personal_data.borne(raw, needles)) > 100, "the search would find them"
    places = [*personal_data.files(home), *personal_data.xcom(engines[1])]
    for engine in engines:
        engine.dispose()
    names = " ".join(name for name, _ in places)
    for expected in ("logs/", "mail ", ".xlsx", ".pdf", "reports/data", "airflow.xcom"):
        assert expected in names
    assert any(text for name, text in places if name == "airflow.xcom")
    found = {name: len(numbers) for name, text in places
             if (numbers := personal_data.borne(text, needles))}  # fmt: skip
    assert found == {}


def test_only_what_needs_a_server_is_not_run() -> None:
    left_out = [each for each in blocks(HANDBOOK.read_text(encoding="utf-8")) if not each.is_run]
    for block in left_out:
        assert sum(line in block.script for line in NOT_RUN) == 1, block.script
        assert "cần" in block.note
    assert len(left_out) == len(NOT_RUN)


def test_the_handbooks_mail_server_is_read_as_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    from lensan.operations import connections

    found = re.search(
        r"^export AIRFLOW_CONN_SMTP_DEFAULT='(.+)'$", HANDBOOK.read_text("utf-8"), re.M
    )
    assert found
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", found[1])
    server = connections.smtp_server()
    assert (server.host, server.port, server.starttls, server.use_ssl) == (
        "thu.example.vn",
        587,
        True,
        False,
    )
    assert (server.login, server.sender) == ("bao-cao@example.vn", "bao-cao@example.vn")


def test_every_command_of_the_handbook_stands_in_a_block() -> None:
    """What the prose calls by name exists: a command of lensan or a target of make."""
    text = HANDBOOK.read_text(encoding="utf-8")
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    prose = re.sub(r"^```.*?^```\n", "", text, flags=re.M | re.S)
    run = "\n".join(block.script for block in blocks(text))
    named = set(re.findall(r"`(lensan [a-z]+(?: [a-z]+)?|make [a-z]+)", prose))
    assert len(named) > 10
    for command in named:
        tool, *words = command.split()
        if tool == "make":
            assert re.search(rf"^{words[0]}:", makefile, re.M), command
        elif (
            command != "lensan alarms ack"
        ):  # it needs an alarm; tests/operations/test_obligations.py has one
            assert re.search(rf"\blensan {words[0]}\b", run), command
