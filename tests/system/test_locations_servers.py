"""Locations against real servers: OpenSSH, HTTPS with an authority of its own, Dovecot, PostgreSQL."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import cutting_proxy
import https_server
import imap_server
import pytest
import sftp_server
from https_server import HttpsServer
from imap_server import ImapServer
from loading import SELLER, SELLERS, form, rows, workbook
from sftp_server import SftpServer
from sqlalchemy import Engine
from taking_in import MOMENT

from lensan.domain import contracts
from lensan.domain.contracts import Location
from lensan.domain.periods import ICT
from lensan.intake import file_load, locations
from lensan.intake import sweep as sweeping
from lensan.intake.locations import Access, LocationError, Remote

pytestmark = pytest.mark.system

SECRET = "kh0ng-được-lộ"


class Sweeper:
    """Sweeps one source again and again, an hour apart; ``pauses``: what it would have slept."""

    def __init__(self, engine: Engine, home: Path, source: str) -> None:
        self.engine = engine
        self.raw = home / "raw"
        self.landing = home / "landing"
        self.contract = contracts.contract(source)
        self.moment = MOMENT
        self.pauses: list[float] = []
        self.before_pause: Callable[[], None] = lambda: None

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.before_pause()

    def __call__(self, *places: tuple[str, Access]) -> list[file_load.Outcome]:
        access = dict(places)
        remote = Remote(
            self.contract.source,
            [Location(url, url) for url in access],
            access.__getitem__,
            self.raw,
            moment=self.moment,
            sleep=self.sleep,
        )
        self.moment += timedelta(hours=1)
        return sweeping.sweep(
            self.engine, self.contract, self.landing, self.raw, moment=self.moment, remote=remote
        )

    def stored(self) -> list[Path]:
        return [path for path in self.raw.rglob("*") if path.is_file()]

    def stalls(self) -> list[str]:
        return [
            row["seller_id"]
            for row in rows(self.engine, "select seller_id from core.stall order by seller_id")
        ]


@pytest.fixture
def sweep(tmp_path: Path, warehouse_engine: Engine) -> Sweeper:
    return Sweeper(warehouse_engine, tmp_path, "postmart")


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return https_server.make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def sftp(tmp_path: Path) -> Iterator[SftpServer]:
    with sftp_server.serving(tmp_path / "sshd") as server:
        yield server


@pytest.fixture
def web(certificates: tuple[Path, Path]) -> Iterator[HttpsServer]:
    with https_server.serving(certificates[1]) as server:
        yield server


@pytest.fixture(scope="module")
def dovecot(certificates: tuple[Path, Path]) -> Iterator[ImapServer]:
    with imap_server.serving(*certificates) as server:
        yield server


def sellers(*numbers: int, fill: int = 0) -> bytes:
    """An export of stalls; ``fill``: so many more rows that say the same, to make it long."""
    lines = [SELLER.replace("GH1", f"GH{number}") for number in numbers]
    return (SELLERS + "".join(lines) + lines[-1] * fill).encode()


def statuses(outcomes: list[file_load.Outcome]) -> dict[str, str]:
    return {outcome.name: outcome.status for outcome in outcomes}


def refused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# ------------------------------------------------------------ SFTP


def by_key(server: SftpServer, **more: Any) -> Access:
    usual = {"key_file": str(server.key_file), "host_key": server.host_key}
    return Access(login=server.login, **{**usual, **more})


def test_sftp_gives_every_file_once_and_a_changed_one_again(
    sftp: SftpServer, sweep: Sweeper
) -> None:
    (sftp.files / "tháng 11").mkdir()
    (sftp.files / "gian-hang_20211110.csv").write_bytes(sellers(1))
    (sftp.files / "tháng 11" / "b.csv").write_bytes(sellers(2))
    os.utime(
        sftp.files / "tháng 11" / "b.csv", (0, datetime(2021, 11, 16, 20, tzinfo=UTC).timestamp())
    )
    (sftp.files / ".half.csv.part").write_bytes(b"x")
    place = (sftp.url, by_key(sftp))
    assert statuses(sweep(place)) == {
        "gian-hang_20211110.csv": "loaded",
        "tháng 11/b.csv": "loaded",
    }
    dates = rows(sweep.engine, "select export_date::text as day from ops.source_file order by name")
    assert [row["day"] for row in dates] == ["2021-11-10", "2021-11-17"]
    assert sorted(name for name, _ in sftp.read()) == ["b.csv", "gian-hang_20211110.csv"]
    assert sweep(place) == []
    assert len(sftp.read()) == 2
    (sftp.files / "gian-hang_20211110.csv").write_bytes(sellers(1, 3))
    assert statuses(sweep(place)) == {"gian-hang_20211110.csv": "loaded"}
    assert len(sftp.read()) == 3
    assert sweep.stalls() == ["GH1", "GH2", "GH3"]
    assert sweep.pauses == []


def test_sftp_below_the_logins_home_and_with_known_hosts_or_a_fingerprint(
    sftp: SftpServer, sweep: Sweeper, tmp_path: Path
) -> None:
    (sftp.files / "a.csv").write_bytes(sellers(1))
    known_hosts = tmp_path / "known_hosts"
    known_hosts.write_text(f"[127.0.0.1]:{sftp.port} {sftp.host_key}\n")
    fingerprint = subprocess.run(
        ["ssh-keygen", "-lf", str(sftp.home / "host.pub")],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()[1]
    home = Path("~").expanduser()
    relative = f"sftp://127.0.0.1:{sftp.port}/~/{os.path.relpath(sftp.files, home)}"
    assert len(sweep((sftp.url, by_key(sftp, host_key=None, known_hosts=str(known_hosts))))) == 1
    assert sweep((sftp.url, by_key(sftp, host_key=fingerprint))) == []
    assert (
        sweep((sftp.url, by_key(sftp, key_file=None, private_key=sftp.key_file.read_text()))) == []
    )
    assert statuses(sweep((relative, by_key(sftp)))) in ({}, {"a.csv": "duplicate"})


@pytest.mark.parametrize("known", ["none", "another", "fingerprint", "known_hosts"])
def test_sftp_refuses_a_server_whose_key_is_not_known(
    sftp: SftpServer, sweep: Sweeper, tmp_path: Path, known: str
) -> None:
    (sftp.files / "a.csv").write_bytes(sellers(1))
    other = " ".join(
        sftp_server.make_key(tmp_path / "other").with_suffix(".pub").read_text().split()[:2]
    )
    (tmp_path / "known_hosts").write_text(f"[127.0.0.1]:{sftp.port} {other}\n")
    access = {
        "none": {"host_key": None},
        "another": {"host_key": other},
        "fingerprint": {"host_key": "SHA256:" + "A" * 43},
        "known_hosts": {"host_key": None, "known_hosts": str(tmp_path / "known_hosts")},
    }[known]
    with pytest.raises(
        LocationError, match=r"shows the key ssh-ed25519 SHA256:.*put it as host_key"
    ):
        sweep((sftp.url, by_key(sftp, password=SECRET, **access)))
    assert sweep.pauses == []
    assert sftp.read() == []


def test_sftp_refuses_a_wrong_login_at_once_and_says_no_secret(
    sftp: SftpServer, sweep: Sweeper, tmp_path: Path
) -> None:
    stranger = sftp_server.make_key(tmp_path / "stranger")
    with pytest.raises(LocationError, match=r"refuses the login.*Airflow connection") as error:
        sweep((sftp.url, by_key(sftp, key_file=str(stranger), password=SECRET)))
    assert SECRET not in str(error.value)
    locked = sftp_server.make_key(tmp_path / "locked", passphrase="mở-ra")
    with pytest.raises(LocationError, match="private_key_passphrase"):
        sweep((sftp.url, by_key(sftp, key_file=str(locked))))
    with pytest.raises(LocationError, match="is not there or may not be read"):
        sweep((sftp.url + "/nowhere", by_key(sftp)))
    with pytest.raises(LocationError, match="no login; make the Airflow connection"):
        sweep((sftp.url, Access()))
    assert sweep.pauses == []


def test_sftp_dropped_in_the_middle_stores_nothing_half_and_is_tried_again(
    sftp: SftpServer, sweep: Sweeper
) -> None:
    (sftp.files / "a_20211110.csv").write_bytes(sellers(1, fill=20_000))
    (sftp.files / "b_20211110.csv").write_bytes(sellers(2))
    stored: list[int] = []
    with cutting_proxy.before(sftp.port) as proxy:
        place = (f"sftp://127.0.0.1:{proxy.port}{sftp.files}", by_key(sftp))
        proxy.cuts = [600_000, 600_000]
        sweep.before_pause = lambda: stored.append(len(sweep.stored()))
        outcomes = sweep(place)
        assert proxy.connections == 3
        before = proxy.bytes_from_server
        assert sweep(place) == []
        assert proxy.bytes_from_server - before < 20_000
    assert statuses(outcomes) == {"a_20211110.csv": "loaded", "b_20211110.csv": "loaded"}
    # After the first break the long file comes last, so the short one is there before the second.
    assert stored == [0, 1]
    assert sweep.pauses == [1, 4]


def test_sftp_leaves_a_file_that_is_still_growing_for_the_next_sweep(
    sftp: SftpServer, sweep: Sweeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    growing = sftp.files / "a_20211110.csv"
    growing.write_bytes(sellers(1, fill=20_000))
    (sftp.files / "b_20211110.csv").write_bytes(sellers(2))
    honest = locations.Errand.keep

    def keep(self: Any, chunks: Any, expected: int | None) -> tuple[str, int]:
        def grown() -> Iterator[bytes]:
            for number, chunk in enumerate(chunks):
                if number == 0 and expected and expected > 100_000:
                    with growing.open("ab") as stream:
                        stream.write(SELLER.replace("GH1", "GH3").encode())
                yield chunk

        return honest(self, grown(), expected)

    place = (sftp.url, by_key(sftp))
    with monkeypatch.context() as patch:
        patch.setattr(locations.Errand, "keep", keep)
        assert statuses(sweep(place)) == {"b_20211110.csv": "loaded"}
    assert len(sweep.stored()) == 1
    assert statuses(sweep(place)) == {"a_20211110.csv": "loaded"}
    assert sweep.stalls() == ["GH1", "GH2", "GH3"]
    assert sweep.pauses == []


# ------------------------------------------------------------ HTTPS


def trusting(certificates: tuple[Path, Path], **more: Any) -> Access:
    return Access(ca_file=str(certificates[0]), **more)


@pytest.mark.parametrize("version", ["etag", "date", "none"])
def test_https_listing_gives_every_file_once_and_a_changed_one_again(
    web: HttpsServer, certificates: tuple[Path, Path], sweep: Sweeper, version: str
) -> None:
    web.with_etag = version == "etag"
    web.with_date = datetime(2021, 11, 16, 20, tzinfo=UTC) if version == "date" else None
    web.token = "the-bai-tay"
    web.files = {
        "/export/gian-hang_20211110.csv": sellers(1),
        "/export/b.csv": sellers(2),
        "/private/c.csv": sellers(3),
    }
    place = (f"{web.url}/export/", trusting(certificates, token=web.token))
    assert statuses(sweep(place)) == {"gian-hang_20211110.csv": "loaded", "b.csv": "loaded"}
    first = dict(web.bodies)
    assert first == {"/export/": 1, "/export/gian-hang_20211110.csv": 1, "/export/b.csv": 1}
    assert sweep(place) == []
    assert dict(web.bodies) == {**first, "/export/": 2}
    assert web.count(304) == (0 if version == "none" else 2)
    if version == "date":
        (row,) = rows(sweep.engine, "select export_date from ops.source_file where name = 'b.csv'")
        assert str(row["export_date"]) == "2021-11-17"
        web.with_date += timedelta(hours=1)
    web.files["/export/b.csv"] = sellers(2, 4)
    assert statuses(sweep(place)) == {"b.csv": "loaded"}
    assert web.bodies["/export/b.csv"] == 2
    assert sweep.stalls() == ["GH1", "GH2", "GH4"]


def test_https_template_asks_for_the_days_since_the_last_one(
    web: HttpsServer, certificates: tuple[Path, Path], sweep: Sweeper
) -> None:
    web.files = {"/e/gh-20211207.csv": sellers(1), "/e/gh-20211208.csv": sellers(2)}
    place = (f"{web.url}/e/gh-{{date}}.csv", trusting(certificates, days_back=3))
    assert statuses(sweep(place)) == dict.fromkeys(("gh-20211207.csv", "gh-20211208.csv"), "loaded")
    assert [path[-12:-4] for _, path, _ in web.answers] == [
        f"202112{day:02}" for day in (6, 7, 8, 9)
    ]
    web.answers.clear()
    web.files["/e/gh-20211209.csv"] = sellers(3)
    web.files["/e/gh-20211206.csv"] = sellers(4)  # late
    assert statuses(sweep(place)) == dict.fromkeys(("gh-20211206.csv", "gh-20211209.csv"), "loaded")
    assert {(path[-12:-4], status) for _, path, status in web.answers} == {
        ("20211206", 200),
        ("20211208", 304),
        ("20211209", 200),
    }


def test_https_one_file_of_a_fixed_name(
    web: HttpsServer, certificates: tuple[Path, Path], sweep: Sweeper
) -> None:
    web.files = {"/gian hàng.csv": sellers(1)}
    place = (f"{web.url}/gian%20h%C3%A0ng.csv", trusting(certificates))
    assert statuses(sweep(place)) == {"gian hàng.csv": "loaded"}
    assert sweep(place) == []
    assert [status for _, _, status in web.answers] == [200, 304]


def test_https_cut_off_in_the_middle_stores_nothing_and_is_tried_again(
    web: HttpsServer, certificates: tuple[Path, Path], sweep: Sweeper
) -> None:
    web.files = {"/e/a_20211110.csv": sellers(1, fill=5000)}
    web.cuts = {"/e/a_20211110.csv": [300_000, 10]}
    web.faults = {"/e/": [503]}
    stored: list[int] = []
    sweep.before_pause = lambda: stored.append(len(sweep.stored()))
    place = (f"{web.url}/e/", trusting(certificates))
    assert statuses(sweep(place)) == {"a_20211110.csv": "loaded"}
    assert sweep.pauses == [1, 4, 16]
    assert stored == [0, 0, 0]
    assert sweep(place) == []


def test_https_refuses_an_untrusted_certificate_and_a_wrong_token(
    web: HttpsServer, certificates: tuple[Path, Path], sweep: Sweeper
) -> None:
    web.files = {"/e/a.csv": sellers(1)}
    web.token = "right"
    with pytest.raises(LocationError, match=r"certificate is not trusted.*name it as ca_file"):
        sweep((f"{web.url}/e/", Access(token=SECRET.encode().hex())))
    assert web.answers == []
    with pytest.raises(LocationError, match=r"answers 401.*Airflow connection") as error:
        sweep((f"{web.url}/e/", trusting(certificates, token="wr0ng-token")))
    assert "wr0ng-token" not in str(error.value)
    with pytest.raises(LocationError, match=r"certificate file .* cannot be read"):
        sweep((f"{web.url}/e/", Access(ca_file="/nowhere.pem")))
    assert sweep.pauses == []
    assert not sweep.stored()


def test_https_takes_no_web_page_for_a_file(
    web: HttpsServer, certificates: tuple[Path, Path], sweep: Sweeper
) -> None:
    web.files = {"/e/a.csv": b"<html>log in</html>"}
    web.headers = {"Content_Type": "text/html"}
    with pytest.raises(LocationError, match="a web page comes instead"):
        sweep((f"{web.url}/e/", trusting(certificates)))
    assert not sweep.stored()


def test_https_follows_a_redirect_without_the_token_and_never_out_of_tls(
    web: HttpsServer, certificates: tuple[Path, Path], sweep: Sweeper
) -> None:
    web.files = {"/e/a_20211110.csv": b"", "/e/b_20211110.csv": b""}
    web.token = "the-bai-tay"
    with https_server.serving(certificates[1]) as store:
        store.files = {"/kept/a": sellers(1)}
        web.redirects = {
            "/e/a_20211110.csv": f"{store.url}/kept/a?sig=1",
            "/e/b_20211110.csv": "http://127.0.0.1:9/b",
        }
        store.redirects = {"/kept/a?sig=1": f"{store.url}/kept/a"}
        with pytest.raises(LocationError, match="redirects to an address without TLS"):
            sweep((f"{web.url}/e/", trusting(certificates, token=web.token)))
    assert sweep.stalls() == ["GH1"]
    assert set(store.authorizations) == {None}
    names = rows(sweep.engine, "select url from ops.remote_object")
    assert [row["url"] for row in names] == [f"{web.url}/e/a_20211110.csv"]


def test_one_file_that_may_not_be_read_stops_no_other(
    web: HttpsServer, certificates: tuple[Path, Path], sweep: Sweeper
) -> None:
    web.files = {"/e/a_20211110.csv": sellers(1), "/e/b_20211110.csv": sellers(2)}
    web.faults = {"/e/a_20211110.csv": [403]}
    place = (f"{web.url}/e/", trusting(certificates))
    with pytest.raises(LocationError, match=r"a_20211110\.csv: may not be read \(403\)"):
        sweep(place)
    assert sweep.stalls() == ["GH2"]
    assert statuses(sweep(place)) == {"a_20211110.csv": "loaded"}


def test_a_server_that_is_down_delays_no_other_location_and_is_told_at_the_end(
    web: HttpsServer, certificates: tuple[Path, Path], sftp: SftpServer, sweep: Sweeper
) -> None:
    web.files = {"/e/a_20211110.csv": sellers(1)}
    (sftp.files / "b_20211110.csv").write_bytes(sellers(2))
    sweep.landing.mkdir()
    (sweep.landing / "c_20211110.csv").write_bytes(sellers(3))
    down = refused_port()
    with pytest.raises(LocationError) as error:
        sweep(
            (f"sftp://127.0.0.1:{down}/x", by_key(sftp, password=SECRET)),
            (f"https://127.0.0.1:{down}/x/", trusting(certificates, token="s3cret-token")),
            (f"imaps://127.0.0.1:{down}/INBOX", Access(login="a", password=SECRET)),
            (f"{web.url}/e/", trusting(certificates)),
            (sftp.url, by_key(sftp)),
        )
    told = str(error.value)
    assert told.count("cannot be reached or breaks off") == 3
    assert told.count("Ask its owner whether the server is up") == 3
    assert SECRET not in told and "s3cret-token" not in told
    assert sorted(sweep.pauses) == [1, 1, 1, 4, 4, 4, 16, 16, 16]
    assert sweep.stalls() == ["GH1", "GH2", "GH3"]


def test_a_server_that_says_nothing_is_given_up_in_time(
    web: HttpsServer, certificates: tuple[Path, Path], sweep: Sweeper
) -> None:
    web.files = {"/e/a_20211110.csv": sellers(1)}
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        quick: dict[str, Any] = {"timeout_s": 0.5, "limit_s": 3, "login": "a", "password": "b"}
        started = time.monotonic()
        with pytest.raises(LocationError) as error:
            sweep(
                (f"sftp://127.0.0.1:{port}/x", Access(**quick)),
                (f"https://127.0.0.1:{port}/x/", trusting(certificates, **quick)),
                (f"imaps://127.0.0.1:{port}/INBOX", trusting(certificates, **quick)),
                (f"{web.url}/e/", trusting(certificates)),
            )
        took = time.monotonic() - started
    assert str(error.value).count("127.0.0.1") == 3
    assert took < 3 + 3 * locations.GRACE_S
    assert sweep.stalls() == ["GH1"]


# ------------------------------------------------------------ IMAP


def by_password(certificates: tuple[Path, Path], **more: Any) -> Access:
    return trusting(certificates, login=imap_server.LOGIN, password=imap_server.PASSWORD, **more)


@pytest.fixture
def mailbox(dovecot: ImapServer, certificates: tuple[Path, Path]) -> tuple[str, Access, str]:
    """A new mailbox: its location, the access, its name on the server."""
    name = f"Box{time.monotonic_ns()}"
    with dovecot.session() as client:
        client.create(name)
    return dovecot.url.replace("INBOX", name), by_password(certificates), name


@pytest.fixture
def districts(tmp_path: Path, warehouse_engine: Engine) -> Sweeper:
    for address, sender in (("vhtt.hl@example.vn", "ha-long"), ("vhtt.mc@example.vn", "mong-cai")):
        locations.add_address(warehouse_engine, address, sender, moment=MOMENT)
    return Sweeper(warehouse_engine, tmp_path, "districts")


def letter(sender: str, hour: int = 9, **files: bytes) -> bytes:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = imap_server.LOGIN
    message["Date"] = f"Thu, 18 Nov 2021 {hour:02}:15:00 +0700"
    message["Subject"] = "Báo cáo tuần"
    message.set_content("Kính gửi Sở TT&TT.")
    message.add_alternative('<p>Kính gửi<img src="cid:logo@x">', subtype="html")
    message.get_payload()[1].add_related(
        b"\x89PNG\r\n\x1a\n", "image", "png", cid="<logo@x>", filename="logo.png"
    )
    for name, content in files.items():
        message.add_attachment(content, "application", "octet-stream", filename=name)
    return message.as_bytes()


TRAINING = (
    "Tập huấn",
    [
        [
            "Họ tên",
            "Số giấy tờ",
            "Số điện thoại",
            "Xã/Phường",
            "Nội dung",
            "Ngày",
            "Đơn vị tổ chức",
        ],
        [
            "Nguyễn Thị Ánh",
            "022000000001",
            "0912345678",
            "Hồng Gai",
            "Kỹ năng số",
            "12/11/2021",
            "Hội ND",
        ],
    ],
)
AT = datetime(2021, 11, 18, 9, 20, tzinfo=ICT)


def test_a_mails_two_attachments_with_vietnamese_names_are_loaded_under_the_senders_unit(
    dovecot: ImapServer, mailbox: tuple[str, Access, str], districts: Sweeper
) -> None:
    url, access, box = mailbox
    files = {
        "Biểu tuần 46.xlsx": workbook([form()]),
        "Danh sách tập huấn.xlsx": workbook([TRAINING]),
    }
    dovecot.put(letter("Phòng VHTT <VHTT.HL@example.vn>", **files), AT, box)
    outcomes = districts((url, access))
    assert statuses(outcomes) == {
        "ha-long/2021-11-18_091500/Biểu tuần 46.xlsx": "loaded",
        "ha-long/2021-11-18_091500/Danh sách tập huấn.xlsx": "loaded",
    }
    found = rows(
        districts.engine, "select unit_code, sender, export_date::text as day from ops.source_file"
    )
    assert found == [{"unit_code": "193", "sender": "193", "day": "2021-11-18"}] * 2
    read = dovecot.bodies_read()
    assert districts((url, access)) == []
    assert dovecot.bodies_read() == read
    with dovecot.session() as client:
        client.select(box)
        assert client.uid("SEARCH", "UNSEEN")[1] == [b"1"]


def test_imap_with_starttls_takes_only_the_new_mails_seen_or_not(
    dovecot: ImapServer, mailbox: tuple[str, Access, str], districts: Sweeper
) -> None:
    url, access, box = mailbox
    url = f"imap://127.0.0.1:{dovecot.port}/{box}"
    dovecot.put(letter("a@example.vn"), AT, box)  # no attachment
    assert districts((url, access)) == []
    dovecot.put(letter("vhtt.hl@example.vn", **{"a.xlsx": workbook([form()])}), AT, box)
    corrected = workbook([form(), TRAINING])
    dovecot.put(letter("vhtt.hl@example.vn", 15, **{"a.xlsx": corrected}), AT, box)
    with dovecot.session() as client:
        client.select(box)
        client.uid("STORE", "1:*", "+FLAGS", "\\Seen")
    assert list(statuses(districts((url, access))).values()) == ["loaded", "loaded"]
    assert dovecot.bodies_read() >= 3
    (current,) = rows(
        districts.engine,
        "select file.name from core.submission join ops.source_file as file using (file_id)",
    )
    assert current["name"] == "ha-long/2021-11-18_151500/a.xlsx"


def test_a_mail_with_another_units_workbook_is_rejected_with_a_vietnamese_reason(
    dovecot: ImapServer, mailbox: tuple[str, Access, str], districts: Sweeper
) -> None:
    url, access, box = mailbox
    dovecot.put(letter("vhtt.mc@example.vn", **{"bao-cao.xlsx": workbook([form()])}), AT, box)
    (outcome,) = districts((url, access))
    assert outcome.status == "rejected"
    assert outcome.reason == (
        "Biểu là của TP Hạ Long, nhưng thư được gửi từ hộp thư của TP Móng Cái. "
        "Đề nghị kiểm tra báo cáo này của đơn vị nào và gửi lại."
    )


def test_of_a_mail_from_an_unknown_address_the_heading_decides(
    dovecot: ImapServer, mailbox: tuple[str, Access, str], districts: Sweeper
) -> None:
    url, access, box = mailbox
    # The address reads like a unit's name; only ops.sender_address says whose it is.
    dovecot.put(letter("mong.cai@example.vn", **{"bao-cao.xlsx": workbook([form()])}), AT, box)
    (outcome,) = districts((url, access))
    assert (outcome.name, outcome.status) == (
        "mong.cai@example.vn/2021-11-18_091500/bao-cao.xlsx",
        "loaded",
    )
    (file,) = rows(districts.engine, "select unit_code from ops.source_file")
    assert file["unit_code"] == "193"


def test_a_workbook_whose_heading_names_nobody_is_the_mailboxs_owners(
    dovecot: ImapServer, mailbox: tuple[str, Access, str], districts: Sweeper
) -> None:
    url, access, box = mailbox
    book = workbook([form(unit="ỦY BAN NHÂN DÂN")])
    dovecot.put(letter("vhtt.mc@example.vn", **{"bieu.xlsx": book}), AT, box)
    dovecot.put(letter("khong-quen@example.vn", **{"bieu-2.xlsx": book + b" "}), AT, box)
    outcomes = districts((url, access))
    assert sorted(statuses(outcomes).values()) == ["loaded", "rejected"]
    files = rows(districts.engine, "select unit_code, rule from ops.source_file order by name")
    assert {(file["unit_code"], file["rule"]) for file in files} == {
        ("194", None),
        (None, "no_sender"),
    }


def test_imap_dropped_in_the_middle_stores_nothing_and_is_tried_again(
    dovecot: ImapServer, mailbox: tuple[str, Access, str], sweep: Sweeper
) -> None:
    _, access, box = mailbox
    dovecot.put(letter("a@example.vn", **{"a_20211110.csv": sellers(1, fill=5000)}), AT, box)
    stored: list[int] = []
    sweep.before_pause = lambda: stored.append(len(sweep.stored()))
    with cutting_proxy.before(dovecot.tls_port) as proxy:
        proxy.cuts = [200_000, 1000]
        outcomes = sweep((f"imaps://127.0.0.1:{proxy.port}/{box}", access))
    assert [outcome.status for outcome in outcomes] == ["loaded"]
    assert (sweep.pauses, stored) == ([1, 4], [0, 0])


def test_imap_refuses_an_untrusted_certificate_a_wrong_password_and_no_mailbox(
    dovecot: ImapServer, certificates: tuple[Path, Path], sweep: Sweeper
) -> None:
    known = by_password(certificates)
    for url in (dovecot.url, f"imap://127.0.0.1:{dovecot.port}/INBOX"):
        with pytest.raises(LocationError, match=r"certificate is not trusted"):
            sweep((url, replace(known, ca_file=None)))
    with pytest.raises(LocationError, match="refuses the login") as error:
        sweep((dovecot.url, replace(known, password=SECRET)))
    assert SECRET not in str(error.value)
    with pytest.raises(LocationError, match="no mailbox Nowhere"):
        sweep((dovecot.url.replace("INBOX", "Nowhere"), known))
    assert sweep.pauses == []


# ------------------------------------------------------------ kill -9

SWEEPER = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from lensan import warehouse
from lensan.domain import contracts
from lensan.domain.contracts import Location
from lensan.domain.periods import ICT
from lensan.intake import file_load, locations
from lensan.intake import sweep as sweeping

url, raw, place, ca_file, die_at = sys.argv[1:]

def die(*args, **more):
    os.kill(os.getpid(), signal.SIGKILL)

if die_at == "fetched":
    locations.remember = die
elif die_at == "registered":
    file_load.load = die
elif die_at == "stored":
    locations.Errand.got = die
moment = datetime(2021, 12, 9, 9, tzinfo=ICT)
remote = locations.Remote(
    "postmart", [Location(place, "x")], lambda name: locations.Access(ca_file=ca_file), Path(raw),
    moment=moment,
)
sweeping.sweep(
    warehouse.connect(url), contracts.contract("postmart"), [], Path(raw), moment=moment, remote=remote
)
"""


