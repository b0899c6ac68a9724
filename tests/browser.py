"""Headless Chromium, driven over the DevTools protocol."""

import itertools
import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
WAIT = 60.0
"""Seconds to wait for the browser."""


class Page:
    """One page of the browser, with the events that it has sent so far."""

    def __init__(self, socket: Any) -> None:
        self._socket, self._numbers = socket, itertools.count(1)
        self.events: list[dict[str, Any]] = []

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol and return its result."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        self._socket.send(json.dumps(message))
        while True:
            answer = json.loads(self._socket.recv(timeout=WAIT))
            if answer.get("id") == number:
                assert "error" not in answer, answer
                found: dict[str, Any] = answer["result"]
                return found
            self.events.append(answer)

    def run(self, script: str) -> Any:
        """Evaluate an expression, wait if it is a promise, and return its value."""
        answer = self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def open(self, path: Path, *, width: int = 1400, scheme: str = "light") -> None:
        """Open a file and wait until it has loaded."""
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=900, deviceScaleFactor=1, mobile=width < 600,
        )  # fmt: skip
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.call("Emulation.setEmulatedMedia", features=[feature])
        self.call("Page.navigate", url=path.as_uri())
        self.run(
            "new Promise(done => document.readyState === 'complete' ? done() : "
            "addEventListener('load', () => setTimeout(done, 100)))"
        )

    def errors(self) -> list[str]:
        """Return what was logged as an error, and exceptions of scripts."""
        found = []
        for event in self.events:
            name, about = event["method"], event["params"]
            if name == "Runtime.exceptionThrown":
                found.append(json.dumps(about["exceptionDetails"])[:500])
            elif name == "Runtime.consoleAPICalled" and about["type"] == "error":
                found.append(json.dumps(about["args"])[:500])
            elif name == "Log.entryAdded" and about["entry"]["level"] == "error":
                found.append(about["entry"]["text"])
        return found

    def requests(self) -> list[str]:
        """Return every address that the page asked for, but data in the page itself."""
        return [
            event["params"]["request"]["url"]
            for event in self.events
            if event["method"] == "Network.requestWillBeSent"
            and not event["params"]["request"]["url"].startswith(("data:", "blob:"))
        ]


@contextmanager
def browser(folder: Path) -> Iterator[Page]:
    """Start the browser; `folder` gets its profile and what it downloads.

    The test is skipped where there is no Chromium or no library for its protocol.
    """
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip(f"no Chromium here (looked for {', '.join(NAMES)})")
    client = pytest.importorskip("websockets.sync.client")
    command = [
        *(program, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
        *("--remote-debugging-port=0", f"--user-data-dir={folder / 'profile'}"),
        "about:blank",
    ]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet) as process:
        try:
            port = _port(folder / "profile" / "DevToolsActivePort")
            address = f"http://127.0.0.1:{port}/json/list"
            with urllib.request.urlopen(address, timeout=WAIT) as answer:
                pages = [p for p in json.load(answer) if p["type"] == "page"]
            where = pages[0]["webSocketDebuggerUrl"]
            with client.connect(where, max_size=None, proxy=None) as socket:
                page = Page(socket)
                page.call(
                    "Browser.setDownloadBehavior",
                    behavior="allow", downloadPath=str(folder),
                )  # fmt: skip
                yield page
        finally:
            process.terminate()


def _port(file: Path) -> int:
    """Return the port that the browser has chosen, when it has."""
    deadline = time.monotonic() + WAIT
    while time.monotonic() < deadline:
        if file.exists() and (text := file.read_text()):
            return int(text.splitlines()[0])
        time.sleep(0.05)
    raise TimeoutError(f"the browser did not write {file}")
