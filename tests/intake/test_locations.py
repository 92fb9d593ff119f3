"""Remote locations without servers: URLs, names, mails, contracts, connections, what is remembered."""

from __future__ import annotations

import base64
import io
import json
import threading
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from email.utils import encode_rfc2231
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from loading import SELLER, SELLERS, put, rows
from sqlalchemy import Engine
from taking_in import MOMENT
from task_context import context
from typer.testing import CliRunner

from lensan import warehouse
from lensan.domain import contracts
from lensan.domain.contracts import Contract, Location
from lensan.domain.periods import ICT
from lensan.intake import file_load, landing, locations
from lensan.intake import sweep as sweeping
from lensan.intake.locations import (
    Access,
    Fetched,
    LocationError,
    Remote,
    attachments,
    https,
    imap,
    model,
)
from lensan.intake.locations.model import BadObject, Errand, Unreachable
from lensan.operations import connections, tasks

URL = "sftp://files.example/export"


# ------------------------------------------------------------ the contract's line


def loaded(tmp_path: Path, location: object, **more: object) -> Contract:
    path = tmp_path / "shop.yml"
    spec = {
        "source": "shop",
        "title": "Sàn",
        "kind": "lists",
        "location": location,
        "contact": "ai đó",
        "entities": {},
        **more,
    }
    path.write_text(yaml.safe_dump(spec, allow_unicode=True), "utf-8")
    return contracts.read(path)


def test_a_location_is_a_folder_or_a_url_or_a_list_of_both(tmp_path: Path) -> None:
    one = loaded(tmp_path, "shop")
    assert (one.folders, one.remote) == (("shop",), ())
    both = loaded(
        tmp_path, ["file://shop", URL, {"url": "imaps://mail.example/INBOX", "connection": "box"}]
    )
    assert both.folders == ("shop",)
    assert both.remote == (Location(URL, "shop"), Location("imaps://mail.example/INBOX", "box"))
    assert loaded(tmp_path, URL, connection="platforms").remote == (Location(URL, "platforms"),)


@pytest.mark.parametrize(
    "location",
    [
        "ftp://files.example/export",
        "http://files.example/export/",
        "sftp://user:secret@files.example/export",
        "imaps://mail.example/",
        "https:///orders.csv",
        "/srv/landing",
        "file:///srv/landing",
        "../elsewhere",
        {"url": URL, "password": "secret"},
    ],
)
def test_a_location_that_cannot_be_meant_is_refused(tmp_path: Path, location: object) -> None:
    with pytest.raises(ValueError, match=r"shop\.yml") as refusal:
        loaded(tmp_path, location)
    assert "secret" not in str(refusal.value)


# ------------------------------------------------------------ the connection


def connect(monkeypatch: pytest.MonkeyPatch, name: str, **fields: Any) -> None:
    monkeypatch.setenv(f"AIRFLOW_CONN_{name.upper()}", json.dumps({"conn_type": "ssh", **fields}))


def test_credentials_come_from_the_airflow_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    extra = {"token": "t0ken-long", "host_key": "SHA256:abc", "limit_s": 30, "max_mb": "2"}
    connect(monkeypatch, "shop", host="files.example", login="an", password="bí-mật", extra=extra)
    access = connections.access_of("shop")
    assert (access.host, access.login, access.password) == ("files.example", "an", "bí-mật")
    assert (access.token, access.host_key) == ("t0ken-long", "SHA256:abc")
    assert (access.limit_s, access.max_bytes, access.timeout_s) == (30, 2 << 20, 15)
    assert "bí-mật" not in repr(access) and "t0ken" not in repr(access)


def test_a_source_without_connection_has_no_credentials() -> None:
    assert connections.access_of("nobody_made_this") == Access()


@pytest.mark.parametrize("value", ["soon", -1, 0, "inf", "nan"])
def test_a_limit_that_is_no_number_is_named(monkeypatch: pytest.MonkeyPatch, value: object) -> None:
    connect(monkeypatch, "shop", extra={"limit_s": value})
    with pytest.raises(ValueError, match="limit_s of the Airflow connection 'shop'"):
        connections.access_of("shop")


# ------------------------------------------------------------ URL templates and listings

