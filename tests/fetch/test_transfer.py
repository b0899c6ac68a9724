"""Servers that break off, crawl, send false data or never end give one message."""

import gc
import itertools
import logging
import random
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from served import FIRST, SECOND, Answer, Server, names, states

from value_scaling.__main__ import main
from value_scaling.fetch import contents_hash, exit_code, fetch, transfer
from value_scaling.records import ScalingError

HALF = len(SECOND) // 2


def head(request: BaseHTTPRequestHandler, **headers: object) -> None:
    """Begin an answer with these headers (a _ is a -)."""
    request.send_response(200)
    for name, value in headers.items():
        request.send_header(name.replace("_", "-"), str(value))
    request.end_headers()


def another_part(request: BaseHTTPRequestHandler) -> None:
    request.send_response(206)
    request.send_header("Content-Range", f"bytes 0-9/{len(SECOND)}")
    request.end_headers()
    request.wfile.write(SECOND[:10])


def too_far(request: BaseHTTPRequestHandler) -> None:
    request.send_error(416)


class TestBrokenOff:
    @pytest.fixture
    def breaking(self, server: Server) -> Server:
        """The server closes the first connection in the middle of the file."""
        parts = iter([HALF])

        class Once(dict):
            def get(self, path: str, default: object = None) -> object:
                return next(parts, None) if path == "/second.zip" else default

        server.send_only = Once()
        return server

    def test_the_rest_is_asked_for(self, breaking: Server, tmp_path: Path) -> None:
        breaking.knows_ranges = True
        assert states(fetch(["second"], tmp_path)) == ["fetched"]
        assert breaking.ranges == [None, f"bytes={HALF}-"]
        assert (tmp_path / "second.zip").read_bytes() == SECOND

    def test_a_server_without_ranges_begins_again(
        self, breaking: Server, tmp_path: Path
    ) -> None:
        assert states(fetch(["second"], tmp_path)) == ["fetched"]
        assert breaking.ranges == [None, f"bytes={HALF}-"]
        assert (tmp_path / "second.zip").read_bytes() == SECOND

    @pytest.mark.parametrize("rest", [another_part, too_far])
    def test_without_the_rest_the_file_is_asked_for_again(
        self, rest: Answer, server: Server, tmp_path: Path
    ) -> None:
        """The server sends a part other than the rest, or none."""

        def second(request: BaseHTTPRequestHandler) -> None:
            server.answers.clear()
            rest(request)

        def first(request: BaseHTTPRequestHandler) -> None:
            server.answers["/second.zip"] = second
            head(request, Content_Length=len(SECOND))
            request.wfile.write(SECOND[:HALF])

        server.answers["/second.zip"] = first
        assert states(fetch(["second"], tmp_path)) == ["fetched"]
        assert server.ranges == [None, f"bytes={HALF}-", None]
        assert (tmp_path / "second.zip").read_bytes() == SECOND

    def test_parts_that_do_not_fit_together_do_not_land(
        self, server: Server, tmp_path: Path
    ) -> None:
        """The file is replaced on the server between the two connections."""

        def first(request: BaseHTTPRequestHandler) -> None:
            server.answers.clear()
            head(request, Content_Length=len(SECOND))
            request.wfile.write(b"x" * HALF)

        server.answers["/second.zip"] = first
        server.knows_ranges = True
        assert states(fetch(["second"], tmp_path)) == ["wrong"]
        assert names(tmp_path) == set()

    def test_it_is_given_up_after_a_few_attempts(
        self, server: Server, tmp_path: Path
    ) -> None:
        server.send_only["/first.zip"] = 10
        (outcome,) = fetch(["first"], tmp_path)
        assert server.asked == ["/first.zip"] * transfer.ATTEMPTS
        assert f"broke off {transfer.ATTEMPTS} times" in outcome.detail


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_that_is_busy_is_asked_again(
    server: Server, tmp_path: Path, status: int
) -> None:
    """The next attempt is soon, whatever delay the server requests."""

    def busy(request: BaseHTTPRequestHandler) -> None:
        server.answers.clear()
        request.send_response(status)
        request.send_header("Retry-After", "86400")
        request.send_header("Content-Length", "0")
        request.end_headers()

    server.answers["/first.zip"] = busy
    assert states(fetch(["first"], tmp_path)) == ["fetched"]
    assert server.asked == ["/first.zip", "/first.zip"]


