"""`scaling compare`, from two archives to tables."""

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from planted_study import make_runs, make_study, write_checkout

from value_scaling.records import Setting, diagnostic_metrics
from value_scaling.store.archives.write import write_runs
from value_scaling.store.studies.fresh import RETURNS

METRICS = diagnostic_metrics()


def write_fresh(
    root: Path,
    *,
    folder: str = "zip",
    keep: Callable[[Setting], bool] = lambda setting: True,
    metrics: bool = False,
) -> int:
    """Write a fresh archive of some settings of the sweep; return their number."""
    study = make_study()
    runs = make_runs(study, "sweep", points=60, seeds=5)
    runs = replace(runs, curves=tuple(c for c in runs.curves if keep(c.setting)))
    names = (RETURNS, *(METRICS if metrics else ()))
    write_runs(
        root / "data" / folder / "planted_sweep.fresh.zip",
        dict.fromkeys(names, runs),
        manifest={
            "units": dict.fromkeys(("step", *names), "synthetic"),
            "packages": {},
            "commit": "planted",
        },
    )
    return len(runs.curves)


def test_tables_are_printed_and_written(tmp_path: Path, scaling) -> None:
    write_checkout(tmp_path, points=60)
    count = write_fresh(tmp_path)
    outcome = scaling("compare", "planted")
    assert (outcome.code, outcome.err) == (0, "")
    assert "Synthetic0-v0" in outcome.out
    assert "exponent of B*(σ)" in outcome.out
    assert "ours: no fresh runs" in outcome.out
    assert f"… {count - 60} more rows" in outcome.out
    folder = tmp_path / "fresh" / "build" / "comparison"
    assert {path.name for path in folder.iterdir()} == {
        "planted.md",
        *(
            f"planted_compared{part}.{kind}"
            for part in ("", "_laws", "_settings")
            for kind in ("csv", "tex")
        ),
    }
    with (folder / "planted_compared_settings.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == count * len(make_study().sweep_levels)
    assert {row["seeds"] for row in rows} == {"4/5"}
    ratios = [float(r["fresh_over_published_data"] or "nan") for r in rows]
    assert all(ratio != ratio or 0.8 < ratio < 1.25 for ratio in ratios)
    assert (
        r"\begin{longtable}" in (folder / "planted_compared_settings.tex").read_text()
    )
    text = (folder / "planted.md").read_text()
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert len({len(line) for line in lines}) == 3  # three tables, each in line
    assert "compare planted" not in text


def test_what_is_not_whole_yet_is_compared_too(tmp_path: Path, scaling) -> None:
    study = write_checkout(tmp_path, points=60)
    first = make_runs(study, "sweep", points=2).curves[0].setting
    write_fresh(tmp_path, folder="partial", keep=lambda one: one == first)
    outcome = scaling("compare", "planted")
    assert outcome.code == 0
    assert "sweep, no fits" in outcome.out


def test_without_fresh_runs_it_says_how_to_make_them(tmp_path: Path, refused) -> None:
    write_checkout(tmp_path, points=60)
    line = refused("compare", "planted")
    assert "published sets: sweep, ours, baseline; fresh sets: none" in line
    assert "scaling train planted --set sweep --runs fresh" in line


def test_stages_of_fresh_runs_leave_the_others_alone(
    tmp_path: Path, scaling, refused
) -> None:
    write_checkout(tmp_path, points=60)
    write_fresh(tmp_path, metrics=True)
    made = scaling("--runs", "fresh", "fit", "planted")
    assert (made.code, made.err) == (0, ""), made
    assert "fresh runs" in made.out
    assert (tmp_path / "fresh/data/derived/planted/default/sweep.npz").exists()
    assert not (tmp_path / "data" / "derived").exists()
    line = refused("--runs", "fresh", "preprocess", "planted", "ours")
    assert "planted_ours.fresh.zip" in line
    assert "scaling --runs fresh train planted" in line


def test_a_part_of_a_sweep_is_analysed_as_far_as_it_goes(
    tmp_path: Path, scaling, refused
) -> None:
    """Fewer tasks or σ are reported and fitted; one σ alone has no fit."""
    write_checkout(tmp_path, points=60)
    write_fresh(
        tmp_path,
        keep=lambda one: one.env == "Synthetic1-v0" and one.utd > 1,
        metrics=True,
    )
    made = scaling("--runs", "fresh", "fit", "planted")
    assert (made.code, made.err) == (0, ""), made
    assert "the grid that are not in the archive: 108" in " ".join(made.out.split())
    assert "Synthetic1-v0" in made.out
    write_fresh(tmp_path, keep=lambda one: one.utd == 2, metrics=True)
    line = refused("--runs", "fresh", "fit", "planted")
    assert "found runs at 1 UTD ratio; expected at least two" in line


def test_another_word_for_the_runs_is_refused(
    tmp_path: Path, refused, monkeypatch
) -> None:
    write_checkout(tmp_path, points=60)
    monkeypatch.setenv("VALUE_SCALING_RUNS", "frsh")
    assert "expected published or fresh" in refused("fit", "planted")
