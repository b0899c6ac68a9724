"""Event files as TensorBoard's own writer and tensorboardX write them."""

from pathlib import Path

import pytest
from planted_logs import write_events
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.hparams import metadata, plugin_data_pb2
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from tensorboard.util.tensor_util import make_tensor_proto

from value_scaling.importers.logged import Logged
from value_scaling.importers.options import Rules
from value_scaling.importers.sources.tensorboard import read_tensorboard
from value_scaling.records import ScalingError

TAG = "charts/episodic_return"


def read(folder: Path, **rules: object) -> list[Logged]:
    return [*read_tensorboard(str(folder), Rules(**rules))]  # type: ignore[arg-type]


def test_a_run_of_cleanrl(tmp_path: Path) -> None:
    """Its folder, tag and table of hyperparameters are CleanRL's."""
    config = {"env_id": "Ant-v4", "q_lr": 0.001, "batch_size": 256, "seed": 1}
    write_events(tmp_path / "Ant-v4__sac__1__1699", TAG, [90, 210], [1.5, 2.5], config)
    (run,) = read(tmp_path)
    assert run.name == f"{tmp_path.name}/Ant-v4__sac__1__1699"
    assert run.steps.tolist() == [90, 210]
    assert run.values.tolist() == [1.5, 2.5]
    assert run.labels == {name: str(value) for name, value in config.items()}
    assert (run.kind, run.metric) == ("episodes", TAG)


def test_every_point_is_read(tmp_path: Path) -> None:
    """TensorBoard shows a sample of a thousand."""
    write_events(tmp_path, TAG, range(5000), range(5000), {})
    (run,) = read(tmp_path)
    assert run.values.tolist() == [*range(5000)]


def test_files_of_a_resumed_run_in_the_order_of_their_times(tmp_path: Path) -> None:
    write_events(tmp_path, TAG, [1, 2, 3], [1, 2, 3], {})
    write_events(tmp_path, TAG, [2, 3, 4], [20, 30, 40], {}, suffix=".b")
    for path in tmp_path.iterdir():
        time = "1700000002" if path.name.endswith(".b") else "1700000001"
        path.rename(path.with_name(f"events.out.tfevents.{time}.host.1.0"))
    (run,) = read(tmp_path)
    assert run.steps.tolist() == [1, 2, 3, 2, 3, 4]
    assert run.values.tolist() == [1, 2, 3, 20, 30, 40]


def write_values(folder: Path, *values: Summary.Value) -> None:
    writer = EventFileWriter(str(folder))
    for value in values:
        writer.add_event(Event(summary=Summary(value=[value]), step=7, wall_time=1e9))
    writer.close()


def test_scalars_as_tensors(tmp_path: Path) -> None:
    """As flax and TensorFlow 2 write them."""
    tensor = make_tensor_proto(1.5)
    write_values(tmp_path, Summary.Value(tag="eval/mean_reward", tensor=tensor))
    (run,) = read(tmp_path)
    assert (run.steps.tolist(), run.values.tolist()) == ([7], [1.5])
    assert run.kind is None


def test_hparams(tmp_path: Path) -> None:
    start = plugin_data_pb2.SessionStartInfo()
    start.hparams["batch_size"].number_value = 256
    start.hparams["env"].string_value = "Ant-v4"
    data = plugin_data_pb2.HParamsPluginData(session_start_info=start)
    write_values(
        tmp_path,
        Summary.Value(
            tag=metadata.SESSION_START_INFO_TAG,
            metadata=metadata.create_summary_metadata(data),
        ),
        Summary.Value(tag="eval/mean_reward", simple_value=1),
    )
    (run,) = read(tmp_path)
    assert run.labels == {"batch_size": 256, "env": "Ant-v4"}


def test_a_dictionary_as_text(tmp_path: Path) -> None:
    """As the trainer of this project logs its configuration."""
    text = repr({"agent.critic_lr": 0.001, "env_name": "Ant-v4", "x": {"y": 1}})
    tensor = make_tensor_proto([text.encode()])
    write_values(tmp_path, Summary.Value(tag="config/text_summary", tensor=tensor))
    with pytest.raises(ScalingError, match="no numbers; expected a return"):
        read(tmp_path)
    write_events(tmp_path, TAG, [1], [1], {})
    (run,) = read(tmp_path)
    assert run.labels == {"agent.critic_lr": 0.001, "env_name": "Ant-v4", "x.y": 1}


def test_a_run_without_the_return_has_no_values(tmp_path: Path) -> None:
    write_events(tmp_path / "a", TAG, [1], [1], {})
    write_events(tmp_path / "b", "losses/qf1_loss", [1], [1], {})
    assert [len(run.values) for run in read(tmp_path)] == [1, 0]
    with pytest.raises(ScalingError, match="charts/episodic_return, losses/qf1_loss"):
        read(tmp_path, metric="score")


def test_the_step_from_another_tag(tmp_path: Path) -> None:
    write_events(tmp_path, "frames", [1, 2], [40, 80], {})
    write_events(tmp_path, TAG, [1, 2], [5, 6], {}, suffix=".b")
    (run,) = read(tmp_path, step="frames")
    assert run.steps.tolist() == [40, 80]
    with pytest.raises(ScalingError, match="no tag 'env_steps'"):
        read(tmp_path, step="env_steps")


def test_a_half_record_at_the_end_is_noted(tmp_path: Path) -> None:
    write_events(tmp_path, TAG, range(5), range(5), {})
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-3])
    (run,) = read(tmp_path)
    assert run.values.tolist() == [0, 1, 2, 3]
    assert run.notes == ("an event file ends in a damaged or incomplete record",)


@pytest.mark.parametrize("content", [b"no events at all, and long enough", b"\0" * 40])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "events.out.tfevents.1.x").write_bytes(content)
    with pytest.raises(ScalingError, match="expected an event file of TensorBoard"):
        read(tmp_path)


def test_runs_of_tensorboardx(tmp_path: Path) -> None:
    tensorboardx = pytest.importorskip("tensorboardX", reason="not installed")
    with tensorboardx.SummaryWriter(str(tmp_path / "run")) as writer:
        writer.add_text("hyperparameters", "|param|value|\n|-|-|\n|seed|3|")
        for step in range(3):
            writer.add_scalar(TAG, step / 4, step)
    (run,) = read(tmp_path)
    assert run.values.tolist() == [0, 0.25, 0.5]
    assert run.labels == {"seed": "3"}
