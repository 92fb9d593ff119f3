"""An HTTPS server with a certificate of a self-made authority; it counts bodies and 304s."""

from __future__ import annotations

import hashlib
import ipaddress
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def make_certificates(folder: Path) -> tuple[Path, Path]:
    """An authority's certificate and a server's chain with its key, for 127.0.0.1; both PEM.

    As RFC 5280 asks, and with it Python from 3.13: each names its authority's key.
    """

    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    now = datetime.now(UTC)
    authority_key, server_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))

    def certificate(subject: str, key: Any, extensions: list[tuple[Any, bool]]) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(name(subject))
            .issuer_name(name("Test authority"))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(authority_key, hashes.SHA256())

    of_authority = x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key())
    by_authority = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(of_authority)
    signs = x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, key_cert_sign=True, crl_sign=True,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip
    authority = certificate(
        "Test authority",
        authority_key,
        [
            (x509.BasicConstraints(ca=True, path_length=None), True),
            (signs, True),
            (of_authority, False),
        ],
    )
    loopback = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    server = certificate(
        "127.0.0.1",
        server_key,
        [(x509.SubjectAlternativeName([loopback]), False), (by_authority, False)],
    )
    folder.mkdir(exist_ok=True)
    ca_file, chain = folder / "authority.pem", folder / "server.pem"
    ca_file.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    chain.write_bytes(
        server_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + server.public_bytes(serialization.Encoding.PEM)
    )
    return ca_file, chain


class HttpsServer:
    """``files`` by path; ``/`` at the end of a path is a listing. ``token``: asked for where set.

    ``cuts``: by path, after how many bytes the next answers break off. ``faults``: by path, status
    codes of the next answers. ``redirects``: by path, where to. ``with_etag``, ``with_date``: what tells a version.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.token: str | None = None
        self.cuts: dict[str, list[int]] = {}
        self.faults: dict[str, list[int]] = {}
        self.with_etag = True
        self.with_date: datetime | None = None
        self.headers: dict[str, str] = {}
        self.redirects: dict[str, str] = {}
        self.authorizations: list[str | None] = []
        self.bodies: Counter[str] = Counter()
        self.answers: list[tuple[str, str, int]] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def count(self, status: int) -> int:
        return sum(1 for _, _, answered in self.answers if answered == status)


@contextmanager
def serving(
    chain: Path, *, port: int = 0, server: HttpsServer | None = None
) -> Iterator[HttpsServer]:
    server = server or HttpsServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *details: Any) -> None:
            pass

        def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
            server.answers.append((self.command, self.path, status))
            self.send_response(status)
            for key, value in headers.items():
                self.send_header(key.replace("_", "-"), value)
            if status != 304:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET" and status != 304:
                cut = server.cuts.get(self.path)
                if cut:
                    self.wfile.write(body[: cut.pop(0)])
                    self.wfile.flush()
                    self.close_connection = True
                    return
                self.wfile.write(body)
                if status == 200:
                    server.bodies[unquote(self.path)] += 1

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            path = unquote(self.path)
            server.authorizations.append(self.headers["Authorization"])
            if path in server.redirects:
                return self.answer(302, Location=server.redirects[path])
            if server.token and self.headers["Authorization"] != f"Bearer {server.token}":
                return self.answer(401)
            if server.faults.get(path):
                return self.answer(server.faults[path].pop(0))
            if path.endswith("/"):
                links = "".join(
                    f'<li><a href="{name.removeprefix(path)}">x</a>'
                    for name in server.files
                    if name.startswith(path)
                )
                page = f'<a href="../">up</a><a href="notes.html">x</a>{links}'
                return self.answer(200, page.encode(), Content_Type="text/html; charset=utf-8")
            body = server.files.get(path)
            if body is None:
                return self.answer(404)
            headers = {"Content_Type": "text/csv", **server.headers}
            etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            if server.with_etag:
                headers["ETag"] = etag
                if self.headers["If-None-Match"] == etag:
                    return self.answer(304)
            if server.with_date:
                date = server.with_date.strftime("%a, %d %b %Y %H:%M:%S GMT")
                headers["Last_Modified"] = date
                if self.headers["If-Modified-Since"] == date:
                    return self.answer(304)
            return self.answer(200, body, **headers)

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(chain)

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass

        def get_request(self) -> tuple[Any, Any]:
            client, address = super().get_request()
            # The handshake is made in the connection's own thread, when it is first read.
            return context.wrap_socket(
                client, server_side=True, do_handshake_on_connect=False
            ), address

    httpd = Server(("127.0.0.1", port), Handler)
    server.port = httpd.server_address[1]
    thread = threading.Thread(
        target=httpd.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
    )
    thread.start()
    try:
        yield server
    finally:
        httpd.shutdown()
        httpd.server_close()
        thread.join(5)
