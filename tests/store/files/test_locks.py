"""File locks: holders, waiting, and errors."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from value_scaling.records import ScalingError
from value_scaling.store.files.locks import acquire_lock

HOLD = """
import sys, time
from pathlib import Path
from value_scaling.store.files.locks import acquire_lock
with acquire_lock(Path(sys.argv[1])) as free:
    print(free, flush=True)
    time.sleep(float(sys.argv[2]))
"""


def holder(path: Path, seconds: float) -> subprocess.Popen:
    """Start a process that takes the lock and holds it for a while."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path), str(seconds)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout as said:
        assert said.readline() == "True\n"
    return process


def test_a_lock_has_one_holder(tmp_path: Path) -> None:
    path = tmp_path / "a" / "group.lock"
    with acquire_lock(path) as mine:
        assert mine
        done = subprocess.run(
            [sys.executable, "-c", HOLD, str(path), "0"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == "False\n"
    with acquire_lock(path) as mine:
        assert mine
    assert path.exists()


def test_a_killed_holder_has_it_no_longer(tmp_path: Path) -> None:
    path = tmp_path / "group.lock"
    process = holder(path, 600)
    try:
        with acquire_lock(path) as mine:
            assert not mine
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    with acquire_lock(path) as mine:
        assert mine


def test_what_takes_moments_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "archive.lock"
    process = holder(path, 1)
    begun = time.monotonic()
    with acquire_lock(path, wait=True) as mine:
        assert mine
        assert process.wait() == 0
    assert time.monotonic() - begun > 0.2


def test_a_body_that_fails_frees_it(tmp_path: Path) -> None:
    path = tmp_path / "group.lock"
    with pytest.raises(KeyError), acquire_lock(path):
        raise KeyError
    with acquire_lock(path) as mine:
        assert mine


def test_a_folder_in_its_place_is_said(tmp_path: Path) -> None:
    path = tmp_path / "group.lock"
    path.mkdir()
    with (
        pytest.raises(ScalingError, match=r"group.lock.*remove or rename the folder"),
        acquire_lock(path),
    ):
        pass


def test_a_file_in_place_of_its_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").touch()
    with (
        pytest.raises(ScalingError, match="remove or rename the file"),
        acquire_lock(tmp_path / "checkpoints" / "group.lock"),
    ):
        pass


def test_a_file_system_without_locks_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No lock file is used as a substitute, because it would remain after a kill."""
    import errno
    import fcntl

    def missing(*_: object) -> None:
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", missing)
    with (
        pytest.raises(ScalingError, match="Function not implemented"),
        acquire_lock(tmp_path / "group.lock"),
    ):
        pass
