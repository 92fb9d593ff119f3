"""Delivery under kill -9, TLS and login: real processes, a real SMTP server, a real PostgreSQL."""

from __future__ import annotations

import mailbox
import multiprocessing
import os
import signal
import ssl
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import https_server
import imap_server
import mailing
import pytest
import reporting_case
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from mailing import CHIEF, DEPUTY, FILES, NOW, build, published
from smtp_server import Scripted, serving
from sqlalchemy import Engine

from lensan.domain.report_model import Report
from lensan.mail import delivery, ledger, recipients, report_mail, transport
from lensan.mail.delivery import DeliveryPendingError
from lensan.mail.transport.smtp import SmtpServer
from lensan.reports import rendering

pytestmark = pytest.mark.system

# Forked from a server that has imported the library and used none of it.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["lensan.mail.delivery", "lensan.domain.report_forms"])


def start(
    engine: Engine, port: int, die_at: str = "never", kind: str = "report"
) -> multiprocessing.process.BaseProcess:
    url = engine.url.render_as_string(hide_password=False)
    process = PROCESSES.Process(target=mailing.send, args=(url, port, die_at, kind))
    process.start()
    return process


def ended(process: multiprocessing.process.BaseProcess) -> int | None:
    """How it ended: 0, or less than 0 for the signal."""
    process.join(60)
    return process.exitcode


@pytest.fixture
def report(warehouse_engine: Engine) -> Report:
    for address in (CHIEF, DEPUTY):
        recipients.add(warehouse_engine, "week", "to", address)
    return published(warehouse_engine, reporting_case.make())


def states(engine: Engine, report: Report) -> dict[str, str]:
    return {row["recipient"]: row["state"] for row in delivery.states(engine, report)}


@pytest.mark.parametrize("kind", ["report", "reminder"])
@pytest.mark.parametrize(
    ("die_at", "afterwards"),
    [
        ("before queue", "sent"),
        ("after queue", "sent"),
        ("before send_waiting", "sent"),
        ("before addressed", "unknown"),
        ("before send", "unknown"),
        ("after send", "unknown"),
        ("before _settle", "unknown"),
        ("after _settle", "sent"),
        ("after send_waiting", "sent"),
    ],
)
def test_a_sender_killed_at_any_change_of_state_never_doubles_a_mail(
    warehouse_engine: Engine, report: Report, die_at: str, afterwards: str, kind: str
) -> None:
    script = Scripted()
    with serving(script) as port:
        killed = start(warehouse_engine, port, die_at, kind)
        assert ended(killed) == -signal.SIGKILL
        for _ in range(2):
            assert ended(start(warehouse_engine, port, kind=kind)) == 0
    fact = "report|week|2021-11-18|0" if kind == "report" else f"{kind}|x"
    outcome = {row["recipient"]: row["state"] for row in ledger.entries(warehouse_engine, fact)}
    first = min(CHIEF, DEPUTY)
    assert len(outcome) == 2
    assert outcome[first] == afterwards
    assert set(outcome.values()) <= {"sent", "unknown"}
    for recipient, state in outcome.items():
        assert script.count(recipient) == 1 if state == "sent" else script.count(recipient) <= 1


@pytest.mark.parametrize("phase", ["greeting", "recipient", "content"])
def test_a_sender_killed_in_the_middle_of_the_dialogue_never_doubles_a_mail(
    warehouse_engine: Engine, report: Report, phase: str
) -> None:
    script = Scripted()
    victim: list[multiprocessing.process.BaseProcess] = []

    def kill_once() -> None:
        if victim:
            victim.pop().kill()

    normal = script.answer

    def answer(asked: str, recipient: str) -> str | None:
        if (asked, phase) in (("MAIL", "greeting"), ("RCPT", "recipient")):
            kill_once()
        return normal(asked, recipient)

    script.answer = answer  # type: ignore[method-assign]
    if phase == "content":
        script.on_mail = lambda recipient: kill_once()
    with serving(script) as port:
        process = start(warehouse_engine, port)
        victim.append(process)
        assert ended(process) == -signal.SIGKILL
        assert ended(start(warehouse_engine, port)) == 0
    outcome = states(warehouse_engine, report)
    assert sorted(outcome.values()) == ["sent", "unknown"]
    assert script.count(CHIEF) <= 1
    assert script.count(DEPUTY) <= 1


def test_processes_that_start_together_send_each_mail_once(
    warehouse_engine: Engine, report: Report
) -> None:
    for number in range(10):
        recipients.add(warehouse_engine, "week", "cc", f"so-{number}@example.vn")
    script = Scripted()
    with serving(script) as port:
        senders = [start(warehouse_engine, port) for _ in range(3)]
        assert [ended(sender) for sender in senders] == [0, 0, 0]
    received = [recipient for recipient, _ in script.taken]
    assert len(received) == len(set(received)) == 12
    assert set(states(warehouse_engine, report).values()) == {"sent"}


