"""The command line: every command explains itself, answers in JSON, and says the next step."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import certificates
import messages
import pytest
from command_line import COMMANDS
from sqlalchemy import Engine
from taking_in import MOMENT
from typer.testing import CliRunner, Result

from lensan.cli import app
from lensan.domain import periods, report_forms
from lensan.reports import publishing

WEEK = "2021-12-09"
PHONE = "PHONE"
"""Stands for the phone of some stall."""
EMPTY = (
    "recipients", "alarms", "deliver", "addresses", "notices", ("forget", "--list"), ("forget", "--scans"),
    ("adhoc", "list"),
    ("difficulties", "list"), ("forecast", "alerts"), ("signature", "roots"),
)  # fmt: skip


@pytest.fixture(scope="module")
def lensan(
    sample_warehouse: Engine,
    copy_warehouse: Callable[[Engine], Engine],
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., Result]:
    """Runs a command on a copy of the sample warehouse with one week published."""
    engine = copy_warehouse(sample_warehouse)
    home = tmp_path_factory.mktemp("home")
    week = periods.parse("week", WEEK)
    publishing.freeze(engine, week, home / "reports", moment=MOMENT)
    environment = {
        "WAREHOUSE_URL": engine.url.render_as_string(hide_password=False),
        "HOME_DIR": str(home),
    }

    with engine.connect() as connection:
        phone = connection.exec_driver_sql("select min(phone) from core.stall").scalar_one()

    def run(*arguments: str) -> Result:
        given = [phone if each == PHONE else each for each in arguments]
        return CliRunner().invoke(app, given, env=environment)

    return run


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help_with_an_example_and_json(command: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, [*command, "--help"])
    assert result.exit_code == 0
    assert "Example" in result.output
    assert f"lensan {' '.join(command)}" in " ".join(result.output.split("Example", 1)[1].split())
    assert "--json" in result.output


@pytest.mark.parametrize(
    "arguments",
    [
        ("status",),
        ("quarantine", "list", "--all"),
        ("units", "--week", WEEK),
        ("report", "show", "week", WEEK, "--unit", "all"),
        ("report", "show", "month", "2021-11", "--as-known-at", "2021-12-31T00:00+07:00"),
        ("trace", "week", WEEK, "II.3", "--unit", "193"),
        ("trace", "month", "2021-11", "III.2", "--now"),
        ("pace", "week", WEEK, "--unit", "all"),
        ("pace", "week", WEEK, "--now", "--unit", "ha-long"),
        ("duties", "list", "--at", "2021-12-09T13:00+07:00"),
        ("duties", "plan"),
        ("duties", "remind"),
        ("worklist", "count", "--at", "2021-12-09T13:00+07:00"),
        ("worklist", "list", "--unit", "193", "--at", "2021-12-09T13:00+07:00"),
        ("difficulties", "list"),
        ("adhoc", "list"),
        ("signature", "roots"),
        ("form-link", WEEK),
        ("recipients",),
        ("alarms", "list"),
        ("deliver", "list", "week", WEEK),
        ("addresses", "list"),
        ("duplicates", "list"),
        ("files",),
        ("figures", "week", WEEK),
        ("forecast",),
        ("forecast", "alerts"),
        ("forecast", "backtest"),
        ("forecast", "effect"),
        ("notices", "list"),
        ("forget", "--list"),
        ("forget", "--scans"),
        ("forget", "--phone", PHONE),
    ],
    ids=" ".join,
)
def test_an_answer_in_json_is_a_list_of_rows(
    lensan: Callable[..., Result], arguments: tuple[str, ...]
) -> None:
    result = lensan(*arguments, "--json")
    assert result.exit_code == 0, result.output
    rows = json.loads(result.stdout)
    assert isinstance(rows, list)
    assert rows or arguments[0] in EMPTY or arguments in EMPTY
    if arguments[0] == "duplicates":
        return  # shown side by side, not as a table
    known = {message.id for message in messages.catalog() if message.context == "column"}
    assert {name for row in rows for name in row} - known == set()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("report", "show", "week", "2021-11-18"), "lensan report publish week 2021-11-18"),
        (("report", "show", "week", "2021-11-19"), "2021-11-18 or 2021-11-25"),
        (("report", "show", "fortnight", "2021-11-18"), "'week' or 'month'"),
        (("report", "show", "week", WEEK, "--as-known-at", "2021-12-01T00:00"), "has no offset"),
        (("report", "diff", "week", "2021-11-18"), "has not been published"),
        (("report", "correct", "week", WEEK, "--reason", "x"), "--even-if-same"),
        (("trace", "week", WEEK, "IX"), "has no indicator"),
        (
            ("trace", "week", WEEK, "II.3", "--unit", "1"),
            "193 Hạ Long, 194 Móng Cái",
        ),
        (("trace", "week", WEEK, "II.3", "--now", "--revision", "0"), "exclude each other"),
        (("quarantine", "show", "99999"), "lensan quarantine list --all"),
        (("units",), "one of them"),
        (("deliver", "resend", "week", WEEK, "nobody@example.vn"), "lensan deliver list"),
        (("deliver", "confirm", "week", "2021-11-18", "a@example.vn"), "has not been published"),
        (("alarms", "ack", "nothing", "--by", "A"), "lensan alarms list"),
        (("recipients", "--add", "nobody"), "nobody"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_wrong_command_ends_with_an_error_that_says_what_to_do(
    lensan: Callable[..., Result], arguments: tuple[str, ...], said: str
) -> None:
    result = lensan(*arguments)
    assert result.exit_code != 0
    assert said in " ".join(result.output.split())


@pytest.mark.parametrize("unit", ["193", "ha-long", "TP Hạ Long"])
def test_a_unit_is_given_by_its_code_or_its_name(lensan: Callable[..., Result], unit: str) -> None:
    files = json.loads(lensan("files", "--unit", unit, "--json").stdout)
    assert {file["unit_code"] for file in files} == {"193"}


def test_a_list_that_is_cut_says_so(lensan: Callable[..., Result]) -> None:
    cut, whole = lensan("files", "--limit", "3"), lensan("files", "--limit", "5000")
    assert len(cut.stdout.splitlines()) == 1 + 3
    assert "only the first 3 are shown; for more: --limit 30" in cut.stderr
    assert "are shown" not in whole.stderr
    assert len(json.loads(lensan("files", "--limit", "3", "--json").stdout)) == 3


def test_an_entry_is_shown_with_its_whole_row(lensan: Callable[..., Result]) -> None:
    first = json.loads(lensan("quarantine", "list", "--json").stdout)[0]
    (shown,) = json.loads(
        lensan("quarantine", "show", str(first["quarantine_id"]), "--json").stdout
    )
    assert shown["message"] == first["message"]
    assert first["value"] in [str(value) for value in shown["row"].values()]


def test_quarantine_and_traces_are_written_as_csv(
    lensan: Callable[..., Result], tmp_path: Path
) -> None:
    listed = json.loads(lensan("quarantine", "list", "--json").stdout)
    assert lensan("quarantine", "export", str(tmp_path / "held.csv")).exit_code == 0
    with (tmp_path / "held.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert len(list(csv.DictReader(stream))) == len(listed)
    out = tmp_path / "trace.csv", tmp_path / "trace.xlsx"
    result = lensan(
        "trace", "week", WEEK, "III.2", "--csv", str(out[0]), "--workbook", str(out[1]), "--json"
    )
    assert result.exit_code == 0
    with out[0].open(encoding="utf-8-sig", newline="") as stream:
        assert len(list(csv.DictReader(stream))) == len(json.loads(result.stdout))
    assert out[1].read_bytes().startswith(b"PK")


def test_a_forced_correction_is_the_next_revision_and_its_files_can_be_had(
    lensan: Callable[..., Result], tmp_path: Path
) -> None:
    result = lensan(
        "report", "correct", "week", WEEK, "--reason", "signature", "--even-if-same", "--json"
    )
    assert {row["revision"] for row in json.loads(result.stdout)} == {1}
    result = lensan("report", "show", "week", WEEK, "--out", str(tmp_path / "then"))
    assert sorted(path.name for path in (tmp_path / "then").iterdir()) == [
        f"bao-cao-tuan-{WEEK}-dc1.pdf",
        f"bao-cao-tuan-{WEEK}-dc1.xlsx",
        "figures-dc1.json",
    ]
    assert (
        json.loads(lensan("report", "diff", "week", WEEK, "--between", "0", "1", "--json").stdout)
        == []
    )


def test_a_trace_without_an_indicator_says_what_can_be_traced(
    lensan: Callable[..., Result],
) -> None:
    found = json.loads(lensan("trace", "week", WEEK, "--json").stdout)
    assert [row["indicator"] for row in found] == list(report_forms.form("week").indicator_codes)
    said = lensan("trace", "week", WEEK).stdout
    assert f"lensan trace week {WEEK} {found[0]['indicator']} [--unit UNIT]" in said
    assert "193 Hạ Long" in said


def test_a_trace_of_a_target_shows_figure_and_base(lensan: Callable[..., Result]) -> None:
    said = lensan("trace", "week", WEEK, "II.3").stdout
    assert "Lũy kế: " in said and "; Số liệu nền: " in said and ", hoàn thành " in said


def one_sentence(result: Result) -> str:
    """What is said on standard error, where a command ends by itself and not in a traceback."""
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    (said,) = result.stderr.splitlines()
    assert "Next step: " in said
    return said


@pytest.mark.parametrize(
    "arguments",
    [
        ("watchdog",),
        ("release", "week", WEEK, "--by", "A"),
        ("deliver", "list", "week", WEEK),
        ("deliver", "resend", "week", WEEK, "a@example.vn"),
        ("reminders", "--send"),
        ("report", "show", "week", WEEK),
        ("status",),
    ],
    ids=" ".join,
)
def test_a_warehouse_that_is_down_is_one_sentence(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    environment = {
        "WAREHOUSE_URL": "postgresql://lensan:secret@127.0.0.1:1/warehouse",
        "AIRFLOW_CONN_SMTP_DEFAULT": "smtp://127.0.0.1:1",
        "HOME_DIR": str(tmp_path),
    }
    said = one_sentence(CliRunner().invoke(app, arguments, env=environment))
    assert said.startswith("the warehouse does not answer: ")
    assert "lensan doctor" in said
    assert "secret" not in said


def test_a_server_of_the_home_that_cannot_start_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "postgres.json").write_text('{"password": "x"}')  # a home that was set up
    environment = {
        "WAREHOUSE_URL": None,
        "AIRFLOW_CONN_SMTP_DEFAULT": "smtp://127.0.0.1:1",
        "HOME_DIR": str(tmp_path),
        "LENSAN_POSTGRES_BIN": str(tmp_path),
    }
    for command in ("status", "watchdog"):
        said = one_sentence(CliRunner().invoke(app, [command], env=environment))
        assert "holds no PostgreSQL" in said


@pytest.mark.parametrize(
    ("metadata", "why"),
    [
        ("sqlite:///{}/airflow.db", "there is no connection smtp_default"),
        ("postgresql://lensan:secret@127.0.0.1:1/airflow", "Airflow's database does not answer"),
    ],
    ids=["none is set", "Airflow's database is down"],
)
@pytest.mark.parametrize(
    "arguments",
    [("watchdog",), ("release", "week", WEEK, "--by", "A")],
    ids=" ".join,
)
def test_without_a_mail_server_what_would_mail_ends_in_one_sentence(
    lensan: Callable[..., Result],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: tuple[str, ...],
    metadata: str,
    why: str,
) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_SMTP_DEFAULT", raising=False)
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", metadata.format(tmp_path))
    said = one_sentence(lensan(*arguments))
    assert said.startswith("no mail can go out: ")
    assert why in said
    assert "smtp_default" in said
    assert "secret" not in said


def test_the_covering_report_is_written_and_each_number_in_it_named(
    lensan: Callable[..., Result], tmp_path: Path
) -> None:
    written = lensan("report", "covering", "week", WEEK, "--out", str(tmp_path), "--json")
    assert written.exit_code == 0, written.output
    (row,) = json.loads(written.stdout)
    assert Path(row["file"]).read_bytes().startswith(b"PK")
    numbers = lensan(
        "report", "covering", "week", WEEK, "--out", str(tmp_path), "--numbers", "--json"
    )
    rows = json.loads(numbers.stdout)
    assert len(rows) > 60
    assert rows[0]["trace"].startswith(f"lensan trace week {WEEK} I")


def test_a_report_is_signed_and_taken_back_by_command(
    lensan: Callable[..., Result], tmp_path: Path
) -> None:
    root = certificates.made("Tổ chức chứng thực", days=9000)
    officer = certificates.made("Giám đốc", root, days=9000)
    (tmp_path / "ca.pem").write_bytes(root.pem)
    key = officer.pkcs12(tmp_path / "o.p12", root)
    arguments = ("signature", "sign", "week", WEEK, "--with", str(key), "--out", str(tmp_path))
    refused = lensan(*arguments, "--password", certificates.PASSWORD)
    assert refused.exit_code == 1 and "no trusted one" in " ".join(refused.output.split())
    assert lensan("signature", "trust", str(tmp_path / "ca.pem")).exit_code == 0
    signed = lensan(*arguments, "--password", certificates.PASSWORD, "--json")
    assert signed.exit_code == 0, signed.output
    (row,) = json.loads(signed.stdout)
    assert row["signer"] == "Giám đốc"
    taken = lensan("signature", "take", "week", WEEK, row["file"], "--json")
    assert json.loads(taken.stdout)[0]["new"] is False
    wrong = lensan(*arguments, "--password", "khac")
    assert wrong.exit_code == 1 and "cannot be used" in wrong.output
    both = lensan(*arguments, "--token", "X", "--password", "x")
    assert both.exit_code == 1 and "either --with FILE" in both.output
    token = ("--token", "X", "--module", str(tmp_path / "none.so"), "--password", "x")
    unusable = lensan(*arguments[:4], "--out", str(tmp_path), *token)
    assert unusable.exit_code == 1 and "X cannot be used" in unusable.output
    (trusted,) = json.loads(lensan("signature", "roots", "--json").stdout)
    assert lensan("signature", "distrust", trusted["sha256"]).exit_code == 0
