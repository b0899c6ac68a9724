"""The end of training reports which runs failed, and at which step."""

import pytest

from value_scaling.__main__ import main
from value_scaling.records import Setting
from value_scaling.store.archives.manifests import verify_manifest
from value_scaling.store.folders import Folders
from value_scaling.store.studies.load import load_study
from value_scaling.sweep.run.outcome import Failures


def train(folders: Folders) -> int:
    """Run `scaling train tiny --executor one` in this process."""
    words = ["train", "tiny", "--set", "sweep", "--executor", "one"]
    return main(["--root", str(folders.root), *words])


def test_the_command_tells_them(
    tiny: Folders, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tiny.studies / "tiny.toml"
    path.write_text(path.read_text().replace("2e-3]", "100]"))
    assert train(tiny) == 0
    told = capsys.readouterr().out
    manifest = verify_manifest(tiny.archive(load_study("tiny", tiny), "sweep"))
    assert manifest is not None
    stored = [n["failed"] for n in manifest["settings"].values() if n["failed"]]
    assert sorted(len(failed) for failed in stored) == [1, 2]
    assert "3 runs failed" in told
    for failed in stored:
        for seed, step in failed.items():
            assert 100 <= step < 1000
            assert f"seed {seed} at step {step}" in told
    assert told.count("all of them") == 1
    assert train(tiny) == 0  # nothing is left to do; the failures are reported again
    assert "3 runs failed" in capsys.readouterr().out


def test_failures_in_words() -> None:
    some = Failures(Setting("Ant-v4", 1.0, 8, 1e-3), 3, ((1, 500),))
    every = Failures(Setting("Ant-v4", 2.0, 8, 1e-3), 1, ((0, 7),))
    assert some.words == "seed 1 at step 500"
    assert every.words == (
        "seed 0 at step 7: all of them, so nothing is left of this setting"
    )
