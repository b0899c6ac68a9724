"""Special files, endless files, and files with a byte order mark."""

import os
from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest

from value_scaling.records import ScalingError
from value_scaling.store.archives.hours import hours_path, load_hours
from value_scaling.store.files.atomic import digest_file
from value_scaling.store.files.regular import open_file, read_file
from value_scaling.store.files.run_files import load_arrays
from value_scaling.store.folders import Folders
from value_scaling.store.studies.load import load_study
from value_scaling.store.studies.training import load_training


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    """Reading a FIFO without a writer would wait forever."""
    path = tmp_path / "fifo"
    os.mkfifo(path)
    return path


def test_a_file_is_opened(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"content")
    (tmp_path / "link").symlink_to("a")
    with open_file(tmp_path / "link") as file:
        assert file.read() == b"content"


def test_no_more_is_read_than_allowed(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1234")
    assert read_file(tmp_path / "a", most=4) == b"1234"
    with pytest.raises(OSError, match="more than 3 bytes"):
        read_file(tmp_path / "a", most=3)


def test_a_file_that_says_it_is_empty_and_is_not() -> None:
    """For files such as those in /proc, the stated size does not limit the content."""
    status = Path("/proc/self/status")
    if not status.exists():
        pytest.skip("no /proc here")
    with pytest.raises(OSError, match="more than 10 bytes"):
        read_file(status, most=10)


def test_nothing_waits_for_a_fifo(fifo: Path) -> None:
    with pytest.raises(OSError, match="it is a FIFO, not a file"):
        open_file(fifo)
    for read in (digest_file, load_arrays):
        with pytest.raises(ScalingError, match="it is a FIFO, not a file"):
            read(fifo)
    os.mkfifo(hours_path(fifo.with_name("x.zip")))
    with pytest.raises(ScalingError, match="it is a FIFO, not a file"):
        load_hours(fifo.with_name("x.zip"))


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    folders = Folders.at(tmp_path)
    (folders.studies / "training").mkdir(parents=True)
    return folders


def bundled(name: str) -> bytes:
    return (resources.files("value_scaling") / "studies" / name).read_bytes()


def test_settings_that_begin_with_a_mark(folders: Folders) -> None:
    """A byte order mark, which Windows editors write, is not an error."""
    mark = b"\xef\xbb\xbf"
    study = folders.studies / "mine.toml"
    own = bundled("classic.toml").replace(b'"classic_', b'"mine_')
    study.write_bytes(own)
    plain = load_study("mine", folders)
    study.write_bytes(mark + own)
    marked = load_study("mine", folders)
    assert replace(marked, digest="") == replace(plain, digest="")
    training = folders.studies / "training" / "mine.toml"
    training.write_bytes(mark + bundled("training/classic.toml"))
    assert load_training(marked, folders).study == "mine"


def test_settings_in_another_encoding_are_named(folders: Folders) -> None:
    study = folders.studies / "mine.toml"
    study.write_bytes(bundled("classic.toml").decode().encode("utf-16"))
    with pytest.raises(ScalingError, match=r"mine\.toml: found .*utf-8"):
        load_study("mine", folders)


def test_settings_that_are_no_file(folders: Folders) -> None:
    os.mkfifo(folders.studies / "mine.toml")
    with pytest.raises(ScalingError, match="mine"):
        load_study("mine", folders)
