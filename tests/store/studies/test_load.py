"""Bundled study files state the published values; errors in study files are found."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from value_scaling.records import PowerLaw, ScalingError, Setting, Study
from value_scaling.store.folders import Folders
from value_scaling.store.studies.load import list_studies, load_study

MINIMAL = """
title = "Mine"
algorithm = "SAC"
sweep_utds = [1, 2]
sweep_levels = [100, 200]
fitted_levels = [100, 200, 300, 400]
model_size = 1e5
delta = 1e9
baseline_utd = 2
proposal_utds = [1, 2]

[[environments]]
name = "Ant-v4"
max_return_sweep = 1000
max_return_fitted = 900.5
batch_sizes = [128]
learning_rates = [1e-3]

[archives.sweep]
file = "mine_sweep.zip"
metric = "returns"
steps = { start = 0, every = 1000 }
notes = ["one", "two"]

[published]
source = "here"
batch_slope = -0.5
data_scale = 100
data_utds = [1, 2]
data_coefficients = [[1, 2, 3], [1, 2, 3], [1, 2, 3], [1, 2, 3]]

[published.batch_at_one]
Ant-v4 = 300
"""


@pytest.fixture
def folders(tmp_path) -> Folders:
    (tmp_path / "data" / "studies").mkdir(parents=True)
    return Folders.at(tmp_path)


def write(folders, text, name="mine"):
    path = folders.studies / f"{name}.toml"
    path.write_text(text)
    return path


def test_a_users_study(folders):
    bundled = list_studies(folders)
    assert {"dmc", "gym"} <= set(bundled)
    path = write(folders, MINIMAL)
    assert list_studies(folders) == tuple(sorted([*bundled, "mine"]))
    study = load_study("mine", folders)
    assert study.name == "mine"
    assert study.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert study.archive("sweep").steps.every == 1000
    assert study.environment("Ant-v4").max_return_fitted == 900.5
    assert type(study.delta) is type(study.sweep_utds[0]) is float
    assert type(study.environments[0].batch_sizes[0]) is int


WRONG = {
    "no TOML": ("title =", "title", "example"),
    "unknown key": ("delta = 1e9\n", "delta = 1e9\ndelat = 2\n", "delat", "unknown"),
    "unknown key below": (
        'metric = "returns"\n', 'metric = "returns"\nmetrix = 1\n',
        "archives.sweep.metrix", "unknown key",
    ),
    "metrics no list": (
        'metric = "returns"\n', 'metric = "returns"\nmetrics = 1\n',
        "archives.sweep.metrics", "a list",
    ),
    "unknown metric": (
        'metric = "returns"\n', 'metric = "returns"\nmetrics = ["loss"]\n',
        "archives.sweep.metrics.0", "'loss'", "one of", "training.critic_loss",
    ),
    "twofold metric": (
        'metric = "returns"\n',
        'metric = "returns"\nmetrics = ["val.critic_loss", "val.critic_loss"]\n',
        "archives.sweep.metrics.1", "it once",
    ),
    "metrics of fitted runs": (
        "[archives.sweep]",
        '[archives.ours]\nfile = "a.zip"\nmetric = "returns"\n'
        'metrics = ["val.critic_loss"]\n[archives.sweep]',
        "archives.ours.metrics", "only the sweep",
    ),
    "missing": ('source = "here"\n', "", "published", "no key 'source'"),
    "missing below": ('name = "Ant-v4"\n', "", "environments.0", "no key"),
    "text": ("delta = 1e9", 'delta = "1e9"', "delta", "a positive number"),
    "truth": ("delta = 1e9", "delta = true", "delta", "True"),
    "fraction": ("[128]", "[12.8]", "batch_sizes.0", "whole number"),
    "no list": ("[128]", "128", "environments.0.batch_sizes", "a list"),
    "no table": ("steps = { start = 0, every = 1000 }", "steps = 5", "a table"),
    "not ascending": ("[100, 200]", "[200, 100]", "sweep_levels.1", "100 after 200"),
    "repeated": ("[100, 200, 300", "[100, 200, 200", "fitted_levels.2", "ascending"),
    "empty": ("sweep_utds = [1, 2]", "sweep_utds = []", "sweep_utds", "empty"),
    "zero": ("[1, 2]", "[0, 2]", "sweep_utds.0", "positive"),
    "NaN": ("delta = 1e9", "delta = nan", "delta", "nan", "positive"),
    "infinite": ("1000", "inf", "max_return_sweep", "inf", "1e18"),
    "NaN return": ("1000", "nan", "max_return_sweep", "nan", "1e18"),
    "negative returns": (
        "max_return_sweep = 1000", "max_return_sweep = -150",
        "environments.0.max_return_sweep", "-150", "above min_return = 0",
        "for negative returns, state min_return",
    ),
    "nothing above the least return": (
        "max_return_fitted = 900.5", "max_return_fitted = -1600\nmin_return = -1600",
        "environments.0.max_return_fitted", "-1600", "above min_return = -1600",
    ),
    "too few levels": ("[100, 200, 300, 400]", "[100, 200]", "held_out_levels"),
    "twofold environment": (
        "[archives.sweep]",
        '[[environments]]\nname = "Ant-v4"\nmax_return_sweep = 1\n'
        "max_return_fitted = 1\nbatch_sizes = [1]\nlearning_rates = [1]\n"
        "[archives.sweep]",
        "environments.1.name", "'Ant-v4' again",
    ),
    "environment's name": ('"Ant-v4"', '"a/b"', "environments.0.name", "file name"),
    "no grid": ("[128]", "[]", "environments.0.batch_sizes", "empty"),
    "unknown set": ("[archives.sweep]", "[archives.sweeps]", "archives.sweeps", "ours"),
    "archive elsewhere": ("mine_sweep.zip", "../x.zip", "archives.sweep.file"),
    "archive no zip": ("mine_sweep.zip", "mine.tar", "archives.sweep.file", ".zip"),
    "crossing": (
        'metric = "returns"', 'metric = "r"\ncrossing = "touch"',
        "archives.sweep.crossing", "'touch'", "reach or exceed",
    ),
    "no steps between": ("every = 1000", "every = 0", "steps.every", "1 or more"),
    "steps before zero": ("start = 0", "start = -5", "steps.start", "0 or more"),
    "slope alone": ("Ant-v4 = 300", "", "published", "both or none"),
    "other environments": ("Ant-v4 = 300", "Hopper = 3", "batch_at_one", "Hopper"),
    "coefficients alone": ("data_scale = 100\n", "", "published", "all or none"),
    "rows": ("[[1, 2, 3], ", "[", "data_coefficients", "3 rows", "4, one for each"),
    "row": ("[[1, 2, 3], ", "[[1, 2], ", "data_coefficients.0", "[1, 2]", "3 items"),
    "named": ("title", 'name = "x"\ntitle', "name", "computed"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG)
def test_wrong_files_are_refused_by_key(folders, case):
    before, after, *fragments = case
    assert before in MINIMAL
    path = write(folders, MINIMAL.replace(before, after, 1))
    with pytest.raises(ScalingError) as error:
        load_study("mine", folders)
    for fragment in (str(path), "What to do: correct the", *fragments):
        assert fragment in str(error.value), str(error.value)


def test_no_such_study_and_wrong_names(folders):
    with pytest.raises(ScalingError, match=r"'gim'.*one of .*dmc, gym"):
        load_study("gim", folders)
    write(folders, MINIMAL, "my study")
    with pytest.raises(ScalingError, match="letters, digits"):
        load_study("my study", folders)
    write(folders, MINIMAL, "gym")
    with pytest.raises(ScalingError, match=r"data/studies/gym\.toml.*my_gym\.toml"):
        load_study("gym", folders)


def test_every_bundled_study_is_sound(folders):
    for name in list_studies(folders):
        assert load_study(name, folders).name == name


@pytest.fixture(scope="module", params=["gym", "dmc"])
def bundled(request, root) -> Study:
    return load_study(request.param, Folders.at(root))


def test_bundled_levels_follow_their_rule(bundled):
    first = {"gym": 700, "dmc": 800}[bundled.name]
    rule = 1000 - np.logspace(np.log10(first), np.log10(200), 10)
    np.testing.assert_allclose(bundled.fitted_levels, rule, rtol=1e-15)
    assert bundled.fitted_levels[-1] == 800
    assert bundled.sweep_levels == tuple(range(100, 801, 100))


def test_gym_levels_are_the_authors_to_the_last_bit(root, reference):
    path = reference / "stage2_gym_ours.json"
    if not path.exists():
        pytest.skip(f"no {path}")
    thresholds = json.loads(path.read_text())["thresholds"]
    gym = load_study("gym", Folders.at(root))
    assert gym.fitted_levels == tuple(thresholds)


def test_bundled_notes_and_facts_name_their_sources(bundled):
    assert all(setting and value and source for setting, value, source in bundled.facts)
    for rule in bundled.archives.values():
        for note in rule.notes:
            marks = ("archive", "qscaled", "measured", "Not checked")
            assert any(mark in note for mark in marks), note
            assert "\n" not in note


def test_published_laws(root):
    dmc = load_study("dmc", Folders.at(root)).published
    a, b, c = dmc.data_coefficients[-1]
    (top,) = dmc.data_laws()(np.array([2.0]))[-1]
    assert top == pytest.approx(72500 * (c + (2 / b) ** -a))
    gym = load_study("gym", Folders.at(root)).published
    mean = (415.838 + 412.013 + 313.162 + 322.788) / 4
    expected = PowerLaw(mean, -0.309609)(3.0)
    assert gym.batch_law()(3.0) == pytest.approx(expected)


def test_grids_are_the_archives(bundled):
    sizes = {"gym": (4, 3, 3, 4), "dmc": (7, 5, 4, 6)}[bundled.name]
    for environment in bundled.environments:
        assert len(environment.batch_sizes) == sizes[1]
        assert len(environment.learning_rates) == sizes[2]
    assert (len(bundled.environments), len(bundled.sweep_utds)) == (sizes[0], sizes[3])


def test_folders_hold_archives_and_records(bundled, tmp_path):
    folders = replace(Folders.at(tmp_path), archives=tmp_path / "elsewhere")
    path = folders.archive(bundled, "sweep")
    assert path == tmp_path / "elsewhere" / f"{bundled.name}_sweep.zip"
    record = folders.record("gym", "default", "budget")
    assert record == tmp_path / "data" / "derived" / "gym" / "default" / "budget.npz"


def test_what_is_skipped_is_not_in_the_grid(tmp_path: Path) -> None:
    whole = grid_of(tmp_path, "")
    assert len(whole) == 2 * 2 * 2
    skipping = grid_of(tmp_path, "skipped = [{ utd = 4, batch_size = 16 }]")
    assert set(whole) - set(skipping) == {
        Setting("A", 4.0, 16, rate) for rate in (1e-3, 2e-3)
    }
    skipping = grid_of(tmp_path, "skipped = [{ utd = 2 }, { learning_rate = 1e-3 }]")
    assert skipping == tuple(Setting("A", 4.0, size, 2e-3) for size in (16, 32))


@pytest.mark.parametrize(
    "cell",
    ["utd = 3, batch_size = 16", "utd = 4, batch_size = 8", "learning_rate = 3e-3"],
)
def test_only_cells_of_the_grid_can_be_skipped(cell: str, tmp_path: Path) -> None:
    with pytest.raises(ScalingError, match=r"skipped\.0.*one of"):
        grid_of(tmp_path, f"skipped = [{{ {cell} }}]")


def grid_of(folder: Path, more: str) -> tuple[Setting, ...]:
    studies = folder / "data" / "studies"
    studies.mkdir(parents=True, exist_ok=True)
    (studies / "own.toml").write_text(f"""
title = "Own"
algorithm = "SAC"
sweep_utds = [2, 4]
sweep_levels = [100, 200]
fitted_levels = [100, 200]
model_size = 1e4
delta = 1e6
baseline_utd = 2
proposal_utds = [2, 4]
held_out_levels = 0
archives.sweep = {{ file = "own_sweep.zip", metric = "returns" }}
[[environments]]
name = "A"
max_return_sweep = 1
max_return_fitted = 1
batch_sizes = [16, 32]
learning_rates = [1e-3, 2e-3]
{more}
""")
    return load_study("own", Folders.at(folder)).grid


def test_b_and_eta_are_decided_where_the_study_says(tmp_path: Path) -> None:
    grid_of(tmp_path, "")
    path = tmp_path / "data" / "studies" / "own.toml"
    text = path.read_text()
    folders = Folders.at(tmp_path)
    assert load_study("own", folders).deciding_levels == (True, True)
    path.write_text("decided_at = [200]\n" + text)
    assert load_study("own", folders).deciding_levels == (False, True)
    path.write_text("decided_at = [300]\n" + text)
    with pytest.raises(ScalingError, match=r"decided_at\.0.*one of sweep_levels"):
        load_study("own", folders)
