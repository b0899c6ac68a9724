"""`scaling export`: what other tools read equals the archives and the records."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from planted_study import make_runs, make_study, write_archive, write_checkout

from value_scaling.records import Curves, Runs, Setting, Study
from value_scaling.store.archives.read import read_runs
from value_scaling.store.folders import Folders
from value_scaling.store.project import Project
from value_scaling.store.studies.load import load_study
from value_scaling.workflow.data.collect import collect
from value_scaling.workflow.pipeline import CROSSINGS, DATA_EFFICIENCY, HYPERPARAMETERS

POINTS = 30
STUDY = make_study(environments=2)
READ: Mapping[str, Callable[[Path], pd.DataFrame]] = {
    "csv": pd.read_csv,
    "parquet": pd.read_parquet,
}


def exported(scaling: Any, root: Path, kind: str, *options: object) -> Path:
    """Export the planted study and return the folder."""
    folder = root / "out"
    done = scaling("export", "planted", "--to", kind, "--output", folder, *options)
    assert (done.code, done.err) == (0, "")
    files = sorted(folder.iterdir(), key=_order)
    assert [root / line for line in done.out.split()] == files
    return folder


def _order(path: Path) -> tuple[int, ...]:
    """Return the place of a file in the output: runs by set, crossings, laws."""
    words = ("scores.npz", "scores.json", "sweep", "ours", "baseline", "cross", "laws")
    own = next(at for at, word in enumerate(words) if word in path.name)
    return own, path.suffix == ".py"


def equal(left: Runs, right: Runs) -> bool:
    return left.settings == right.settings and all(
        np.array_equal(a.steps, b.steps) and np.array_equal(a.returns, b.returns)
        for a, b in zip(left.curves, right.curves, strict=True)
    )


@pytest.mark.parametrize("kind", READ)
def test_imported_tables_are_the_same_runs(tmp_path: Path, kind: str, scaling) -> None:
    """Returns have 52 binary digits, and every one of them survives."""
    write_checkout(tmp_path, STUDY, points=POINTS, seeds=3)
    folder = exported(scaling, tmp_path, kind)
    folders = Folders.at(tmp_path)
    for name in ("sweep", "ours", "baseline"):
        source = folder / f"runs_{name}.{kind}"
        done = scaling("import", "mine", source, "--from", kind, "--set", name)
        assert done.code == 0, done.err
        there = read_runs(folders.archive(STUDY, name), STUDY, name)
        mine = load_study("mine", folders)
        assert equal(there, read_runs(folders.archive(mine, name), mine, name))


@pytest.mark.parametrize("kind", READ)
def test_crossings_and_laws_are_those_of_the_records(
    tmp_path: Path, kind: str, scaling
) -> None:
    write_checkout(tmp_path, STUDY, points=POINTS)
    folder = exported(scaling, tmp_path, kind)
    project = Project.at(tmp_path)
    study = project.study("planted")
    steps = READ[kind](folder / f"crossings.{kind}")
    for name, part in steps.groupby("set"):
        record = project.load(study, CROSSINGS[str(name)])
        shape = record.steps.shape
        np.testing.assert_array_equal(
            part["step"].to_numpy().reshape(shape), record.steps
        )
        drawn = record.replicate_steps()
        share = np.isnan(drawn).mean(axis=1)
        np.testing.assert_array_equal(
            part["unreached"].to_numpy().reshape(shape), share
        )
        always = share == 0
        for end, percent in (("low", 2.5), ("high", 97.5)):
            found = part[f"step_{end}"].to_numpy().reshape(shape)
            wanted = np.percentile(drawn, percent, axis=1)
            np.testing.assert_allclose(found[always], wanted[always], rtol=1e-12)
        assert always.any()
    laws = READ[kind](folder / f"laws.{kind}").set_index(["set", "quantity", "fit"])
    best = project.load(study, HYPERPARAMETERS).batch_size
    own = laws.loc["sweep", "batch_size", "separate"].set_index("env")
    assert tuple(own.index) == best.environments
    np.testing.assert_array_equal(own["scale"], best.separate.value.scale)
    np.testing.assert_array_equal(own["exponent_high"], best.separate.exponent.high)
    data = project.load(study, DATA_EFFICIENCY).sets["ours"]
    each = laws.loc["ours", "data", "environment"].set_index(["env", "level"])
    for e, env in enumerate(data.environments):
        for j, level in enumerate(data.levels):
            row = each.loc[(env, level)]
            assert row["asymptote"] == data.environment_laws.value.asymptote[e, j]
            assert row["status"] == data.environment_laws.status_of((e, j))


def test_a_stage_that_fails_leaves_the_runs(tmp_path: Path, scaling) -> None:
    """One σ has no slope: runs and crossings are written, and the error is shown."""
    study = replace(STUDY, sweep_utds=(2.0,))
    write_checkout(tmp_path, study, sets=("sweep",), points=POINTS)
    done = scaling("export", "planted", "--to", "csv", "--json")
    assert done.code == 2
    assert "at least two, since a slope in UTD is fitted" in done.err
    names = [Path(file).name for file in json.loads(done.out)["files"]]
    assert names == ["runs_sweep.csv", "crossings.csv"]


def test_a_second_export_changes_nothing(tmp_path: Path, scaling) -> None:
    write_checkout(tmp_path, STUDY, points=POINTS)
    for kind in ("csv", "parquet", "rliable", "qscaled"):
        before = None
        for _ in range(2):
            done = scaling("export", "planted", "--to", kind, "--set", "ours")
            files = [tmp_path / line for line in done.out.split()]
            after = {file: (file.stat().st_ino, file.read_bytes()) for file in files}
            assert before in (None, after)
            before = after


def test_scores_for_rliable(tmp_path: Path, scaling) -> None:
    """Each matrix has the runs in rows and the tasks in columns."""
    write_checkout(tmp_path, STUDY, sets=("baseline",), points=POINTS)
    runs = make_runs(STUDY, "sweep", points=POINTS)
    first, second = (
        [c for c in runs.curves if c.setting.env == env]
        for env in STUDY.environment_names
    )
    shorter = [replace(c, returns=c.returns[:, :3]) for c in second[1:]]
    write_archive(tmp_path, replace(runs, curves=(*first, *shorter)))
    folder = exported(scaling, tmp_path, "rliable")
    scores = dict(np.load(folder / "scores.npz"))
    about = json.loads((folder / "scores.json").read_text())
    assert about["tasks"] == list(STUDY.environment_names)
    assert about["algorithms"] == list(scores)
    assert about["left_out"] == ["sweep, UTD 1, B 64, lr 0.0002"]
    lengths = {name.split(",")[0]: each.shape for name, each in scores.items()}
    assert lengths == {"sweep": (3, 2), "baseline": (4, 2)}
    wanted = [
        curve.returns[-3:, :3].mean(axis=0)
        / STUDY.environment(curve.setting.env).span("sweep")
        for curve in (first[1], shorter[0])
    ]
    found = scores["sweep, UTD 1, B 64, lr 0.0004"]
    np.testing.assert_allclose(found, np.transpose(wanted), rtol=1e-12)


def read_as_the_authors_do(path: Path, config: Any) -> dict[tuple, Curves]:
    """Read an archive by the rules of the authors' loader.

    It splits names at slashes and underscores, takes steps from the first column, and
    scales returns in place.
    """
    found = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if not name.endswith(".npy") or name.startswith("__MACOSX"):
                continue
            _, utd, env, metric, file = name.removesuffix(".npy").split("/")
            if metric != config.returns_key.replace("/", "."):
                continue
            parts = file.split("_")
            key = env, float(utd[len("utd_") :]), int(parts[1]), float(parts[3])
            array = np.load(io.BytesIO(archive.read(name)))
            steps, returns = array[:, 0], array[:, 1:]
            returns *= 1000 / config.max_returns[env]
            found[key] = Curves(Setting(*key), steps, returns)
    return found


def config_of(path: Path) -> Any:
    """Run a configuration with a stand-in for the authors' module."""
    text = path.read_text().splitlines()
    assert text[0].startswith("from qscaled.utils.configs import ")
    kind = text[0].split()[-1]
    names: dict[str, Any] = {kind: SimpleNamespace}
    exec("\n".join(text[1:]), names)
    return names["config"]


