"""Each planted fault is found, and a study without faults has no finding."""

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from planted_study import (
    make_runs,
    make_study,
    study_text,
    write_archive,
)

from value_scaling.records import Curves, Environment, Runs, Setting, Study

SEEDS, POINTS, LONGEST = 6, 500, 4e5
ENV = "Synthetic0-v0"
RATES = (2e-4, 4e-4, 8e-4, 1.6e-3)
STUDY = make_study(
    environments=1,
    # The planted runs end at the normaliser, and should end at 800 of 1000.
    sweep_levels=(400.0, 500.0, 600.0, 700.0),
    fitted_levels=(400.0, 500.0, 600.0, 700.0),
)
TASK = Environment(ENV, 2000.0, 2000.0, (32, 64, 128, 256, 512), RATES)
CLEAN = replace(STUDY, environments=(TASK,))
BEST = Setting(ENV, 2.0, 128, 8e-4)
Change = Callable[[Curves], Curves | None]


def runs_of(study: Study, set_name: str, change: Change) -> Runs:
    """Return planted runs of equal length, of which `change` spoils some."""
    runs = make_runs(
        study, set_name, seeds=SEEDS, points=POINTS, longest=lambda _: LONGEST
    )
    changed = map(change, runs.curves)
    return replace(runs, curves=tuple(each for each in changed if each is not None))


def write(
    root: Path,
    study: Study = CLEAN,
    change: Change = lambda curve: curve,
    *,
    sets: tuple[str, ...] = ("sweep",),
    of: str = "sweep",
    runs_from: Study | None = None,
) -> None:
    """Write a checkout with one study, whose set `of` is spoilt."""
    study = replace(study, archives={name: study.archives[name] for name in sets})
    (root / "data" / "studies").mkdir(parents=True, exist_ok=True)
    (root / "data" / "studies" / "planted.toml").write_text(study_text(study))
    for name in sets:
        whole = runs_from or study
        spoil: Change = change if name == of else lambda curve: curve
        write_archive(root, runs_of(whole, name, spoil))


@pytest.fixture
def check(scaling) -> Callable[..., dict[str, Any]]:
    def run(code: int = 0) -> dict[str, Any]:
        outcome = scaling("check", "planted", "--json")
        assert outcome.code == code, outcome
        return json.loads(outcome.out)

    return run


def kinds(document: dict[str, Any]) -> set[str]:
    return {each["kind"] for each in document["findings"]}


def test_a_study_without_faults_has_no_finding(tmp_path: Path, scaling, check) -> None:
    write(tmp_path, sets=("sweep", "ours", "baseline"))
    before = sorted(tmp_path.rglob("*"))
    assert check() == {
        "study": "planted",
        "can_be_fitted": True,
        "findings": [],
        "defaults": {},
        "proposed": "",
    }
    assert scaling("check", "planted").out == "planted: 0 findings\n"
    assert sorted(tmp_path.rglob("*")) == before


def only(at: Callable[[Setting], bool], spoil: Change) -> Change:
    return lambda curve: spoil(curve) if at(curve.setting) else curve


def at_best(setting: Setting) -> bool:
    return setting == BEST


def first(n: int) -> Change:
    return lambda c: replace(c, steps=c.steps[:n], returns=c.returns[:n])


def seeds(*chosen: int) -> Change:
    return lambda c: replace(c, returns=c.returns[:, list(chosen)])


def constant(curve: Curves) -> Curves:
    returns = curve.returns.copy()
    returns[:, 2] = 7.0
    return replace(curve, returns=returns)


def every(n: int) -> Change:
    return lambda c: replace(c, steps=c.steps[::n], returns=c.returns[::n])


def with_task(**changes: Any) -> Study:
    return replace(CLEAN, environments=(replace(TASK, **changes),))


def tilted(curve: Curves) -> Curves:
    """Slow down a run by a term that couples B and η."""
    octaves = np.log2(
        [curve.setting.batch_size / 128, curve.setting.learning_rate / 6e-4]
    )
    slower = np.exp(-0.12 * octaves[0] * octaves[1])
    steps = np.unique(np.ceil(curve.steps))
    at = steps / slower
    returns = np.column_stack(
        [np.interp(at, curve.steps, seed) for seed in curve.returns.T]
    )
    return replace(curve, steps=steps, returns=returns)


def none_changes(curve: Curves) -> Curves:
    return curve