def test_a_server_that_stays_busy_is_told(server: Server, tmp_path: Path) -> None:
    server.answers["/first.zip"] = lambda request: request.send_error(503)
    (outcome,) = fetch(["first"], tmp_path)
    assert outcome.state == "absent"
    assert "503" in outcome.detail
    assert len(server.asked) == 4


class TestLimits:
    def test_a_body_without_end_is_cut(
        self, server: Server, tmp_path: Path, archives: dict
    ) -> None:
        sent = []

        def endless(request: BaseHTTPRequestHandler) -> None:
            head(request)
            for _ in range(1000):
                request.wfile.write(bytes(1 << 20))
                sent.append(1)

        server.answers["/second.zip"] = endless
        outcomes = fetch([], tmp_path)
        assert states(outcomes) == ["fetched", "absent"]
        assert f"at most {archives['second'].most}" in outcomes[1].detail
        assert len(sent) < 100  # of 1000
        assert names(tmp_path) == {"first.zip"}

    def test_a_length_that_is_too_large_is_not_begun(
        self, server: Server, tmp_path: Path
    ) -> None:
        server.answers["/first.zip"] = lambda request: head(
            request, Content_Length=10**12
        )
        (outcome,) = fetch(["first"], tmp_path)
        assert "1000000000000 bytes or more; the archive has at most" in outcome.detail
        assert server.asked == ["/first.zip"]

    @pytest.fixture
    def crawling(self, server: Server) -> Iterator[Server]:
        """The server sends single bytes, each within the time limit of a socket."""
        over = threading.Event()

        def crawl(request: BaseHTTPRequestHandler) -> None:
            head(request, Content_Length=len(FIRST))
            for byte in itertools.chain(FIRST, itertools.repeat(0)):
                request.wfile.write(bytes([byte]))
                if over.wait(0.005):
                    return

        server.answers["/first.zip"] = crawl
        yield server
        over.set()

    def test_a_server_that_crawls_is_given_up(
        self, crawling: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(transfer, "WINDOW", 0.1)
        monkeypatch.setattr(transfer, "SLOWEST", 1e6)
        outcomes = fetch([], tmp_path)
        assert states(outcomes) == ["absent", "absent"]
        assert "sends less than 1000 kB/s" in outcomes[0].detail
        assert crawling.asked == ["/first.zip"]

    def test_a_file_may_take_only_so_long(
        self, crawling: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(transfer, "LONGEST", 0.1)
        outcomes = fetch([], tmp_path)
        assert states(outcomes) == ["absent", "absent"]
        assert "not done after" in outcomes[0].detail

    def test_headers_that_crawl_are_given_up(
        self, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        over = threading.Event()

        def crawl(request: BaseHTTPRequestHandler) -> None:
            request.wfile.write(b"HTTP/1.0 200 OK\r\nX: ")
            while not over.wait(0.005):
                request.wfile.write(b"x")

        server.answers["/first.zip"] = crawl
        monkeypatch.setattr(transfer, "ANSWER", 0.2)
        outcomes = fetch([], tmp_path)
        over.set()
        assert states(outcomes) == ["absent", "absent"]
        assert "no answer from 127.0.0.1" in outcomes[0].detail


LABEL = "a" * 64
ADDRESSES = {
    "half an IPv6 address": "http://[::1",
    "a long label": f"http://{LABEL}.org/x.zip",
    "an empty label": "http://a..org/x.zip",
    "no host": "http:///x.zip",
    "a port that is none": "http://127.0.0.1:port/x.zip",
    "a port too high": "http://127.0.0.1:99999/x.zip",
    "a file": "file:///etc/passwd",
    "another protocol": "ftp://127.0.0.1/x.zip",
    "no address": "\x1b]0;title\x07",
}


class TestHeaders:
    # urllib3 refuses two lengths before it has a response that could be closed.
    @pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
    @pytest.mark.parametrize("value", ["abc", "", "-5", "1e3", "٣", "5, 6", "9" * 5000])
    def test_a_length_that_is_none(
        self, server: Server, tmp_path: Path, value: str
    ) -> None:
        def answer(request: BaseHTTPRequestHandler) -> None:
            head(request, Content_Length=value.encode().decode("latin-1"))
            request.wfile.write(FIRST)

        server.answers["/first.zip"] = answer
        outcomes = fetch([], tmp_path)
        assert outcomes[0].state in ("fetched", "absent", "wrong")
        assert outcomes[1].state == "fetched"
        if outcomes[0].state == "fetched":
            assert (tmp_path / "first.zip").read_bytes() == FIRST
        gc.collect()

    @pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES)
    def test_a_redirect_to_what_is_no_address(
        self, server: Server, tmp_path: Path, address: str
    ) -> None:
        def redirect(request: BaseHTTPRequestHandler) -> None:
            request.send_response(302)
            request.send_header("Location", address)
            request.end_headers()

        server.answers["/first.zip"] = redirect
        outcomes = fetch(["first"], tmp_path)
        assert states(outcomes) == ["absent"]
        assert str(outcomes[0]).isprintable()
        assert exit_code(outcomes) == 2

    def test_a_redirect_in_a_circle(self, server: Server, tmp_path: Path) -> None:
        def redirect(request: BaseHTTPRequestHandler) -> None:
            request.send_response(302)
            request.send_header("Location", "/first.zip")
            request.end_headers()

        server.answers["/first.zip"] = redirect
        outcomes = fetch([], tmp_path)
        assert states(outcomes) == ["absent", "fetched"]
        assert "TooManyRedirects" in outcomes[0].detail

    def test_a_reason_with_escape_codes(self, server: Server, tmp_path: Path) -> None:
        server.answers["/first.zip"] = lambda request: (
            request.send_response(404, "\x1b[2Jgone") or request.end_headers()
        )
        (outcome,) = fetch(["first"], tmp_path)
        assert r"404 \x1b[2Jgone" in str(outcome)

    @pytest.mark.parametrize(
        "answer",
        [b"", b"\0" * 100, b"HTTP/9.9 what\r\n\r\n",
         b"HTTP/1.1 200 OK\r\nA: " + b"b" * 70000,
         b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
         b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nno gzip"],
        ids=["nothing", "zeros", "version", "long line", "chunks", "gzip"],
    )  # fmt: skip
    def test_an_answer_that_is_no_http(
        self, server: Server, tmp_path: Path, answer: bytes
    ) -> None:
        server.answers["/first.zip"] = lambda request: request.wfile.write(answer)
        outcomes = fetch([], tmp_path)
        assert outcomes[0].state in ("absent", "wrong")
        assert outcomes[1].state == "fetched"
        assert names(tmp_path) == {"second.zip"}


@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
@pytest.mark.parametrize("seed", range(6))
def test_random_answers(
    server: Server, archives: dict, tmp_path: Path, seed: int
) -> None:
    """Return a correct answer with some bytes changed, removed or repeated."""
    draw = random.Random(seed)
    right = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/zip\r\nContent-Length: "
        b"%d\r\nConnection: close\r\n\r\n" % len(FIRST)
    )

    def answer(request: BaseHTTPRequestHandler) -> None:
        content = bytearray(right + FIRST)
        for _ in range(draw.randint(1, 4)):
            # Mostly in the headers; a changed body is for the hash.
            at = draw.randrange(len(right) if draw.random() < 0.8 else len(content))
            some = draw.randbytes(draw.randint(0, 6))
            content[at : at + draw.choice([0, len(some), 9])] = some
        request.wfile.write(content)

    server.answers["/first.zip"] = answer
    for number in range(20):
        folder = tmp_path / str(number)
        outcomes = fetch([], folder, progress=False)
        assert outcomes[1].state == "fetched"
        assert str(outcomes[0]).isprintable()
        assert ("first.zip" in names(folder)) == (outcomes[0].state == "fetched")
        if outcomes[0].state == "fetched":  # a byte of no member may differ
            fetched = contents_hash(folder / "first.zip")
            assert fetched == archives["first"].contents
    # What urllib3 logs, tracebacks among it, is for no terminal.
    assert logging.getLogger("urllib3").hasHandlers()
    gc.collect()


MIRRORS = {
    **ADDRESSES,
    "no address": "://",
    "a query": "http://127.0.0.1/x?token=secret",
}


@pytest.mark.parametrize("mirror", MIRRORS.values(), ids=MIRRORS)
def test_a_mirror_that_is_no_address_is_one_message(
    server: Server, tmp_path: Path, mirror: str
) -> None:
    with pytest.raises(ScalingError, match=r"mirror .*DATA_MIRROR"):
        fetch([], tmp_path, mirror=mirror)
    assert server.asked == []


class TestPasswords:
    """User and password are sent to the server and never shown."""

    def shown(self, capfd: pytest.CaptureFixture[str]) -> str:
        out, err = capfd.readouterr()
        return out + err

    def test_they_are_sent_and_not_told(
        self, server: Server, tmp_path: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        asked = []

        def answer(request: BaseHTTPRequestHandler) -> None:
            asked.append(request.headers["Authorization"])
            head(request, Content_Length=len(FIRST))
            request.wfile.write(FIRST)

        server.answers["/m/first.zip"] = answer
        mirror = server.address.replace("://", "://me:secret@") + "/m"
        words = ["--root", str(tmp_path), "fetch", "first", "second"]
        assert main([*words, "--mirror", mirror]) == 0
        assert asked == ["Basic bWU6c2VjcmV0"]
        text = self.shown(capfd)
        assert f"from {server.address}/m/first.zip" in text
        assert "secret" not in text

    @pytest.mark.parametrize(
        "mirror",
        [
            "http://me:secret@127.0.0.1:1/x",
            "http://me:secret@[::1",
            "http://me:sec/ret@127.0.0.1/x",
            "ftp://me:secret@127.0.0.1/",
            "http://me:secret@127.0.0.1/x?y",
            "me:secret@127.0.0.1/x",
            f"http://me:secret@{LABEL}/x",
        ],
    )
    def test_nor_in_any_refusal(
        self, tmp_path: Path, mirror: str, capfd: pytest.CaptureFixture[str]
    ) -> None:
        words = ["--root", str(tmp_path), "fetch", "first", "--mirror", mirror]
        assert main(words) in (0, 2)
        text = self.shown(capfd)
        assert text
        assert "sec" not in text
        assert "ret@" not in text

    def test_nor_by_the_parser(self, capfd: pytest.CaptureFixture[str]) -> None:
        words = ["fetch", "--mirorr=http://me:secret@127.0.0.1/x", "--x=a:secret@b"]
        assert main(words) == 2
        assert main(["http://me:secret@127.0.0.1/x"]) == 2
        text = self.shown(capfd)
        assert "No such option" in text
        assert "No such command 'http://***@127.0.0.1/x'" in text
        assert "secret" not in text

    def test_nor_when_it_is_stopped(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        def stop(*arguments: object, **options: object) -> None:
            raise KeyboardInterrupt

        from value_scaling.commands import fetch

        monkeypatch.setattr(fetch, "fetch_archives", stop)
        words = ["--root", str(tmp_path), "fetch", "--mirror", "http://me:secret@h/x"]
        assert main(words) == 130
        text = self.shown(capfd)
        assert "To go on: scaling" in text
        assert "secret" not in text


def test_no_tree_is_made_where_no_folder_is(
    server: Server, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "nowhere"
    assert main(["--root", str(root), "fetch"]) == 2
    assert not root.exists()
    assert "--root" in capfd.readouterr().err
    assert server.asked == []