def test_the_authors_code_reads_the_archives(tmp_path: Path, scaling) -> None:
    """Normalised returns are equal, also where another return than 0 counts as 0."""
    tasks = tuple(replace(task, min_return=-500.0) for task in STUDY.environments[:1])
    study = replace(STUDY, environments=tasks + STUDY.environments[1:])
    write_checkout(tmp_path, study, points=POINTS)
    folder = exported(scaling, tmp_path, "qscaled")
    for name in ("sweep", "ours"):
        config = config_of(folder / f"planted_{name}.py")
        found = read_as_the_authors_do(folder / f"{config.name}.zip", config)
        runs = collect(make_runs(study, name, points=POINTS), study)
        assert len(found) == len(runs.curves)
        for curve in runs.curves:
            theirs = found[tuple(curve.setting.table().values())]
            np.testing.assert_array_equal(theirs.steps, curve.steps)
            np.testing.assert_allclose(theirs.returns, curve.returns, rtol=1e-12)
    assert config_of(folder / "planted_ours.py").budget_delta == study.delta


@pytest.mark.parametrize("name", ["gym_sweep", "gym_ours"])
def test_the_layout_is_that_of_the_authors_archives(
    tmp_path: Path, published: Path, scaling, name: str
) -> None:
    (tmp_path / "data" / "zip").mkdir(parents=True)
    theirs = published / f"{name}.zip"
    (tmp_path / "data" / "zip" / theirs.name).symlink_to(theirs)
    set_name = name.removeprefix("gym_")
    done = scaling("export", "gym", "--to", "qscaled", "--set", set_name)
    assert done.code == 0, done.err
    ours, source = (tmp_path / line for line in done.out.split())
    config = config_of(source)
    left, right = (read_as_the_authors_do(path, config) for path in (ours, theirs))
    assert left.keys() == right.keys()
    for key, curve in left.items():
        np.testing.assert_array_equal(curve.steps, right[key].steps)
        np.testing.assert_array_equal(curve.returns, right[key].returns)