UNEVEN = (32, 64, 96, 512)
FAULTS: dict[str, tuple[str, Study, Change]] = {
    "few seeds": ("few seeds", CLEAN, seeds(0, 1, 2)),
    "fewer seeds": ("fewer seeds", CLEAN, only(at_best, seeds(0, 1, 2, 3, 4))),
    "constant": ("constant curve", CLEAN, only(at_best, constant)),
    "copies": ("copied seeds", CLEAN, only(at_best, seeds(0, 1, 2, 3, 4, 4))),
    "sparse": ("few points", CLEAN, every(40)),
    "coarse": ("coarse log", CLEAN, every(12)),
    "short": ("short run", CLEAN, only(at_best, first(12))),
    "early": (
        "early end",
        CLEAN,
        only(
            lambda s: (s.utd, s.batch_size, s.learning_rate) == (8, 512, 2e-4),
            first(62),
        ),
    ),
    "hole": ("hole in the grid", CLEAN, only(at_best, lambda _: None)),
    "edge of B": (
        "edge of the grid",
        with_task(batch_sizes=(256, 512, 1024)),
        none_changes,
    ),
    "edge of lr": (
        "edge of the grid",
        with_task(learning_rates=(2e-4, 4e-4)),
        none_changes,
    ),
    "uneven": ("uneven grid", with_task(batch_sizes=UNEVEN), none_changes),
    "one value": ("one value", with_task(learning_rates=(8e-4,)), none_changes),
    "low normaliser": ("normaliser", with_task(max_return_sweep=900.0), none_changes),
    "high normaliser": (
        "normaliser",
        replace(
            with_task(max_return_sweep=6000.0),
            sweep_levels=(150.0, 200.0, 250.0, 300.0),
            decided_at=(),
            fitted_levels=(150.0, 200.0, 250.0, 300.0),
        ),
        none_changes,
    ),
    "high start": (
        "high start",
        CLEAN,
        lambda c: replace(c, returns=1000 + c.returns / 2),
    ),
    "below min_return": (
        "below min_return",
        CLEAN,
        only(at_best, lambda c: replace(c, returns=c.returns - 3000)),
    ),
    "unreached": (
        "undecided level",
        replace(
            CLEAN,
            sweep_levels=(500.0, 1000.0),
            fitted_levels=(500.0, 600.0, 900.0, 1000.0),
        ),
        lambda c: replace(c, returns=np.minimum(c.returns, 1900)),
    ),
    "level of few": (
        "level of few",
        CLEAN,
        only(
            lambda s: (s.batch_size, s.learning_rate) not in ((128, 8e-4), (256, 8e-4)),
            lambda c: replace(c, returns=np.minimum(c.returns, 1300)),
        ),
    ),
    "tilt": ("tilted valley", CLEAN, tilted),
}


@pytest.mark.parametrize(("kind", "study", "spoil"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_found(
    kind: str, study: Study, spoil: Change, tmp_path: Path, check
) -> None:
    original = replace(
        TASK,
        batch_sizes=study.environments[0].batch_sizes,
        learning_rates=study.environments[0].learning_rates,
    )
    write(tmp_path, study, spoil, runs_from=replace(study, environments=(original,)))
    document = check()
    assert kind in kinds(document), document["findings"]
    (finding, *_) = [each for each in document["findings"] if each["kind"] == kind]
    assert finding["set_name"] == "sweep" and finding["fix"]


def test_an_undeclared_cell_is_found(tmp_path: Path, check) -> None:
    write(tmp_path, with_task(batch_sizes=(64, 128, 256, 512)), runs_from=CLEAN)
    assert "undeclared setting" in kinds(check())


@pytest.mark.parametrize(
    ("study", "spoil", "words"),
    [
        (replace(CLEAN, sweep_utds=(2.0,)), none_changes, "2 UTD ratios"),
        (
            CLEAN,
            lambda c: replace(c, returns=np.minimum(c.returns, 100)),
            "no setting that reaches",
        ),
    ],
    ids=["one UTD", "no level"],
)
def test_a_fit_that_is_impossible(
    study: Study, spoil: Change, words: str, tmp_path: Path, check
) -> None:
    write(tmp_path, study, spoil)
    document = check(code=1)
    assert not document["can_be_fitted"]
    worst = document["findings"][0]
    assert worst["severity"] == "impossible" and words in worst["found"]


def test_too_few_utds_for_a_check(tmp_path: Path, check) -> None:
    write(tmp_path, replace(CLEAN, sweep_utds=(1.0, 2.0)))
    assert "few UTD ratios" in kinds(check())


def test_nan_is_found(tmp_path: Path, check) -> None:
    write(tmp_path)
    path = tmp_path / "data" / "zip" / "planted_sweep.zip"
    name = "planted_sweep/utd_2/Synthetic0-v0/returns/bs_128_lr_0.0008.npy"
    array = np.column_stack([np.arange(1.0, 40), np.full(39, np.nan)])
    member = io.BytesIO()
    np.save(member, array)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, member.getvalue())
    document = check(code=1)
    assert "bs_128_lr_0.0008" in document["findings"][0]["found"]


def test_an_archive_is_enough(tmp_path: Path, scaling, check) -> None:
    """Its proposal, pasted into a study file, gives the same study."""
    write(tmp_path, sets=("sweep", "ours"))
    file = tmp_path / "data" / "studies" / "planted.toml"
    file.unlink()
    document = check()
    (cost,) = [f for f in document["findings"] if f["kind"] == "assumed cost"]
    assert "`scaling delta`" in cost["fix"]
    assert {"grids", "levels", "max_returns", "delta"} <= {*document["defaults"]}
    file.write_text(document["proposed"])
    pasted = check()
    assert not {"levels", "max_returns"} & {*pasted["defaults"]}
    assert pasted["findings"] == document["findings"]
    assert "Levels and normalisers by the rule" not in scaling("check", "planted").out


def test_an_archive_without_any_level(tmp_path: Path, check) -> None:
    write(tmp_path, change=lambda c: replace(c, returns=np.zeros_like(c.returns)))
    (tmp_path / "data" / "studies" / "planted.toml").unlink()
    (finding,) = check(code=1)["findings"]
    assert "min_return" in finding["fix"]


def test_neither_a_study_nor_an_archive(refused) -> None:
    assert "no file of that name" in refused("check", "nothing")


def test_a_fit_counts_what_a_check_finds(tmp_path: Path, scaling) -> None:
    write(tmp_path, with_task(max_return_sweep=900.0), runs_from=CLEAN)
    out = scaling("fit", "planted").out
    assert "`scaling check planted` lists all findings" in out
    assert "the best run ends at 2222 of 1000" in out
