"""Archives of runs at many σ and N: each irregularity has a rule or is refused."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from planted_sizes import ARCHIVE, GRID, GROUP, array, member, pack, size_of

from value_scaling.records import ScalingError
from value_scaling.records.model_size.runs import SizeRuns
from value_scaling.records.model_size.study import Skipped
from value_scaling.store.archives.model_size import read_size_runs
from value_scaling.store.studies.model_size import load_size_study


def read(path: Path, members: dict[str, np.ndarray], **rules: Any) -> SizeRuns:
    metric = rules.pop("metric_read", None)
    archive = replace(ARCHIVE, **rules)
    return read_size_runs(pack(path / "grid.zip", members), GROUP, archive,
                          metric=metric)  # fmt: skip


def test_settings_come_with_width_and_size(tmp_path: Path) -> None:
    runs = read(tmp_path, GRID)
    assert len(runs.curves) == len(GRID)
    first = runs.curves[0]
    assert (first.setting.utd, first.setting.width) == (1.0, 256)
    assert first.setting.values["model_size"] == size_of(256)
    assert first.steps[:2].tolist() == [1000, 2000]
    assert first.seeds == 6


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda m: m | {"top/w256/utd_1/walk/bs_1.npy": array(1, 256)}, "layout"),
        (lambda m: m | {member(1, 256).replace("walk", "run"): array(1, 256)}, "task"),
        (lambda m: m | {member(1, 256, metric="loss"): array(1, 256)}, "metric 'loss'"),
        (lambda m: m | {member(1, 256).replace("_1/", "_1.0/"): array(3, 256)},
         "an earlier member"),
        (lambda m: m | {member(3, 256): m[member(1, 256)]}, "the runs of"),
        (lambda m: m | {member(1, 256).replace(f"{size_of(256)}", "9"): array(1, 256)},
         "N = 9"),
        (lambda m: m | {member(1, 256): np.repeat(m[member(1, 256)], 2, axis=1)[:, 1:]},
         "differ"),
        (lambda m: m | {member(1, 256): m[member(1, 256)][:, [0, 1, 1]]}, "differ"),
        (lambda m: m | {member(1, 256): m[member(1, 256)][1:]}, "step 2000 in row 0"),
        (lambda m: m | {member(1, 256): m[member(1, 256)][:, :1]}, "1 columns"),
        (lambda m: m | {member(1, 256): np.where(m[member(1, 256)] > 1e5, np.nan,
                                                 m[member(1, 256)])}, "NaN"),
        (lambda m: m | {member(0, 256): array(5, 256)}, "zero"),
    ],
)  # fmt: skip
def test_what_the_study_file_does_not_describe_is_refused(
    tmp_path: Path,
    change: Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]],
    words: str,
) -> None:
    with pytest.raises(ScalingError, match=words):
        read(tmp_path, change(GRID))


def test_other_tasks_and_skipped_settings_are_left_out(tmp_path: Path) -> None:
    members = GRID | {member(1, 256).replace("walk", "other"): array(1, 256)}
    rule = Skipped("too small", width=256)
    runs = read(tmp_path, members, skipped=(rule, Skipped("too fast", utd=8)))
    assert runs.skipped == 4 + 3
    assert {curve.setting.utd for curve in runs.curves} == {1, 2, 4}


def test_repeated_seeds_count_once_where_the_study_file_says_so(tmp_path: Path) -> None:
    own = GRID[member(1, 256)]
    doubled = GRID | {member(1, 256): np.concatenate([own, own[:, 1:]], axis=1)}
    runs = read(tmp_path, doubled, repeated_seeds=True)
    assert {curve.seeds for curve in runs.curves} == {6}
    nothing = GRID | {member(1, 256): np.column_stack([own[:, 0], 0 * own[:, 1:]])}
    assert len(read(tmp_path, nothing).curves) == len(GRID)


def test_metrics_may_lack_values_but_not_all(tmp_path: Path) -> None:
    loss = array(1, 256)
    loss[3:9, 1] = np.nan
    members = GRID | {member(1, 256, metric="critic_loss"): loss}
    runs = read(tmp_path, members, metric_read="critic_loss")
    assert np.isnan(runs.curves[0].returns).sum() == 6
    with pytest.raises(ScalingError, match="one of critic_loss"):
        read(tmp_path, members, metric_read="never")


def test_archives_without_a_step_column_get_their_steps(tmp_path: Path) -> None:
    members = {name: values[:, 1:] for name, values in GRID.items()}
    runs = read(tmp_path, members, step_column=False)
    assert runs.curves[0].seeds == 6
    assert runs.curves[0].steps[-1] == 400_000


@pytest.mark.parametrize(
    ("file", "settings", "skipped", "seeds"),
    [
        ("fitted_bs.zip", 67, 4, (5, 67)),
        ("interpolated_bs.zip", 39, 3, (3, 20)),
        ("extrapolated_bs.zip", 29, 1, (2, 14)),
        ("compute_optimal.zip", 20, 0, (4, 19)),
        ("n_scaling_bl.zip", 20, 0, (3, 10)),
        ("utd_scaling_bl.zip", 14, 0, (3, 10)),
        ("simbav2_model_scaling_linear20_with_base.zip", 128, 32, (4, 15)),
        ("dmc_bro_ablations.zip", 236, 89, (5, 10)),
    ],
)
def test_the_published_archives_are_read(
    followup: Path, file: str, settings: int, skipped: int, seeds: tuple[int, int]
) -> None:
    for group in load_size_study("followup").groups:
        for archive in group.archives:
            if archive.file == file:
                runs = read_size_runs(followup / file, group, archive)
                counts = [curve.seeds for curve in runs.curves]
                assert (len(counts), runs.skipped) == (settings, skipped)
                assert (min(counts), max(counts)) == seeds


def test_passive_critics_are_told_apart(followup: Path) -> None:
    groups = {each.name: each for each in load_size_study("followup").groups}
    group = groups["bro"]
    (archive,) = group.with_role("passive critic")
    metric = "sep_validation_critic_loss"
    runs = read_size_runs(followup / archive.file, group, archive, metric=metric)
    assert len(runs.curves) == 31
    assert len(set(runs.passive_sizes)) > 2
    with pytest.raises(ScalingError, match="NaN"):  # logged in every fifth row
        read_size_runs(followup / archive.file, group, archive)
