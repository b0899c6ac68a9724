"""Tiny archives, and a local server that sends or damages them."""

import io
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


def pack(
    members: dict[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED
) -> bytes:
    """Return a zip file of these members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as packed:
        for name, content in members.items():
            packed.writestr(zipfile.ZipInfo(name), content, compression)
    return buffer.getvalue()


MEMBERS = {"a/utd_1/x.npy": b"one" * 999, "a/utd_2/x.npy": b"two" * 999}
FIRST = pack(MEMBERS)
SECOND = pack({"b/utd_1/y.npy": bytes(range(256)) * 99})


Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Server:
    """Files by path, the requests, and the failures of the server."""

    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    ranges: list[str | None] = field(default_factory=list)
    """Header `Range` of each request."""
    send_only: dict[str, int] = field(default_factory=dict)
    """Number of bytes of each body after which the connection is closed."""
    hang_after: int | None = None
    knows_ranges: bool = False
    answers: dict[str, Answer] = field(default_factory=dict)
    """Paths with other answers."""


def _answer(state: Server, request: BaseHTTPRequestHandler) -> None:
    content = state.files.get(request.path)
    if content is None:
        request.send_error(404)
        return
    asked = request.headers.get("Range")
    start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
    if start and state.knows_ranges:
        request.send_response(206)
        request.send_header(
            "Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}"
        )
        content = content[start:]
    else:
        request.send_response(200)
    request.send_header("Content-Length", str(len(content)))
    request.end_headers()
    if state.hang_after is not None:
        request.wfile.write(content[: state.hang_after])
        request.wfile.flush()
        time.sleep(30)
    else:
        request.wfile.write(content[: state.send_only.get(request.path)])


@contextmanager
def serving() -> Iterator[Server]:
    """Serve from a free port until the end of the block."""
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(self.path)
            state.ranges.append(self.headers.get("Range"))
            try:
                if answer := state.answers.get(self.path):
                    answer(self)
                else:
                    _answer(state, self)
            except ConnectionError:  # the client has what it wants, or gave up
                pass

        def log_message(self, *arguments: object) -> None:
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    httpd.block_on_close = False
    thread = threading.Thread(target=httpd.serve_forever, args=(0.01,))
    thread.start()
    state.address = f"http://127.0.0.1:{httpd.server_port}"
    try:
        yield state
    finally:
        httpd.shutdown()
        thread.join()
        httpd.server_close()


def names(folder: Path) -> set[str]:
    """Return the names of the files in a folder."""
    return {path.name for path in folder.iterdir()}


def states(outcomes: list) -> list[str]:
    """Return the state of each archive."""
    return [outcome.state for outcome in outcomes]
