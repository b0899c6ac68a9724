"""A grid with several widths of the critics: N, programs, archives and refusals."""

import zipfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from planted_sweep import OLD, train

from value_scaling.__main__ import main
from value_scaling.learning.agents.bro import BROConfig
from value_scaling.learning.agents.pql import PQLConfig
from value_scaling.learning.agents.sac import SACConfig
from value_scaling.learning.agents.scalars import Scalars
from value_scaling.learning.agents.td3 import TD3Config
from value_scaling.learning.training.host_program import HostProgram
from value_scaling.learning.training.program import Program
from value_scaling.records import ScalingError, Setting
from value_scaling.store.archives.layout import parse_name
from value_scaling.store.archives.manifests import check_manifest
from value_scaling.store.archives.read import read_runs
from value_scaling.store.archives.zips import open_zip
from value_scaling.store.folders import Folders
from value_scaling.store.studies.load import load_study
from value_scaling.store.studies.training import load_training
from value_scaling.sweep.plan.digests import digest
from value_scaling.sweep.plan.sets import SetPlan, plan_set
from value_scaling.sweep.plan.widths import trained_sets, with_widths
from value_scaling.sweep.run.context import TrainingContext
from value_scaling.sweep.run.status import set_status
from value_scaling.sweep.run.train_group import train_group

TRAINING = """
seeds = 1
hidden = [4]
{widths}
start_training = 50
diagnostics_every = 100

[[tasks]]
name = "Pendulum-v1"
engine = "gymnasium"
steps = 300
log_start = 200
log_every = 100
"""
SIZES = {4: 2 * (4 * 5 + 5), 8: 2 * (8 * 5 + 9)}
"""N of two critics with one layer of each width, for 3 observations and 1 action."""


@pytest.fixture
def make(tmp_path: Path, cache: Path, write_study) -> Callable[..., Folders]:
    def write(
        widths: str = "widths = [4, 8]", sizes: tuple[int, ...] = tuple(SIZES.values())
    ) -> Folders:
        folders: Folders = write_study(
            tmp_path, "wide", TRAINING.format(widths=widths), algorithm="SAC",
            utds=[1, 2], proposed=[1, 2], env="Pendulum-v1", batch_sizes=[8],
            sets=("sweep",),
        )  # fmt: skip
        path = folders.studies / "wide.toml"
        grid = f"other_grids = {{ model_size = {list(sizes)} }}\n" if sizes else ""
        text = path.read_text()
        path.write_text(text.replace("[archives", f"{grid}[archives"))
        return folders

    return write


def sweep(folders: Folders) -> SetPlan:
    study = load_study("wide", folders)
    return plan_set(study, "sweep", load_training(study, folders), folders)


def test_the_number_of_parameters_is_that_of_the_published_bro_runs() -> None:
    """H1 tasks have 51 observations and 19 actions; N = 8w² + 370w + 200."""
    for width in (128, 512):
        program = HostProgram(
            config=BROConfig(critic_width=width), observation_size=51, action_size=19,
            batch_size=1, capacity=1, replay_size=1, validation_size=1,
        )  # fmt: skip
        assert program.model_size == 8 * width**2 + 370 * width + 200


def test_widths_are_archived_and_read_back(make: Callable) -> None:
    folders = make()
    plan = sweep(folders)
    assert {(s.width, s.values["model_size"]) for s in plan.settings} == {
        *SIZES.items()
    }
    assert len(plan.groups) == 4  # two σ at two N; each has both learning rates
    assert {len({s.width for s in group.settings}) for group in plan.groups} == {1}
    assert train(plan)
    name = f"w8p{SIZES[8]}/utd_2/Pendulum-v1/episode.return/bs_8_lr_0.001.npy"
    assert f"wide_sweep/{name}" in zipfile.ZipFile(plan.archive).namelist()
    study = load_study("wide", folders)
    runs = read_runs(plan.archive, study, "sweep")
    assert not runs.missing
    assert not study.undeclared(runs.settings)
    again = sweep(folders)
    assert not again.groups
    assert set_status(again).done == len(again.settings) == 8