@pytest.mark.parametrize(
    ("die_at", "fetches"), [("stored", 2), ("fetched", 2), ("registered", 1), ("never", 1)]
)
def test_a_sweep_killed_anywhere_is_done_again_and_loads_once(
    web: HttpsServer,
    certificates: tuple[Path, Path],
    sweep: Sweeper,
    warehouse_engine: Engine,
    die_at: str,
    fetches: int,
) -> None:
    web.files = {"/e/a_20211110.csv": sellers(1, 2)}

    def run(die_at: str) -> int:
        return subprocess.run(
            [
                sys.executable,
                "-c",
                SWEEPER,
                warehouse_engine.url.render_as_string(hide_password=False),
                str(sweep.raw),
                f"{web.url}/e/",
                str(certificates[0]),
                die_at,
            ],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            timeout=60,
        ).returncode

    assert run(die_at) == (0 if die_at == "never" else -signal.SIGKILL)
    assert run("never") == 0
    assert run("never") == 0
    assert web.bodies["/e/a_20211110.csv"] == fetches
    files = rows(warehouse_engine, "select status, rows_accepted from ops.source_file")
    assert files == [{"status": "loaded", "rows_accepted": 2}]
    assert sweep.stalls() == ["GH1", "GH2"]


# ------------------------------------------------------------ the doctor


