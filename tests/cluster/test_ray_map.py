"""The analysis on a real Ray cluster of this host: the same bytes as in one process."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from planted_study import make_runs, make_study

from value_scaling.cluster import ray_map as module
from value_scaling.cluster.ray_map import ray_map
from value_scaling.records import Choices, ScalingError
from value_scaling.store.files.record_files import save_record
from value_scaling.workflow.data.collect import collect
from value_scaling.workflow.preprocess import preprocess
from value_scaling.workflow.regret import regrets

ray = pytest.importorskip("ray", reason="Ray is not in the environment")
pytestmark = [
    pytest.mark.filterwarnings("ignore"),  # Ray's own, of many kinds
    pytest.mark.slow,
]


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        ray.init(num_cpus=2, log_to_driver=False, include_dashboard=False)
        yield
        ray.shutdown()


def test_records_have_equal_bytes(tmp_path: Path) -> None:
    study = make_study(environments=2)
    runs = collect(make_runs(study, "sweep", points=30), study)
    for name, make in {
        "sweep.npz": partial(preprocess, runs, study, Choices(), replicates=50, seed=0),
        "regret.json": partial(regrets, runs, study, splits=2, draws=2, seed=0),
    }.items():
        here, there = tmp_path / f"one_{name}", tmp_path / f"ray_{name}"
        save_record(here, make(), {})
        save_record(there, make(mapped=ray_map), {})
        assert there.read_bytes() == here.read_bytes()


def test_results_keep_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK", 3)
    monkeypatch.setattr(module, "AHEAD", 1)
    assert list(ray_map(str, range(20))) == [*map(str, range(20))]
    assert list(ray_map(str, [])) == []


def test_a_mistake_in_a_worker_is_raised_as_such() -> None:
    def refuse(item: int) -> int:
        if item == 4:
            raise ScalingError(
                Path("a"), found=f"item {item}", expected="another", fix="change it"
            )
        return item

    with pytest.raises(ScalingError, match="a: found item 4; expected another"):
        list(ray_map(refuse, range(9)))


def test_a_bug_in_a_worker_has_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError, match="by zero"):
        list(ray_map(lambda item: 1 // item, range(2)))