TEMPLATE = "https://files.example/export/orders-{date}.csv"
TODAY = date(2021, 11, 18)


def urls(*days: int) -> dict[str, str]:
    return {https.on_day(TEMPLATE, date(2021, 11, day)): "etag x" for day in days}


def test_a_template_takes_the_date_in_any_form() -> None:
    assert https.on_day(TEMPLATE, TODAY).endswith("/orders-20211118.csv")
    assert https.on_day("https://h/{date:%d-%m-%Y}?d={date}", TODAY) == (
        "https://h/18-11-2021?d=20211118"
    )


def test_at_first_all_days_of_the_window_are_asked_for() -> None:
    assert https.days_to_ask(TEMPLATE, {}, TODAY, 2) == [date(2021, 11, d) for d in (16, 17, 18)]


def test_then_the_days_since_the_last_one_and_those_that_were_late() -> None:
    known = urls(1, 8, 9, 10, 12, 13, 14, 15)
    asked = https.days_to_ask(TEMPLATE, known, TODAY, 31)
    assert [day.day for day in asked] == [11, 15, 16, 17, 18]


LISTING = """<a href="../">up</a> <A HREF="orders-1.csv">a</A> <a href='b%20c.XLSX#top'>b</a>
<a href="/export/sub/c.ods?sig=1">c</a> <a href="/other/d.csv">d</a> <a href="notes.html">n</a>
<a href="https://elsewhere.example/export/e.csv">e</a> <a href="http://h/export/f.csv">f</a>
<a href="%2e%2e/other/g.csv">g</a> <a href="orders-1.csv">again</a> <a>bare</a>
<a href=".hidden.csv">h</a> <a href="https://h:99999999/x.csv">i</a>"""


def test_a_listing_gives_the_data_files_below_it_and_nothing_else() -> None:
    assert https.links(LISTING, "https://h/export/") == [
        "https://h/export/orders-1.csv",
        "https://h/export/b%20c.XLSX",
        "https://h/export/sub/c.ods?sig=1",
    ]


# ------------------------------------------------------------ names


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        ("/a/../../b.csv", "a/b.csv"),
        ("a\\b\x00\u202e.csv", "a/b.csv"),
        ("Ba\u0301o ca\u0301o.xlsx", "Báo cáo.xlsx"),
        ("///", "unnamed"),
    ],
)
def test_a_name_from_outside_is_made_harmless(given: str, clean: str) -> None:
    assert model.clean_name(given) == clean


def test_a_log_line_names_no_mail_address() -> None:
    outcome = file_load.Outcome(1, "ai.do@example.vn/2021-11-18/a.xlsx", "loaded", rows_read=3)
    assert outcome.said == "…@example.vn/2021-11-18/a.xlsx: loaded, 3 rows"


def response(**headers: str) -> httpx.Response:
    return httpx.Response(200, headers={key.replace("_", "-"): v for key, v in headers.items()})


@pytest.mark.parametrize(
    ("url", "headers", "day", "name"),
    [
        ("https://h/e/b%C3%A1o%20c%C3%A1o.csv", {}, None, "báo cáo.csv"),
        ("https://h/e/2021-11-18.csv", {}, TODAY, "2021-11-18.csv"),
        ("https://h/e/18-11-2021.csv", {}, TODAY, "18-11-2021-20211118.csv"),
        ("https://h/export.php?day=20211118", {}, TODAY, "export-20211118.php"),
        (
            "https://h/export.php?day=20211118",
            {"content_disposition": "attachment; filename*=utf-8''%C4%91%C6%A1n.csv"},
            TODAY,
            "đơn-20211118.csv",
        ),
    ],
)
def test_a_download_is_called_as_it_is_there_with_its_day(
    url: str, headers: dict[str, str], day: date | None, name: str
) -> None:
    assert https._name(url, response(**headers), day) == name


# ------------------------------------------------------------ mails


def mail(**files: bytes) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Phòng VHTT <VHTT.HaLong@Example.VN>"
    message["Date"] = "Thu, 18 Nov 2021 18:30:00 +0000"
    message.set_content("Kính gửi")
    for name, content in files.items():
        message.add_attachment(
            content, maintype="application", subtype="octet-stream", filename=name
        )
    return message


