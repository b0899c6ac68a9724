"""Every mistake of a user is one ScalingError with what to do."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import value_scaling as vs

pytestmark = pytest.mark.usefixtures("few_replicates")


@pytest.fixture
def runs(planted: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    return planted("sweep")


def _with(runs: pd.DataFrame, column: str, value: Any) -> pd.DataFrame:
    changed = runs.astype({column: object})
    changed.loc[7, column] = value
    return changed


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: f.drop(columns="utd"), r"no column 'utd'.*utd=\"…\""),
        (lambda f: f[f.utd == 2], "one UTD ratio, 2, in every row"),
        (lambda f: _with(f, "value", np.nan), r"1 of .* NaN.*not_finite=\"run\""),
        (lambda f: _with(f, "value", "high"), "not numbers, such as 'high'"),
        (lambda f: _with(f, "utd", "two"), "column 'utd'.*such as 'two'"),
        (lambda f: _with(f, "utd", None), "column 'utd'.*1 rows without a value"),
        (lambda f: _with(f, "seed", None), "column 'seed'.*1 rows without a value"),
        (lambda f: _with(f, "env", None), "column 'env'.*1 rows without a value"),
        (lambda f: _with(f, "batch_size", 0.5), "0.5; expected a positive whole"),
        (lambda f: _with(f, "batch_size", np.inf), "inf; expected a positive whole"),
        (lambda f: _with(f, "utd", -1), "-1; expected a positive UTD ratio"),
        (lambda f: _with(f, "step", -5), "steps from -5"),
        (
            lambda f: pd.concat([f, f.assign(value=f.value + 1)]),
            r"values at steps that have one already.*resumed=\"last\"",
        ),
        (lambda f: f.iloc[::-1], r"go back.*frame\.sort_values\('step'\)"),
        (lambda f: f.iloc[:0], "no rows"),
        (lambda f: f.to_dict(), "a pandas DataFrame"),
        (lambda f: pd.concat([f, f.utd], axis=1), "2 columns of that name"),
        (lambda f: None, "no frame"),
    ],
)
def test_a_frame_that_is_wrong(
    runs: pd.DataFrame, change: Callable[[pd.DataFrame], Any], words: str
) -> None:
    with pytest.raises(vs.ScalingError, match=words) as caught:
        vs.fit(change(runs))
    assert "--" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"ever": 5}, "an argument 'ever'"),
        ({"short": "kut"}, "kut"),
        ({"delta": -1.0}, "delta.*a positive number"),
        ({"levels": (500.0, 400.0)}, "sweep_levels"),
        (
            {"max_returns": {"Synthetic0-v0": -1.0}, "levels": (300.0, 600.0)},
            "max_return_sweep.*min_return",
        ),
        ({"delta": 1e9}, "delta: found .*no model_size"),
        ({"baseline_utd": 3.0}, "baseline_utd"),
    ],
)
def test_an_argument_that_is_wrong(
    runs: pd.DataFrame, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(vs.ScalingError, match=words):
        vs.fit(runs, **options)


def test_the_same_row_twice_counts_once(runs: pd.DataFrame) -> None:
    fit = vs.fit(pd.concat([runs, runs.iloc[:5]]))
    assert fit.to_json() == vs.fit(runs).to_json()
    assert any("repeated rows are used once" in note for note in fit.notes)


def test_what_a_fit_lacks(runs: pd.DataFrame) -> None:
    fit = vs.fit(runs)
    for ask, words in (
        (lambda: fit.data(level=400), "no runs of ours or baseline"),
        (lambda: fit.plot("budget"), "figure budget"),
        (lambda: fit.plot("bugdet"), "expected one of figure1"),
        (lambda: fit.best(utd=0), "positive UTD ratios"),
        (lambda: fit.best(utd="4"), "positive UTD ratios"),
        (lambda: fit.recommend(next=-1), "next: found -1"),
        (lambda: fit.recommend(next=1, seeds=0), "seeds: found 0"),
        (lambda: fit.recommend(next=1.5), "next: found 1.5"),
    ):
        with pytest.raises(vs.ScalingError, match=words):
            ask()


def test_an_unknown_level(planted: Callable[[str], pd.DataFrame]) -> None:
    with pytest.raises(vs.ScalingError, match=r"level 123.*one of"):
        vs.fit(baseline=planted("baseline")).data(level=123)


def test_a_study_and_settings(runs: pd.DataFrame) -> None:
    study = vs.fit(runs).study
    with pytest.raises(vs.ScalingError, match="settings of its own, and delta"):
        vs.fit(runs, study=study, delta=1.0)


@pytest.mark.parametrize(
    ("paths", "options", "words"),
    [
        ((), {}, "no path"),
        (("nothing.zip",), {}, "nothing.zip"),
        (("classic_ours.zip", "classic_ours.zip"), {}, "another archive of the ours"),
        (("classic_ours.zip",), {"metric": "score"}, "expected score"),
        (("classic_ours.zip",), {"short": "cut"}, "an argument 'short'"),
    ],
)
def test_an_archive_that_is_wrong(
    root: Path, paths: tuple[str, ...], options: dict[str, Any], words: str
) -> None:
    folder = root / "data" / "zip"
    with pytest.raises(vs.ScalingError, match=words):
        vs.fit_archive(*(folder / path for path in paths), **options)


def test_an_unknown_name_of_the_package() -> None:
    with pytest.raises(AttributeError, match="no attribute 'fitt'"):
        vs.fitt  # noqa: B018
    assert {*vs.__all__} <= {*dir(vs)}
