"""Transfer of one file from a folder or an address, with limits on size and time."""

import errno
import stat
import threading
import time
from pathlib import Path
from queue import Empty, Queue
from typing import BinaryIO
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from tqdm import tqdm
from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError
from urllib3.util.retry import Retry

TIMEOUT = (5.0, 20.0)
"""Time limits in seconds for a connection and for the wait between two pieces. They
are short because a host may have no network."""
ANSWER = 60.0
"""Time limit in seconds for the start of an answer, with redirects and retries."""
SLOWEST, WINDOW = 1000.0, 30.0
"""Lowest allowed speed in bytes per second, and the seconds of its average."""
LONGEST = 900.0
"""Time limit in seconds for one file."""
ATTEMPTS = 4
"""Number of connections for one file. Each continues where the last one broke off."""
FIRST_PAUSE = 0.5
"""Pause in seconds before the second attempt. It doubles before each further one."""
PIECE = 1 << 16
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Unavailable(Exception):
    """A source does not provide the file; with `host`, its host provides no file."""

    def __init__(self, reason: str, *, host: bool = False) -> None:
        super().__init__(reason)
        self.host = host


class _Broken(Exception):
    """The connection ended before the file was complete."""


def host_of(address: str) -> str:
    """Return the host and port of an address, without user and password."""
    return urlsplit(address).netloc.rpartition("@")[2]


def without_user(address: str) -> str:
    """Return an address without user and password, or a folder unchanged."""
    if "://" not in address:
        return address
    return urlunsplit(urlsplit(address)._replace(netloc=host_of(address)))


def copy(source: Path, part: Path, *, most: int) -> None:
    """Copy a file from a folder if it has at most `most` bytes.

    Raises:
        Unavailable: `source` is missing, unreadable, not a file, or too large.
        OSError: `part` cannot be written.
    """
    try:
        if not stat.S_ISREG(source.stat().st_mode):
            raise Unavailable(f"{source} is not a file")
        with source.open("rb") as file, part.open("wb") as target:
            while piece := file.read(PIECE):
                _write(target, piece, most)
    except FileNotFoundError as error:
        raise Unavailable(f"not in {source.parent}") from error
    except OSError as error:
        if error.errno in _DISK or error.filename == str(part):
            raise
        raise Unavailable(f"{source} cannot be read ({error.strerror})") from error


def download(source: str, part: Path, *, most: int, progress: bool) -> None:
    """Download a file of at most `most` bytes from an address.

    After a broken connection the download continues where it stopped, if the server
    supports that. The caller checks the hash of the file, which also shows whether the
    parts fit together.

    Raises:
        Unavailable: the server cannot be reached, does not have the file, is too slow,
            or sends too many bytes.
        OSError: `part` cannot be written.
    """
    # The bar appears only on a terminal (disable=None).
    bar = tqdm(
        desc=urlsplit(source).path.split("/")[-1],
        unit="B",
        unit_scale=True,
        leave=False,
        disable=None if progress else True,
    )
    # Without a network a second attempt to connect would only cost time.
    retry = Retry(
        total=None,
        connect=0,
        read=2,
        status=3,
        other=0,
        status_forcelist=(429, 500, 502, 503, 504),
        backoff_factor=FIRST_PAUSE,
        respect_retry_after_header=False,  # the header may ask for a day
        raise_on_status=False,
    )
    ends = time.monotonic() + LONGEST
    with requests.Session() as session, part.open("wb") as file, bar:
        for scheme in ("http://", "https://"):
            session.mount(scheme, HTTPAdapter(max_retries=retry))
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(FIRST_PAUSE * 2 ** (attempt - 1))
            try:
                return _receive(session, source, file, most=most, ends=ends, bar=bar)
            except _Broken as error:
                reason = str(error)
    raise Unavailable(f"{without_user(source)} broke off {ATTEMPTS} times ({reason})")