def parsed(message: EmailMessage | bytes) -> Any:
    import email

    return email.message_from_bytes(message if isinstance(message, bytes) else bytes(message))


NAME = "Báo cáo tuần – Hạ Long.xlsx"
HEADERS = {
    "RFC 2231": f"attachment;\n filename*={encode_rfc2231(NAME, 'utf-8')}",
    "RFC 2231 in parts": (
        "attachment;\n filename*0*=utf-8''B%C3%A1o%20c%C3%A1o%20tu%E1%BA%A7n;\n"
        " filename*1*=%20%E2%80%93%20H%E1%BA%A1%20Long.xlsx"
    ),
    "RFC 2047": (
        'attachment;\n filename="=?UTF-8?B?QsOhbyBjw6FvIHR14bqnbiDigJMg?=\n'
        ' =?UTF-8?B?SOG6oSBMb25nLnhsc3g=?="'
    ),
    "bare UTF-8": f'attachment; filename="{NAME}"',
    "decomposed": f'attachment; filename="{NAME.replace("á", "a" + chr(0x301))}"',
}


@pytest.mark.parametrize("how", HEADERS)
def test_a_vietnamese_name_is_read_however_it_is_written(how: str) -> None:
    raw = f"From: a@b.vn\nContent-Type: application/x\nContent-Disposition: {HEADERS[how]}\n\nabc"
    assert imap.attachments(parsed(raw.encode())) == [(NAME, b"abc")]


def test_a_name_may_stand_in_the_type_alone() -> None:
    raw = b'From: a@b.vn\nContent-Type: text/csv; name="=?utf-8?q?b=C3=A1o?=.csv"\n\nabc'
    assert imap.attachments(parsed(raw)) == [("báo.csv", b"abc")]


def test_files_of_a_forwarded_mail_count_too() -> None:
    outer = mail()
    outer.add_attachment(mail(**{"a.xlsx": b"A"}))
    assert imap.attachments(parsed(outer)) == [("a.xlsx", b"A")]


def test_pictures_of_the_signature_and_scans_beside_the_data_are_no_files() -> None:
    message = mail(**{"a.xlsx": b"A", "a.pdf": b"%PDF"})
    message.add_attachment(b"logo", "image", "png", cid="<logo@x>", filename="logo.png")
    message.add_attachment(b"in", "image", "png", disposition="inline", filename="image001.png")
    assert imap.attachments(parsed(message)) == [("a.xlsx", b"A")]


def test_a_scan_alone_is_taken_so_that_its_sender_hears_of_it() -> None:
    assert imap.attachments(parsed(mail(**{"ký.pdf": b"%PDF"}))) == [("ký.pdf", b"%PDF")]