@pytest.mark.long
def test_each_width_is_trained_in_its_own_program(make: Callable) -> None:
    plan = sweep(make())
    provenance = {"commit": "abc", "packages": OLD, "cpu": "one"}
    context = TrainingContext(plan.folder, plan.training, provenance)
    programs: dict[Program, Program] = {}
    for group in plan.groups:
        assert train_group(group, context, programs, progress=lambda share: None)
    assert sorted(each.model_size for each in programs) == sorted(SIZES.values())
    assert set_status(plan).done == len(plan.settings)


def test_only_the_critics_have_the_width(make: Callable) -> None:
    folders = make()
    training = load_training(load_study("wide", folders), folders)
    one = np.float32(0)

    def count(tree: object) -> int:
        return sum(x.size for x in jax.tree.leaves(tree))

    sizes = {}
    for width in (4, 8):
        own = training.of("Pendulum-v1", width)
        for kind in (SACConfig, TD3Config, BROConfig, PQLConfig):
            config: Any = kind.of(own, critic_layout="separate")
            scalars = Scalars(one, one, one, one)
            key = jax.random.key(0)
            agent = jax.eval_shape(partial(config.create, key, 3, 1, scalars))
            sizes[kind, width] = count(agent.critics), count(agent.actor)
    for kind in (SACConfig, TD3Config, BROConfig, PQLConfig):
        narrow, wide = sizes[kind, 4], sizes[kind, 8]
        assert narrow[0] < wide[0]
        assert narrow[1] == wide[1]
    assert sizes[SACConfig, 8][0] == SIZES[8]


def test_digests_depend_on_the_own_width_alone(make: Callable) -> None:
    folders = make()
    training = load_training(load_study("wide", folders), folders)
    setting = Setting("Pendulum-v1", 1.0, 8, 1e-3, (("model_size", SIZES[4]),), 4)
    own = digest(setting, training)
    assert digest(setting, replace(training, widths=(4, 8, 16))) == own
    assert digest(replace(setting, width=8), training) != own
    plain = Setting("Pendulum-v1", 1.0, 8, 1e-3)
    assert digest(plain, training) == digest(plain, replace(training, widths=()))


def test_the_bundled_runs_have_the_digests_of_their_training_file(root: Path) -> None:
    folders = Folders.at(root)
    study = load_study("classic", folders)
    training = load_training(study, folders)
    with open_zip(folders.archive(study, "ours")) as archive:
        manifest = check_manifest(archive)
    assert manifest
    for name, note in manifest["settings"].items():
        setting = parse_name(name, archive.path).setting
        seeds = replace(training, seeds=note["seeds"])
        assert note["digest"] == digest(setting, seeds)


@pytest.mark.parametrize(
    ("widths", "sizes", "found", "expected"),
    [
        ("widths = [4, 8]", (), "none in the study file", "[50, 98]"),
        ("widths = [4, 8]", (50, 99), "50, 99 in the study", "[50, 98]"),
        ("", (50, 98), "50, 98 in the study", "[50]"),
        ("widths = [8, 4]", (), "widths.1: found 4 after 8", "ascending"),
    ],
)
def test_sizes_that_do_not_follow_from_the_widths_are_refused(
    make: Callable, widths: str, sizes: tuple, found: str, expected: str
) -> None:
    with pytest.raises(ScalingError) as refused:
        sweep(make(widths, sizes))
    assert found in str(refused.value)
    assert expected in str(refused.value)


def test_other_sets_are_refused(make: Callable) -> None:
    folders = make()
    study = load_study("wide", folders)
    training = load_training(study, folders)
    assert trained_sets(training) == ("sweep",)
    with pytest.raises(ScalingError, match="several model sizes N"):
        plan_set(study, "ours", training, folders)
    plain = replace(training, widths=())
    settings = (Setting("Pendulum-v1", 1.0, 8, 1e-3),)
    assert with_widths(settings, plain) == settings


def test_the_command_refuses_other_sets_before_it_looks_for_a_fit(
    make: Callable, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = make()
    words = ["--root", str(folders.root), "train", "wide", "--set", "ours"]
    assert main(words) == 2
    assert "several model sizes N" in capsys.readouterr().err
