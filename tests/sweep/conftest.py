"""A study that trains in seconds, in its own checkout."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from value_scaling.learning.backend import configure
from value_scaling.store.folders import Folders

os.environ.setdefault("MUJOCO_GL", "disable")
sys.path.insert(0, str(Path(__file__).parent))

STUDY = """
title = "{title}"
algorithm = "{algorithm}"
sweep_utds = {utds}
sweep_levels = [100]
fitted_levels = [100, 200]
model_size = 100
delta = 1
baseline_utd = {baseline}
proposal_utds = {proposed}
held_out_levels = 0

[[environments]]
name = "{env}"
max_return_sweep = 1000
max_return_fitted = 1000
batch_sizes = {batch_sizes}
learning_rates = [1e-3, 2e-3]
"""
ARCHIVE = """
[archives.{set_name}]
file = "{name}_{set_name}.zip"
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
    return write_tiny(tmp_path)


@pytest.fixture
def another(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    """Another such checkout."""
    return write_tiny(tmp_path_factory.mktemp("another"))


@pytest.fixture(scope="session")
def write_study() -> Callable[..., Folders]:
    """Return a function that makes a checkout with a small study; see `write`."""
    return write


def write_tiny(root: Path) -> Folders:
    return write(
        root,
        "tiny",
        TRAINING,
        algorithm="SAC",
        utds=[1, 2],
        proposed=[1, 2],
        env="Pendulum-v1",
        batch_sizes=[8],
        sets=("sweep", "ours"),
    )


def write(
    root: Path, name: str, training: str, *, sets: tuple[str, ...], **fields: Any
) -> Folders:
    """Write a study with `fields` of STUDY, and its training file."""
    study = STUDY.format(title=name, baseline=fields["utds"][-1], **fields)
    for set_name in sets:
        study += ARCHIVE.format(name=name, set_name=set_name)
    studies = root / "data" / "studies"
    (studies / "training").mkdir(parents=True)
    (studies / f"{name}.toml").write_text(study)
    (studies / "training" / f"{name}.toml").write_text(training)
    return Folders.at(root)