def zipped(password: bool = False, **files: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    packed = bytearray(stream.getvalue())
    if password:
        for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            packed[packed.index(mark) + offset] |= 1
    return bytes(packed)


def test_what_is_packed_or_forwarded_within_is_taken_out() -> None:
    inner = mail(**{"trong.xlsx": b"C"}).as_bytes()
    lists = zipped(**{"Danh sách/hộ.xlsx": b"B", ".DS_Store": b"-", "thư.eml": inner})
    message = mail(**{"a.xlsx": b"A", "danh-sach.zip": lists, "chuyen tiep.eml": inner})
    assert imap.attachments(parsed(message)) == [
        ("a.xlsx", b"A"), ("hộ.xlsx", b"B"), ("trong.xlsx", b"C"), ("trong.xlsx", b"C"),
    ]  # fmt: skip


def test_a_mail_that_was_attached_in_base64_is_opened() -> None:
    inner = base64.encodebytes(mail(**{"a.xlsx": b"A"}).as_bytes()).decode()
    raw = (
        "From: a@b.vn\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=BB\n\n--BB\n"
        'Content-Type: message/rfc822; name="x.eml"\nContent-Transfer-Encoding: base64\n\n'
        f"{inner}\n--BB--\n"
    )
    assert imap.attachments(parsed(raw.encode())) == [("a.xlsx", b"A")]


# K15: what is attached → what is taken out of it.
BOOK = ("bc.xlsx", b"A")
ATTACHED: list[tuple[str, bytes, list[tuple[str, bytes]]]] = [
    ("a.xls", b"B", [("a.xls", b"B")]), ("a.ods", b"B", [("a.ods", b"B")]),
    ("a.csv", b"B", [("a.csv", b"B")]), ("A.XLSX", b"B", [("A.XLSX", b"B")]),
    ("a.xlsm", b"B", [("a.xlsm", b"B")]), ("a.txt", b"B", [("a.txt", b"B")]),
    ("a.jsonl", b"B", [("a.jsonl", b"B")]), ("a.tsv", b"B", [("a.tsv", b"B")]),
    ("a.zip", zipped(**{"b.xlsx": b"B"}), [("b.xlsx", b"B")]),
    ("A.ZIP", zipped(**{"b.xlsx": b"B"}), [("b.xlsx", b"B")]),
    ("a.zip", zipped(**{"x/y/b.xlsx": b"B"}), [("b.xlsx", b"B")]),
    ("a.zip", zipped(**{"b.xlsx": b"B", "c.csv": b"C"}), [("b.xlsx", b"B"), ("c.csv", b"C")]),
    ("a.zip", zipped(**{"b.xlsx": b"B", "__MACOSX/._b.xlsx": b"-"}), [("b.xlsx", b"B")]),
    ("a.zip", zipped(**{"b.xlsx.bak": b"B", "Thumbs.db": b"-", "~$b.xlsx": b"-"}), [("b.xlsx.bak", b"B")]),
    ("a.zip", zipped(**{"b.zip": zipped(**{"c.xlsx": b"C"})}), [("c.xlsx", b"C")]),
    ("a.eml", mail(**{"b.xlsx": b"B"}).as_bytes(), [("b.xlsx", b"B")]),
    ("a.eml", mail(**{"b.zip": zipped(**{"c.xlsx": b"C"})}).as_bytes(), [("c.xlsx", b"C")]),
    ("a.zip", zipped(**{"b.eml": mail(**{"c.xlsx": b"C"}).as_bytes()}), [("c.xlsx", b"C")]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "taken"), ATTACHED)
def test_what_is_attached_is_taken_out_of_whatever_it_is_packed_in(
    name: str, content: bytes, taken: list[tuple[str, bytes]]
) -> None:
    assert imap.attachments(parsed(mail(**{BOOK[0]: BOOK[1], name: content}))) == [BOOK, *taken]


UNOPENED = [
    "a.rar",
    "a.7z",
    "winmail.dat",
    "a.docx",
    "a.xlsb",
    "a",
    "a.tar.gz",
    "a.numbers",
    "a.mdb",
    "a.xlsx.bak",
    "a.xlsx~",
    "a.xlsx.tmp",
    "a.part",
    ".a.xlsx",
]


@pytest.mark.parametrize("name", UNOPENED)
def test_what_nobody_can_open_is_taken_so_that_its_sender_hears_of_it(name: str) -> None:
    message = mail(**{"bc.xlsx": b"A", name: b"?"})
    assert imap.attachments(parsed(message)) == [("bc.xlsx", b"A"), (name, b"?")]


@pytest.mark.parametrize(
    "packed",
    [
        zipped(password=True, **{"a.xlsx": b"A"}),
        zipped(**{"a.xlsx": b"A"})[:-30],
        zipped(**{f"{n}.csv": b"A" for n in range(attachments.MOST_FILES + 1)}),
        b"PK",
    ],
    ids=["password", "cut", "many", "nothing"],
)
def test_a_zip_that_cannot_be_opened_is_taken_as_it_is(packed: bytes) -> None:
    message = mail(**{"bc.xlsx": b"A", "a.zip": packed})
    assert imap.attachments(parsed(message)) == [("bc.xlsx", b"A"), ("a.zip", packed)]


def test_the_sender_is_the_address_in_from_in_small_letters() -> None:
    assert imap.sender_address(parsed(mail())) == "vhtt.halong@example.vn"
    assert imap.sender_address(parsed(b"Subject: x\n\n")) == ""


@pytest.mark.parametrize(
    ("name", "quoted"), [("INBOX", '"INBOX"'), ("Thư & tệp", '"Th&AbA- &- t&Hsc-p"')]
)
def test_a_mailbox_may_have_a_vietnamese_name(name: str, quoted: str) -> None:
    assert imap._mailbox_name(name) == quoted


# ------------------------------------------------------------ tries, limits, what is remembered

Protocol = Callable[[Errand], None]


@pytest.fixture
def sweep(
    tmp_path: Path, warehouse_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., list[file_load.Outcome]]:
    """Sweeps ``postmart`` with protocols by host in place of servers."""

    def run(
        protocols: dict[str, Protocol], *, access: Access | None = None, folder: Path | None = None
    ) -> list[file_load.Outcome]:
        monkeypatch.setattr(
            locations, "_protocol", lambda url: protocols[url.split("/")[2].split(".")[0]]
        )
        remote = Remote(
            "postmart",
            [Location(f"sftp://{name}.example/x", "postmart") for name in protocols],
            lambda name: access or Access(),
            tmp_path / "raw",
            moment=MOMENT,
            sleep=pauses.append,
        )
        contract = contracts.contract("postmart")
        return sweeping.sweep(
            warehouse_engine,
            contract,
            folder or tmp_path / "none",
            tmp_path / "raw",
            moment=MOMENT,
            remote=remote,
            progress=lambda text: None,
        )

    pauses: list[float] = []
    run.pauses = pauses  # type: ignore[attr-defined]
    return run


def gives(name: str, content: str = SELLERS + SELLER, size: int | None = None) -> Protocol:
    def protocol(errand: Errand) -> None:
        url = f"sftp://{errand.host}/{name}"
        if url in errand.known:
            return
        with errand.fetching(url):
            kept = errand.keep([content.encode()], size)
            errand.got(Fetched(url, "v1", errand.arrival(name, kept, MOMENT)))

    return protocol


def fails(error: Exception) -> Protocol:
    def protocol(errand: Errand) -> None:
        raise error

    return protocol


def stored(raw: Path) -> list[Path]:
    return [path for path in raw.rglob("*") if path.is_file()]


def test_what_is_down_is_tried_after_growing_pauses_and_told_after_the_rest_was_loaded(
    sweep: Any, warehouse_engine: Engine, tmp_path: Path
) -> None:
    root = put(tmp_path / "landing", {"b_20211110.csv": SELLERS + SELLER.replace("GH1", "GH2")})
    with pytest.raises(LocationError, match=r"(?s)sftp://down.*Connection.*Ask its owner"):
        sweep(
            {"down": fails(Unreachable("ConnectionRefusedError")), "up": gives("a_20211110.csv")},
            folder=root,
        )
    assert sweep.pauses == [1, 4, 16]
    assert len(rows(warehouse_engine, "select * from core.stall")) == 2


def test_one_bad_object_stops_no_other(sweep: Any, warehouse_engine: Engine) -> None:
    def protocol(errand: Errand) -> None:
        with errand.fetching("sftp://up/bad.csv"):
            raise BadObject("may not be read")
        gives("a_20211110.csv")(errand)

    with pytest.raises(LocationError, match=r"sftp://up/bad\.csv: may not be read"):
        sweep({"up": protocol})
    assert len(rows(warehouse_engine, "select * from core.stall")) == 1
    assert sweep.pauses == []


def test_a_mail_built_to_break_its_reader_keeps_no_other_out(
    sweep: Any, warehouse_engine: Engine
) -> None:
    def protocol(errand: Errand) -> None:
        with errand.fetching("imaps://up/INBOX;UIDVALIDITY=1/;UID=1"):
            raise RecursionError("bí-mật")
        gives("a_20211110.csv")(errand)

    with pytest.raises(LocationError, match=r"UID=1: unexpected RecursionError") as error:
        sweep({"up": protocol})
    assert "bí-mật" not in str(error.value)
    assert len(rows(warehouse_engine, "select * from core.stall")) == 1


def test_a_wrong_clock_makes_no_export_of_the_future(tmp_path: Path) -> None:
    errand = Errand(Location(URL, "x"), Access(), tmp_path, moment=MOMENT, known={}, senders={})
    ahead = errand.arrival("a.csv", ("0" * 64, 1), MOMENT + timedelta(days=9))
    assert ahead.export_date == MOMENT.date()
    night = datetime(2021, 11, 17, 20, tzinfo=UTC)  # 03:00 on the 18th
    assert errand.arrival("a.csv", ("0" * 64, 1), night).export_date == date(2021, 11, 18)
    assert errand.arrival("a-20211101.csv", ("0" * 64, 1), night).export_date == date(2021, 11, 1)


def test_a_server_that_drips_for_ever_delays_nobody(
    sweep: Any, warehouse_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locations, "GRACE_S", 0.1)
    never = threading.Event()
    started = time.monotonic()
    with pytest.raises(LocationError, match=r"not finished within 0\.3 s"):
        sweep(
            {"slow": lambda errand: never.wait(60) and None, "up": gives("a.csv")},
            access=Access(limit_s=0.3),
        )
    assert time.monotonic() - started < 20
    never.set()
    assert len(rows(warehouse_engine, "select * from core.stall")) == 1


def test_no_try_begins_that_cannot_end_in_time(sweep: Any) -> None:
    with pytest.raises(LocationError, match="tries: 2"):
        sweep({"down": fails(Unreachable("x"))}, access=Access(limit_s=3))
    assert sweep.pauses == [1]


def test_too_few_or_too_many_bytes_are_never_stored(sweep: Any, tmp_path: Path) -> None:
    with pytest.raises(LocationError, match="bytes came"):
        sweep({"short": gives("a.csv", size=10_000)})
    with pytest.raises(LocationError, match=r"larger than 0 MB.*max_mb"):
        sweep({"long": gives("a.csv")}, access=Access(max_bytes=50))
    assert stored(tmp_path / "raw") == []


def test_credentials_are_sent_to_the_connections_host_alone(sweep: Any) -> None:
    with pytest.raises(LocationError, match=r"is for the host bank\.example"):
        sweep({"evil": gives("a.csv")}, access=Access(host="bank.example", password="bí-mật"))


def test_a_fault_of_ours_is_told_by_its_type_alone(sweep: Any) -> None:
    with pytest.raises(LocationError, match="unexpected KeyError") as error:
        sweep({"up": fails(KeyError("bí-mật"))})
    assert "bí-mật" not in str(error.value)


def test_a_sweep_killed_before_registering_fetches_again_and_after_it_only_loads(
    sweep: Any, warehouse_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def protocol(errand: Errand) -> None:
        if f"sftp://{errand.host}/a.csv" not in errand.known:
            asked.append("a.csv")
        gives("a.csv")(errand)

    class Killed(BaseException):
        pass

    def dies(*args: object, **more: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(locations, "remember", dies)
        with pytest.raises(Killed):
            sweep({"up": protocol})
    assert rows(warehouse_engine, "select * from ops.source_file") == []
    with monkeypatch.context() as patch:
        patch.setattr(file_load, "load", dies)
        with pytest.raises(Killed):
            sweep({"up": protocol})
    assert asked == ["a.csv", "a.csv"]
    assert [outcome.status for outcome in sweep({"up": protocol})] == ["loaded"]
    assert sweep({"up": protocol}) == []
    assert asked == ["a.csv", "a.csv"]


def test_a_version_that_comes_back_is_the_last_one_again(warehouse_engine: Engine) -> None:
    moment = MOMENT
    for version in ("v1", "v2", "v1"):
        moment += timedelta(hours=1)
        with warehouse_engine.begin() as connection:
            locations.remember(connection, "postmart", [Fetched(URL, version)], moment=moment)
    with warehouse_engine.begin() as connection:
        known = warehouse.rows(connection, "intake/locations/known", source="postmart")
    assert known == [{"url": URL, "validator": "v1"}]


def test_two_sweeps_of_a_source_at_once_fetch_a_thing_once(
    tmp_path: Path, warehouse_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[str] = []

    def protocol(errand: Errand) -> None:
        if "sftp://up/a.csv" in errand.known:
            return
        time.sleep(0.3)
        fetched.append("a.csv")
        kept = errand.keep([(SELLERS + SELLER).encode()], None)
        errand.got(Fetched("sftp://up/a.csv", "v", errand.arrival("a.csv", kept, MOMENT)))

    monkeypatch.setattr(locations, "_protocol", lambda url: protocol)

    def run() -> None:
        remote = Remote(
            "postmart",
            [Location("sftp://up/", "x")],
            lambda name: Access(),
            tmp_path / "raw",
            moment=MOMENT,
        )
        sweeping.sweep(
            warehouse_engine,
            contracts.contract("postmart"),
            [],
            tmp_path / "raw",
            moment=MOMENT,
            remote=remote,
        )

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert fetched == ["a.csv"]


def test_bytes_that_stop_coming_leave_nothing_behind(tmp_path: Path) -> None:
    def breaks() -> Any:
        yield b"a"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        landing.keep(breaks(), tmp_path)
    assert stored(tmp_path) == []


# ------------------------------------------------------------ the run


def test_a_run_that_names_a_landing_root_asks_no_server(
    tmp_path: Path, warehouse_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    contract = contracts.contract("postmart").model_copy(
        update={"places": (contracts.SourcePlace(url="postmart"), contracts.SourcePlace(url=URL))}
    )
    monkeypatch.setattr(contracts, "contract", lambda source: contract)
    monkeypatch.setattr(connections, "warehouse_engine", lambda: warehouse_engine)
    monkeypatch.setattr(connections, "access_of", lambda name: asked.append(name) or Access())
    monkeypatch.setattr(locations, "_protocol", lambda url: gives("a.csv"))
    monkeypatch.setenv("HOME_DIR", str(tmp_path / "home"))
    root = put(tmp_path / "landing", {"postmart/b.csv": SELLERS + SELLER})
    assert tasks.sweep("postmart", context(landing=str(root))) == {"loaded": 1}
    assert asked == []
    assert tasks.sweep("postmart", context(landing=None)) == {"duplicate": 1}
    assert asked == ["postmart"]


# ------------------------------------------------------------ whose an address is


def test_an_address_is_of_a_unit_or_an_enterprise(warehouse_engine: Engine) -> None:
    moment = datetime(2021, 11, 1, tzinfo=ICT)
    add = locations.add_address
    assert add(warehouse_engine, " VHTT@example.vn", "ha-long", moment=moment) == "193"
    assert add(warehouse_engine, "b@example.vn", "Thành phố Móng Cái", moment=moment) == "194"
    assert add(warehouse_engine, "c@example.vn", "buu-dien-tinh", moment=moment) == "buu-dien-tinh"
    assert add(warehouse_engine, "vhtt@example.vn", "195", moment=moment) == "195"
    assert [(row["address"], row["name"]) for row in locations.addresses(warehouse_engine)] == [
        ("b@example.vn", "TP Móng Cái"),
        ("vhtt@example.vn", "TP Cẩm Phả"),
        ("c@example.vn", "Bưu điện tỉnh Quảng Ninh"),
    ]
    assert locations.remove_address(warehouse_engine, "VHTT@example.vn")
    assert not locations.remove_address(warehouse_engine, "vhtt@example.vn")
    for address, sender in (("vhtt", "ha-long"), ("a@b.vn", "Hà Nội")):
        with pytest.raises(ValueError, match="is no"):
            add(warehouse_engine, address, sender, moment=moment)


def test_the_command_line_lists_adds_and_removes_addresses(
    warehouse_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lensan.cli import app

    url = warehouse_engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("WAREHOUSE_URL", url)

    def call(*words: str) -> Any:
        return CliRunner().invoke(app, ["addresses", *words])

    assert "no addresses yet" in call("list").output
    ward = json.loads(call("add", "phuong@example.vn", "ha-long", "--json").output)
    assert [row["sender"] for row in ward] == ["06688"]  # an address book is of today
    assert call("remove", "phuong@example.vn").exit_code == 0
    city = json.loads(call("add", "vhtt@example.vn", "Thành phố Hạ Long", "--json").output)
    assert [row["sender"] for row in city] == ["193"]
    assert call("add", "vhtt@example.vn", "Hà Nội").exit_code == 2
    assert "TP Hạ Long" in call("list").output
    assert json.loads(call("remove", "vhtt@example.vn", "--json").output) == []
    assert call("remove", "vhtt@example.vn").exit_code == 2