def test_what_cannot_be_exported(tmp_path: Path, scaling, refused) -> None:
    write_checkout(tmp_path, STUDY, sets=("ours",), points=POINTS)
    assert "planted_sweep.zip" in refused(
        "export", "planted", "--to", "csv", "--set", "sweep"
    )
    (tmp_path / "file").write_text("")
    assert "remove or rename the file" in refused(
        "export", "planted", "--to", "csv", "--output", tmp_path / "file"
    )
    with_size = [
        replace(curve, setting=replace(curve.setting, others=(("model_size", 9),)))
        for curve in make_runs(STUDY, "ours", points=POINTS).curves
    ]
    write_archive(tmp_path, Runs("planted", "ours", tuple(with_size)))
    line = refused("export", "planted", "--to", "qscaled")
    assert "σ, B and η alone" in line
    assert not list((tmp_path / "build").rglob("*.zip"))


def test_a_study_with_model_sizes_has_a_column_of_them(tmp_path: Path, scaling) -> None:
    study: Study = STUDY
    write_checkout(tmp_path, study, sets=("ours",), points=POINTS)
    runs = make_runs(study, "ours", points=POINTS)
    curves = [
        replace(curve, setting=replace(curve.setting, others=(("model_size", 9),)))
        for curve in runs.curves
    ]
    write_archive(tmp_path, replace(runs, curves=tuple(curves)))
    done = scaling("export", "planted", "--to", "csv", "--set", "ours")
    table = pd.read_csv(tmp_path / done.out.split()[0])
    assert list(table.columns)[:5] == [
        "env", "utd", "batch_size", "learning_rate", "model_size",
    ]  # fmt: skip
    assert set(table["model_size"]) == {9}