def _receive(
    session: requests.Session,
    source: str,
    file: BinaryIO,
    *,
    most: int,
    ends: float,
    bar: tqdm,
) -> None:
    """Append the missing part of the source to `file`."""
    answers: Queue = Queue(maxsize=16)
    stop = threading.Event()
    headers = {"Accept-Encoding": "identity"}
    if file.tell():
        headers["Range"] = f"bytes={file.tell()}-"
    # The request runs in a thread because the time limit of a socket starts again with
    # each byte and does not bound the answer. The process can end while the thread
    # hangs.
    threading.Thread(
        target=_ask, args=(session, source, headers, answers, stop), daemon=True
    ).start()
    try:
        _begin(_next(answers, time.monotonic() + ANSWER), source, file, most, bar)
        since, mark = time.monotonic(), file.tell()
        while True:
            piece = _next(answers, min(since + WINDOW, ends))
            now = time.monotonic()
            if piece is None or now >= since + WINDOW:
                if now >= ends:
                    raise Unavailable(
                        f"not done after {LONGEST / 60:.0f} minutes", host=True
                    )
                if file.tell() - mark < SLOWEST * WINDOW:
                    raise Unavailable(
                        f"{host_of(source)} sends less than {SLOWEST / 1000:g} kB/s",
                        host=True,
                    )
                since, mark = now, file.tell()
            if piece == b"":
                return
            if isinstance(piece, bytes):
                _write(file, piece, most)
                bar.update(len(piece))
    except requests.exceptions.SSLError as error:
        raise Unavailable(
            f"no secure connection to {host_of(source)}", host=True
        ) from error
    except requests.ConnectionError as error:
        cause = error.args[0] if error.args else None
        if isinstance(getattr(cause, "reason", cause), ProtocolError):
            raise Unavailable(f"{without_user(source)}: no answer in HTTP") from error
        raise Unavailable(f"no connection to {host_of(source)}", host=True) from error
    except requests.Timeout as error:
        raise Unavailable(f"no answer from {host_of(source)}", host=True) from error
    # InvalidURL, TooManyRedirects and similar errors. ValueError comes from an invalid
    # address, also in a redirect, such as http://[::1 or a label of over 63 characters.
    except (requests.RequestException, ValueError) as error:
        raise Unavailable(
            f"{without_user(source)} leads to no file ({type(error).__name__}: "
            f"{str(error)[:200]})"
        ) from error
    except ReadTimeoutError as error:
        raise Unavailable(f"{host_of(source)} stopped answering", host=True) from error
    except HTTPError as error:
        raise _Broken(f"after {file.tell()} bytes") from error
    finally:
        stop.set()
        while not answers.empty():  # a full queue would block the thread
            answers.get_nowait()


def _ask(
    session: requests.Session,
    source: str,
    headers: dict[str, str],
    answers: Queue,
    stop: threading.Event,
) -> None:
    """Put the response, its pieces and b"", or an error, into `answers`."""
    try:
        with session.get(
            source, headers=headers, stream=True, timeout=TIMEOUT
        ) as response:
            answers.put(response)
            while not stop.is_set():
                piece = response.raw.read1(PIECE, decode_content=False) or b""
                answers.put(piece)
                if not piece:
                    return
    except Exception as error:  # raised again where the answers are read
        answers.put(error)


def _next(answers: Queue, until: float) -> requests.Response | bytes | None:
    """Return the next answer, or None if none arrives by `until`."""
    try:
        answer = answers.get(timeout=max(until - time.monotonic(), 0.001))
    except Empty:
        return None
    if isinstance(answer, OSError) and not isinstance(
        answer, requests.RequestException
    ):
        raise _Broken(str(answer))  # the connection failed, not the disk
    if isinstance(answer, Exception):
        raise answer
    return answer


def _begin(
    response: requests.Response | bytes | None,
    source: str,
    file: BinaryIO,
    most: int,
    bar: tqdm,
) -> None:
    """Check the headers, and empty `file` unless the response continues it."""
    if not isinstance(response, requests.Response):
        raise Unavailable(
            f"no answer from {host_of(source)} within {ANSWER:.0f} s", host=True
        )
    if response.status_code == 416 and file.tell():
        _empty(file, bar)
        raise _Broken("the server does not have the rest")
    if response.status_code >= 400:
        raise Unavailable(
            f"{without_user(source)}: {response.status_code} {response.reason}"
        )
    goes_on = response.headers.get("Content-Range", "").startswith(
        f"bytes {file.tell()}-"
    )
    if response.status_code == 206 and not goes_on:
        _empty(file, bar)
        raise _Broken("the server sent a part of the file that was not requested")
    if response.status_code != 206:
        _empty(file, bar)
    length = response.headers.get("Content-Length", "")
    if length.isdecimal():
        bar.total = file.tell() + int(length)
        if bar.total > most:
            raise Unavailable(_too_much(bar.total, most))


def _empty(file: BinaryIO, bar: tqdm) -> None:
    file.seek(0)
    file.truncate()
    bar.reset()


def _write(file: BinaryIO, piece: bytes, most: int) -> None:
    if file.tell() + len(piece) > most:
        raise Unavailable(_too_much(file.tell() + len(piece), most))
    file.write(piece)


def _too_much(size: int, most: int) -> str:
    return f"{size} bytes or more; the archive has at most {most}"