def test_sftp_and_imap_are_looked_at_without_reading_a_file(
    sftp: SftpServer, dovecot: ImapServer, certificates: tuple[Path, Path], tmp_path: Path
) -> None:
    (sftp.files / "a.csv").write_bytes(sellers(1))
    stranger = str(sftp_server.make_key(tmp_path / "stranger"))
    box = Access(
        login=imap_server.LOGIN, password=imap_server.PASSWORD, ca_file=str(certificates[0])
    )
    asked = [
        (sftp.url, by_key(sftp)),
        (f"{sftp.url}/moved", by_key(sftp)),
        (sftp.url, by_key(sftp, key_file=stranger)),
        (sftp.url, by_key(sftp, host_key="SHA256:another")),
        (dovecot.url, box),
        (dovecot.url.replace("INBOX", "moved"), box),
        (dovecot.url, replace(box, password=SECRET)),
    ]
    before = dovecot.bodies_read()
    answers = locations.probe(
        [Location(url, str(number)) for number, (url, _) in enumerate(asked)],
        lambda name: asked[int(name)][1],
        moment=MOMENT,
    )
    problems = [problem for _, problem in answers]
    assert problems[0] is None
    assert problems[4] is None
    for number, said in {
        1: "is not there or may not be read; correct the location",
        2: "refuses the login; correct the credentials",
        3: "is not the known one; ask its owner",
        5: "no mailbox moved",
        6: "refuses the login; correct the credentials",
    }.items():
        assert said in str(problems[number])
    assert SECRET not in str(problems)
    assert sftp.read() == []
    assert dovecot.bodies_read() == before