# ---------------------------------------------------------------- TLS and login


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A self-signed certificate of 127.0.0.1 with its key, as PEM."""
    import ipaddress

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def server_side(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


def knows(login: str, password: str) -> Callable[..., AuthResult]:
    def authenticate(*details: object) -> AuthResult:
        given = details[-1]
        good = isinstance(given, LoginPassword) and given == LoginPassword(
            login.encode(), password.encode()
        )
        return AuthResult(success=good)

    return authenticate


def deliver(engine: Engine, report: Report, smtp: SmtpServer) -> dict[str, int]:
    return delivery.deliver_report(engine, report, FILES, build, smtp, moment=NOW)


def test_mail_goes_out_over_starttls_after_login(
    warehouse_engine: Engine, report: Report, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    script = Scripted()
    options = {
        "tls_context": server_side(certificate),
        "require_starttls": True,
        "auth_required": True,
        "authenticator": knows("so-tttt", "secret"),
    }
    with serving(script, **options) as port:
        good = SmtpServer("127.0.0.1", port, "so-tttt", "secret", starttls=True, timeout_s=5)
        for wrong in (
            SmtpServer("127.0.0.1", port, "so-tttt", "wrong", starttls=True, timeout_s=5),
            SmtpServer("127.0.0.1", port, timeout_s=5),
        ):
            with pytest.raises(DeliveryPendingError):
                deliver(warehouse_engine, report, wrong)
        assert script.taken == []
        assert deliver(warehouse_engine, report, good) == {"sent": 2}
    assert script.count(CHIEF) == 1


def test_mail_goes_out_over_tls_from_the_start(
    warehouse_engine: Engine, report: Report, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    script = Scripted()
    with serving(script, ssl_context=server_side(certificate)) as port:
        smtp = SmtpServer("127.0.0.1", port, use_ssl=True, timeout_s=5)
        assert deliver(warehouse_engine, report, smtp) == {"sent": 2}
    assert script.count(CHIEF) == 1


def test_a_server_with_a_certificate_nobody_vouches_for_gets_nothing(
    warehouse_engine: Engine, report: Report, certificate: Path
) -> None:
    script = Scripted()
    options = {"tls_context": server_side(certificate)}
    with serving(script, **options) as port:
        smtp = SmtpServer("127.0.0.1", port, "so-tttt", "secret", starttls=True, timeout_s=5)
        with pytest.raises(DeliveryPendingError):
            deliver(warehouse_engine, report, smtp)
    assert script.taken == []


def test_a_mail_client_saves_the_workbook_under_its_vietnamese_name(tmp_path: Path) -> None:
    """mutt, in a terminal of its own, as a person would: open the mail, its attachments, save each."""
    names = ["Cần sửa - Báo cáo tuần huyện Đầm Hà (lần 2).xlsx", "bao-cao-tuan-2021-11-18.pdf"]
    mail = EmailMessage()
    mail["Subject"] = "Đề nghị chỉnh sửa báo cáo"
    mail.set_content("Kính gửi Quý đơn vị.")
    mail.add_alternative("<p>Kính gửi Quý đơn vị.</p>", subtype="html")
    for name in names:
        mail.add_attachment(name.encode(), "application", "octet-stream", filename=name)
    box = mailbox.mbox(tmp_path / "box")
    box.add(mail.as_bytes(policy=transport.WIRE))
    box.close()
    saved = tmp_path / "saved"
    saved.mkdir()
    (tmp_path / "muttrc").write_text(
        f'set charset=utf-8 attach_save_dir="{saved}" folder="{tmp_path}"\n'
        "set move=no confirmappend=no wait_key=no read_only\n"
    )
    keys = "<display-message><view-attachments><last-entry><save-entry><enter>" + (
        "<previous-entry><save-entry><enter><exit><exit><exit>"
    )
    subprocess.run(
        ["script", "-qec", f"mutt -n -F {tmp_path}/muttrc -R -f {tmp_path}/box -e 'push {keys}'",
         "/dev/null"],
        cwd=saved, env=os.environ | {"LC_ALL": "C.UTF-8", "TERM": "xterm"},
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=60, check=False,
    )  # fmt: skip
    assert {path.name: path.read_text("utf-8") for path in saved.iterdir()} == {
        name: name for name in names
    }


def test_a_report_fetched_from_a_mailbox_is_what_was_sent(
    warehouse_engine: Engine, report: Report, tmp_path: Path
) -> None:
    """The bytes that the SMTP server took, through Dovecot, read as a mail program reads them."""
    workbook, pdf, _ = rendering.render(report).values()
    files = {
        "Báo cáo tuần – Đầm Hà, Vân Đồn, Uông Bí (điều chỉnh lần 1).xlsx": workbook,
        "Phụ lục II.pdf": pdf,
    }
    script = Scripted()
    with serving(script) as port:
        smtp = SmtpServer("127.0.0.1", port, timeout_s=5)
        delivery.deliver_report(
            warehouse_engine, report, files, report_mail.message, smtp, moment=NOW
        )
    sent, wire = report_mail.message(report, files), script.wire[0]
    with imap_server.serving(*https_server.make_certificates(tmp_path)) as dovecot:
        dovecot.put(wire.replace(b"\r\n", b"\n"), NOW)
        with dovecot.session() as client:
            client.select("INBOX")
            ((_, fetched), *_) = client.fetch("1", "(BODY.PEEK[])")[1]
            structure = client.fetch("1", "(BODYSTRUCTURE)")[1]
    assert fetched == wire
    mail = message_from_bytes(fetched, policy=policy.default)
    assert mail["Subject"] == sent["Subject"]
    assert {
        part.get_filename(): part.get_content() for part in mail.iter_attachments()
    } == files  # fmt: skip
    for kind in ("plain", "html"):
        theirs, ours = mail.get_body((kind,)), sent.get_body((kind,))
        assert theirs is not None and ours is not None
        assert theirs.get_content() == ours.get_content()
    # Dovecot itself, which answers a client before it fetches the mail, knows the same parts.
    assert str(structure).lower().count('"attachment"') == len(files)
