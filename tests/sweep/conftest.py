"""A study that trains in seconds, in a checkout of its own."""

import os
from pathlib import Path

import pytest

from value_scaling.learning.backend import configure
from value_scaling.store.folders import Folders

os.environ.setdefault("MUJOCO_GL", "disable")

STUDY = """
title = "Tiny"
algorithm = "SAC"
sweep_utds = [1, 2]
sweep_levels = [100]
fitted_levels = [100, 200]
model_size = 100
delta = 1
baseline_utd = 2
proposal_utds = [1, 2]
held_out_levels = 0

[[environments]]
name = "Pendulum-v1"
max_return_sweep = 1000
max_return_fitted = 1000
batch_sizes = [8]
learning_rates = [1e-3, 2e-3]

[archives.sweep]
file = "tiny_sweep.zip"
metric = "episode.return"

[archives.ours]
file = "tiny_ours.zip"
metric = "episode.return"
"""
TRAINING = """
seeds = 2
hidden = [4]
start_training = 100
stagger = true
diagnostics_every = 250

[[tasks]]
name = "Pendulum-v1"
engine = "gymnasium"
steps = 1000
log_start = 500
log_every = 250
"""


@pytest.fixture(scope="session")
def cache(root: Path) -> Path:
    """Compiled programs, shared by the processes of a test session and kept."""
    folder = root / "build" / "jax_tests"
    configure(folder, seconds=0.0)
    return folder


@pytest.fixture
def tiny(tmp_path: Path, cache: Path) -> Folders:
    """The folders of a checkout that holds the study `tiny`."""
    return write(tmp_path)


@pytest.fixture
def another(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    """One more such checkout."""
    return write(tmp_path_factory.mktemp("another"))


def write(root: Path) -> Folders:
    studies = root / "data" / "studies"
    (studies / "training").mkdir(parents=True)
    (studies / "tiny.toml").write_text(STUDY)
    (studies / "training" / "tiny.toml").write_text(TRAINING)
    return Folders.at(root)
