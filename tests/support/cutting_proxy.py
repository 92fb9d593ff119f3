"""A TCP proxy before a real server that cuts connections as told and counts what passes."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Proxy:
    """``cuts``: for each next connection, after how many bytes from the server it breaks."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.cuts: list[int] = []
        self.connections = 0
        self.bytes_from_server = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listener.getsockname()[1])

    def serve(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            limit = self.cuts.pop(0) if self.cuts else None
            server = socket.create_connection(("127.0.0.1", self.target))
            for source, sink, rest in ((client, server, None), (server, client, limit)):
                threading.Thread(
                    target=self.pump, args=(source, sink, rest, source is server), daemon=True
                ).start()

    def pump(
        self, source: socket.socket, sink: socket.socket, rest: int | None, counted: bool
    ) -> None:
        with contextlib.suppress(OSError):
            while chunk := source.recv(16384):
                if counted:
                    self.bytes_from_server += len(chunk)
                if rest is not None and len(chunk) >= rest:
                    sink.sendall(chunk[:rest])
                    break
                if rest is not None:
                    rest -= len(chunk)
                sink.sendall(chunk)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def before(port: int) -> Iterator[Proxy]:
    proxy = Proxy(port)
    threading.Thread(target=proxy.serve, daemon=True).start()
    try:
        yield proxy
    finally:
        # accept() in the other thread only wakes by this.
        with contextlib.suppress(OSError):
            proxy.listener.shutdown(socket.SHUT_RDWR)
        proxy.listener.close()
