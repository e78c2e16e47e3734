"""Other sides that behave badly on the wire, one thread a connection."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
Talk = Callable[[socket.socket, "Server"], None]


@dataclass
class Server:
    """A listening socket, what was asked of it, and how often somebody connected."""

    port: int
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/"

    def read(self, connection: socket.socket) -> bytes:
        """One request, or nothing when the other side hung up."""
        data = b""
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return b""
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        while len(body) < length:
            body += connection.recv(65536)
        self.requests.append(head + b"\r\n\r\n" + body)
        return head


def answering(answer: bytes = OK) -> Talk:
    """Give the same answer to each request."""

    def talk(connection: socket.socket, server: Server) -> None:
        while server.read(connection):
            connection.sendall(answer)

    return talk


def silent(connection: socket.socket, server: Server) -> None:
    """Take a request and say nothing."""
    server.read(connection)
    server.closing.wait(30)


def trickling(connection: socket.socket, server: Server) -> None:
    """Send a header's bytes one by one."""
    server.read(connection)
    for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 1000:
        connection.sendall(bytes([byte]))
        if server.closing.wait(0.05):
            return


def endless(connection: socket.socket, server: Server) -> None:
    """Answer well, with a body that never ends."""
    server.read(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not server.closing.is_set():
        connection.sendall(b"400\r\n" + b"a" * 1024 + b"\r\n")


@contextmanager
def serving(talk: Talk, context: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Let every connection be talked to until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(listener.getsockname()[1])
        threads = [threading.Thread(target=_accept, args=(listener, server, talk, context))]
        threads[0].start()
        try:
            yield server
        finally:
            server.closing.set()
            listener.shutdown(socket.SHUT_RDWR)
            threads[0].join()


def _accept(listener: socket.socket, server: Server, talk: Talk, context: ssl.SSLContext | None) -> None:
    open_now: list[tuple[socket.socket, threading.Thread]] = []
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            server.connections += 1
            handle = connection.dup()  # TLS takes the other one over
            thread = threading.Thread(target=_talk, args=(connection, server, talk, context))
            thread.start()
            open_now.append((handle, thread))
    for handle, thread in open_now:
        with suppress(OSError), handle:
            handle.shutdown(socket.SHUT_RDWR)
        thread.join()


def _talk(connection: socket.socket, server: Server, talk: Talk, context: ssl.SSLContext | None) -> None:
    with suppress(OSError), connection:
        if context:
            with context.wrap_socket(connection, server_side=True) as wrapped:
                talk(wrapped, server)
        else:
            talk(connection, server)
            connection.shutdown(socket.SHUT_RDWR)  # there is a second handle on it
