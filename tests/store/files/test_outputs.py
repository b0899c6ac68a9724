"""Files are complete or unchanged, equal figures are equal files, roots are found."""

import errno
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from value_scaling.records import ScalingError
from value_scaling.store.files import outputs
from value_scaling.store.files.atomic import digest_file, replace_if_changed
from value_scaling.store.files.outputs import save_figure, save_json, save_text
from value_scaling.store.folders import ROOT_VARIABLE, Folders, find_root


def draw() -> Figure:
    figure = Figure(figsize=(3, 2), layout="constrained")
    axes = figure.add_subplot()
    axes.loglog([1, 2, 4], [3, 2, 1], label=r"$D_J(\sigma)$")
    axes.pcolormesh([1, 2, 4], [1, 2, 3], np.eye(2), rasterized=True)
    axes.legend()
    return figure


def test_figures_are_the_same_bytes_again(tmp_path):
    stem = tmp_path / "figures" / "gym.v1_data"
    assert save_figure(draw(), stem)
    paths = [stem.with_name(f"gym.v1_data.{kind}") for kind in ("pdf", "png")]
    first = [path.read_bytes() for path in paths]
    assert not save_figure(draw(), stem)
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); from pathlib import Path\n"
        "from test_outputs import draw\n"
        "from value_scaling.store.files.outputs import save_figure\n"
        "save_figure(draw(), Path(sys.argv[2]))\n"
    )
    again = tmp_path / "again"
    here = str(Path(__file__).parent)
    environment = os.environ | {"PYTHONHASHSEED": "7", "SOURCE_DATE_EPOCH": "99"}
    subprocess.run(
        [sys.executable, "-c", script, here, str(again)], check=True, env=environment
    )
    assert [again.with_suffix(p.suffix).read_bytes() for p in paths] == first
    for content in first:
        assert matplotlib.__version__.encode() not in content
        assert b"CreationDate" not in content


def test_png_has_its_resolution(tmp_path):
    save_figure(draw(), tmp_path / "x")
    head = (tmp_path / "x.png").read_bytes()[16:24]
    assert np.frombuffer(head, dtype=">u4").tolist() == [600, 400]


def test_texts_and_json(tmp_path):
    assert save_text(tmp_path / "a" / "σ.tex", "σ ≥ 1\n\n")
    assert (tmp_path / "a" / "σ.tex").read_bytes() == "σ ≥ 1\n".encode()
    assert save_json(tmp_path / "b.json", {"b": [1, 2.5], "a": None})
    assert not save_json(tmp_path / "b.json", {"b": [1, 2.5], "a": None})
    with pytest.raises(ValueError, match="not JSON compliant"):
        save_json(tmp_path / "b.json", float("nan"))
    assert (tmp_path / "b.json").read_text().startswith('{\n "b"')


def test_only_changed_files_are_touched(tmp_path):
    path = tmp_path / "x"
    assert replace_if_changed(path, b"1")
    os.utime(path, (1, 1))
    assert not replace_if_changed(path, b"1")
    assert path.stat().st_mtime == 1
    assert replace_if_changed(path, b"2")
    assert path.read_bytes() == b"2"
    assert list(tmp_path.iterdir()) == [path]
    assert digest_file(path) == hashlib.sha256(b"2").hexdigest()


@pytest.mark.parametrize(
    ("number", "fix"),
    [
        (errno.ENOSPC, "make room on the disk"),
        (errno.EACCES, "get the permission"),
        (errno.EROFS, "not read-only"),
        (errno.EIO, "operating system"),
    ],
)
def test_a_failed_write_leaves_what_was_there(tmp_path, monkeypatch, number, fix):
    path = tmp_path / "x"
    path.write_bytes(b"old")

    def fail(self, content):
        with self.open("wb") as file:
            file.write(content[:1])
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(ScalingError, match=fix) as error:
        replace_if_changed(path, b"new")
    assert str(path) in str(error.value)
    assert os.strerror(number) in str(error.value)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_interrupted_write_leaves_nothing(tmp_path, monkeypatch):
    def interrupt(self, target):
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        replace_if_changed(tmp_path / "x", b"new")
    assert not list(tmp_path.iterdir())


def test_files_and_folders_in_the_way(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder" / "below").mkdir(parents=True)
    with pytest.raises(ScalingError, match="where a folder must be"):
        replace_if_changed(tmp_path / "file" / "x", b"")
    with pytest.raises(ScalingError, match="where the file must be"):
        replace_if_changed(tmp_path / "folder", b"")
    with pytest.raises(ScalingError, match="cannot be read"):
        digest_file(tmp_path / "none")


def test_the_root_is_found_upwards(tmp_path, monkeypatch):
    monkeypatch.delenv(ROOT_VARIABLE, raising=False)
    (tmp_path / "code" / "value_scaling").mkdir(parents=True)
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    with pytest.raises(ScalingError, match="no checkout here or above"):
        find_root(below)
    (tmp_path / "data").mkdir()
    monkeypatch.chdir(below)
    assert find_root() == tmp_path
    folders = Folders.at()
    assert folders.generated == tmp_path / "paper" / "generated"
    assert folders.archives == tmp_path / "data" / "zip"


def test_the_root_may_be_named(tmp_path, monkeypatch):
    monkeypatch.setenv(ROOT_VARIABLE, str(tmp_path))
    assert Folders.at().root == tmp_path
    monkeypatch.setenv(ROOT_VARIABLE, str(tmp_path / "none"))
    with pytest.raises(ScalingError, match=f"{ROOT_VARIABLE}.*not a folder"):
        find_root()


@pytest.mark.parametrize("kind", ["pdf", "png"])
def test_settings_of_the_user_change_no_figure(kind: str) -> None:
    figure = draw()
    figure.draw_without_rendering()
    plain = outputs.draw(figure, kind)
    theirs = {
        "savefig.facecolor": "red",
        "savefig.bbox": "tight",
        "pdf.compression": 0,
        "text.antialiased": False,
    }
    with matplotlib.rc_context(theirs):
        assert outputs.draw(figure, kind) == plain
