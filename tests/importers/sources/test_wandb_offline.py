"""W&B's run folders, written here from the format's description and by wandb itself."""

from pathlib import Path
from typing import Any

import pytest
from planted_wandb import log_of, write_run

from value_scaling.importers.logged import Logged
from value_scaling.importers.options import Rules
from value_scaling.importers.sources.wandb_files import DamagedLog, read_records
from value_scaling.importers.sources.wandb_offline import read_offline
from value_scaling.records import ScalingError

TAG = "eval/mean_reward"


def read(folder: Path, **rules: Any) -> list[Logged]:
    return [*read_offline(str(folder), Rules(**rules))]


def test_records_of_every_size(tmp_path: Path) -> None:
    """Chunks end with blocks: records around 32 KiB, and padding of up to six bytes."""
    sizes = [0, 1, 100, 32754, 32755, 32761, 32768, 70_000, *range(32740, 32770)]
    records = [b"\x9a\x01" + _varint(size) + bytes(size) for size in sizes]
    path = tmp_path / "run-a.wandb"
    path.write_bytes(log_of(records))
    assert list(read_records(path)) == [[(19, bytes(size))] for size in sizes]


def _varint(value: int) -> bytes:
    digits = []
    while value >= 0x80:
        digits.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*digits, value])


def test_a_run(tmp_path: Path) -> None:
    rows = [
        {"global_step": 100, TAG: 1.5, "loss": 3},
        {"global_step": 150, "loss": 3},
        {"global_step": 200, TAG: 2.5, "video": {"_type": "video"}},
    ]
    config = {"agent.lr": 3e-4, "env": "Ant-v4", "_wandb": {"x": 1}}
    write_run(tmp_path, "abc", rows, config, name="sac__1")
    (run,) = read(tmp_path)
    assert run.steps.tolist() == [100, 200]
    assert run.values.tolist() == [1.5, 2.5]
    assert run.labels == {"agent.lr": 3e-4, "env": "Ant-v4"}
    assert (run.name, run.state, run.metric) == ("sac__1", "finished", TAG)
    assert run.where.endswith("offline-run-20260101_120000-abc")
    assert run.notes == ()


def test_the_own_step_counts_where_there_is_no_other(tmp_path: Path) -> None:
    rows = [{"_step": 1000, TAG: 1.0}, {"_step": 2000, TAG: 2.0, "frames": 8000}]
    write_run(tmp_path, "abc", rows, {})
    (run,) = read(tmp_path)
    assert run.steps.tolist() == [1000, 2000]
    assert run.notes == ("W&B's own step is used as the environment step",)
    (run,) = read(tmp_path, step="frames")
    assert run.steps.tolist()[1:] == [8000]
    assert run.steps[0] != run.steps[0]  # not logged with that value


def test_parts_of_a_resumed_run_are_joined_in_time(tmp_path: Path) -> None:
    def rows(*pairs: tuple[int, float]) -> list[dict[str, float]]:
        return [{"global_step": step, TAG: value} for step, value in pairs]

    again = rows((2, 20), (3, 30))
    write_run(tmp_path, "abc", again, {"seed": 1}, time="20260102_000000")
    write_run(tmp_path, "abc", rows((1, 1), (2, 2)), {"seed": 1}, exit_code=None)
    (run,) = read(tmp_path)
    assert run.steps.tolist() == [1, 2, 2, 3]
    assert run.values.tolist() == [1, 2, 20, 30]
    assert run.state == "finished"


@pytest.mark.parametrize(
    ("code", "state"), [(None, "crashed"), (1, "failed"), (0, "finished")]
)
def test_how_a_run_ended(tmp_path: Path, code: int | None, state: str) -> None:
    write_run(tmp_path, "abc", [{TAG: 1.0}], {}, exit_code=code)
    (run,) = read(tmp_path)
    assert run.state == state


def test_values_that_are_not_finite_are_kept_for_the_rules(tmp_path: Path) -> None:
    write_run(tmp_path, "a", [{TAG: float("nan")}, {TAG: "Infinity"}, {TAG: 1}], {})
    (run,) = read(tmp_path)
    assert run.values.tolist()[1:] == [float("inf"), 1]
    assert len(run.values) == 3


def test_a_log_that_was_cut_off_is_read_up_to_there(tmp_path: Path) -> None:
    rows = [{"global_step": step, TAG: step} for step in range(50)]
    path = write_run(tmp_path, "abc", rows, {})
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    (run,) = read(tmp_path)
    assert 10 < len(run.values) < 50
    assert run.state == "crashed"
    (note,) = run.notes
    assert note.startswith("its W&B log ends in half a record")


def test_a_flipped_byte_is_seen(tmp_path: Path) -> None:
    rows = [{"global_step": step, TAG: step} for step in range(50)]
    path = write_run(tmp_path, "abc", rows, {})
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(DamagedLog, match=r"damaged|half"):
        [*read_records(path)]
    (run,) = read(tmp_path)
    assert run.notes


@pytest.mark.parametrize(
    "content", [b"", b":W&B", b"something else", b":W&B\xe1\xbe\x00" + b"x" * 40]
)
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "run-a.wandb").write_bytes(content)
    with pytest.raises(ScalingError, match="expected a W&B log"):
        read(tmp_path)


def test_the_return_is_not_there(tmp_path: Path) -> None:
    write_run(tmp_path, "abc", [{"loss": 1.0}], {})
    with pytest.raises(ScalingError, match="found _step, loss; expected a return"):
        read(tmp_path)


@pytest.mark.filterwarnings("ignore")  # wandb's own
def test_what_wandb_itself_writes(tmp_path: Path, monkeypatch: Any) -> None:
    wandb = pytest.importorskip("wandb", reason="wandb is not in the environment")
    monkeypatch.setenv("WANDB_MODE", "offline")
    config = {"env": "Ant-v4", "agent": {"lr": 3e-4}, "seed": 2}
    run = wandb.init(project="p", name="sac__2", dir=str(tmp_path), config=config)
    for step in range(0, 3000, 10):
        run.log({"global_step": step, TAG: step / 4, "text": "x" * 200})
    run.finish()
    (found,) = read(tmp_path)
    assert found.steps.tolist() == [*range(0, 3000, 10)]
    assert found.values.tolist() == [step / 4 for step in range(0, 3000, 10)]
    assert found.labels == {"env": "Ant-v4", "agent.lr": 3e-4, "seed": 2}
    assert (found.name, found.state) == ("sac__2", "finished")
