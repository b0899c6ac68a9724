"""A study of TD3 or DQN is planned and trained like one of SAC."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from value_scaling.records import ScalingError
from value_scaling.report.tables.provenance import provenance
from value_scaling.store.folders import Folders
from value_scaling.store.provenance import read_provenance
from value_scaling.store.studies.load import load_study
from value_scaling.store.studies.training import load_training
from value_scaling.sweep.cost import costs
from value_scaling.sweep.plan.sets import SetPlan, plan_set
from value_scaling.sweep.run.context import TrainingContext
from value_scaling.sweep.run.one_process import train_set

PROVENANCE = {"commit": "abc", "packages": {"jax": "0.10.2"}, "cpu": "one"}

TRAINING = """
algorithm = "{algorithm}"
seeds = 2
hidden = [4]
start_training = 100
stagger = true
diagnostics_every = 250
{own}
[[tasks]]
name = "{env}"
engine = "gymnasium"
steps = 1000
log_start = 750
log_every = 250
"""
CASES = {
    "dqn": ("CartPole-v1", "exploration_steps = 500\ntarget_every = 20\n"),
    "td3": ("Pendulum-v1", ""),
}
WORDS = {
    "dqn": {"Target network", "Share of random actions", "Validation stream"},
    "td3": {"Polyak averaging", "Validation stream"},
}


def write(
    root: Path, write_study: Callable[..., Folders], algorithm: str, env: str, own: str
) -> Folders:
    return write_study(
        root,
        "tiny",
        TRAINING.format(algorithm=algorithm, env=env, own=own),
        algorithm=algorithm.upper(),
        utds=[1, 2],
        proposed=[1, 2],
        env=env,
        batch_sizes=[8],
        sets=("sweep",),
    )


def plan(folders: Folders) -> SetPlan:
    study = load_study("tiny", folders)
    return plan_set(study, "sweep", load_training(study, folders), folders)


@pytest.mark.parametrize("algorithm", CASES)
def test_a_study_is_planned_and_trained(
    algorithm: str, tmp_path: Path, cache: Path, write_study: Callable[..., Folders]
) -> None:
    folders = write(tmp_path, write_study, algorithm, *CASES[algorithm])
    planned = plan(folders)
    cost = costs.cost(planned.groups, planned.training, available=1.0)
    assert cost.runs == 8
    assert cost.core_hours > 0
    assert cost.gpu_hours > 0
    assert 0 < cost.memory < 0.1
    context = TrainingContext(planned.folder, planned.training, PROVENANCE)
    assert train_set(planned, context)
    with zipfile.ZipFile(planned.archive) as archive:
        names = [n for n in archive.namelist() if "episode.return" in n]
        curves = [np.load(archive.open(name)) for name in names]
    assert len(curves) == 4
    for curve in curves:
        assert curve.shape == (2, 3)
        assert np.isfinite(curve).all()
    study = load_study("tiny", folders)
    made = read_provenance(study, folders)
    assert made is not None
    rows = [row[0] for row in provenance(study, made).rows if isinstance(row, tuple)]
    words = {"Polyak averaging", "First temperature", *WORDS["dqn"], *WORDS["td3"]}
    assert words & {str(row) for row in rows} == WORDS[algorithm]


def test_a_task_is_trained_by_its_own_algorithm(
    tmp_path: Path, cache: Path, write_study: Callable[..., Folders]
) -> None:
    """A task of DQN in a study of SAC has the runs of a study of DQN."""
    env, own = CASES["dqn"]
    text = TRAINING.format(algorithm="dqn", env=env, own=own)
    mixed = text.replace('"dqn"', '"sac"') + 'algorithm = "dqn"\n'
    members = []
    for name, training in (("alone", text), ("mixed", mixed)):
        folders = write_study(
            tmp_path / name,
            "tiny",
            training,
            algorithm="DQN",
            utds=[1, 2],
            proposed=[1, 2],
            env=env,
            batch_sizes=[8],
            sets=("sweep",),
        )
        planned = plan(folders)
        assert costs.cost(planned.groups, planned.training, available=1.0).gpu_hours
        context = TrainingContext(planned.folder, planned.training, PROVENANCE)
        assert train_set(planned, context)
        members.append(planned.archive.read_bytes())
    assert members[0] == members[1]


@pytest.mark.parametrize(
    ("algorithm", "env", "fitting"),
    [("td3", "CartPole-v1", "dqn"), ("dqn", "Pendulum-v1", "sac or bro")],
)
def test_a_plan_refuses_actions_that_do_not_fit(
    algorithm: str,
    env: str,
    fitting: str,
    tmp_path: Path,
    write_study: Callable[..., Folders],
) -> None:
    own = "exploration_steps = 500\n" if algorithm == "dqn" else ""
    planned = plan(write(tmp_path, write_study, algorithm, env, own))
    with pytest.raises(
        ScalingError, match=f"{env}: found .* actions, which {algorithm}.*{fitting}"
    ):
        costs.cost(planned.groups, planned.training, available=1.0)
