"""A real Ray cluster on this host, with a node that is killed during training."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from planted_sweep import cluster_plan, members

from value_scaling.records import ScalingError
from value_scaling.store.folders import Folders
from value_scaling.sweep.run.clusters.ray_cluster import train_cluster
from value_scaling.sweep.run.one_process import train_set

ray = pytest.importorskip("ray", reason="Ray is not in the environment")
pytestmark = [
    pytest.mark.filterwarnings("ignore"),  # Ray's own, of many kinds
    pytest.mark.slow,
]


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    from ray.cluster_utils import Cluster

    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    # Without it, the loss of a node is noticed after half a minute.
    config = {"health_check_timeout_ms": 1000, "health_check_period_ms": 1000}
    made = Cluster(
        initialize_head=True,
        head_node_args={"num_cpus": 0, "_system_config": config},
    )
    yield made
    ray.shutdown()
    made.shutdown()


def test_groups_of_a_killed_node_are_redone(
    tiny: Folders, another: Folders, cluster: Any, cache: Path
) -> None:
    plan, context = cluster_plan(tiny)
    ray.init(address=cluster.address, log_to_driver=False)  # at the head, which stays
    doomed, _ = cluster.add_node(num_cpus=1), cluster.add_node(num_cpus=1)
    killed = threading.Event()

    def kill() -> None:
        checkpoints = plan.folder / "checkpoints"
        while len(list(checkpoints.glob("*.npz"))) < len(plan.groups):
            time.sleep(0.02)  # both nodes are training a group
        cluster.remove_node(doomed, allow_graceful=False)
        killed.set()

    thread = threading.Thread(target=kill)
    thread.start()
    assert train_cluster(plan, context, cache=cache)
    thread.join()
    assert killed.is_set()
    same, other = cluster_plan(another)
    assert train_set(same, other, quiet=True)
    assert members(plan.archive) == members(same.archive)


def test_a_wrong_training_file_is_told_as_such(
    tiny: Folders, cluster: Any, cache: Path
) -> None:
    path = tiny.studies / "training" / "tiny.toml"
    path.write_text(path.read_text().replace('"gymnasium"', '"dm_control"'))
    plan, context = cluster_plan(tiny)
    ray.init(address=cluster.address, log_to_driver=False)
    cluster.add_node(num_cpus=1)
    with pytest.raises(ScalingError, match="dm_control does not have it"):
        train_cluster(plan, context, cache=cache)
