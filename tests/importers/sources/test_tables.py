"""Long tables: tidy ones, wide ones, and wrong ones."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from value_scaling.importers.logged import Logged
from value_scaling.importers.options import Rules
from value_scaling.importers.sources.tables import read_csv, read_parquet, runs_of_frame
from value_scaling.records import ScalingError

TIDY = """,exp_name,env_name,seed,metric,env_step,value
0,utd1,Ant,0,avg_return,0.0,1.0
1,utd1,Ant,0,avg_return,100.0,2.0
2,utd1,Ant,0,avg_success,0.0,0.5
3,utd1,Ant,1,avg_return,0.0,3.0
4,utd1,Hopper,0,avg_return,0.0,4.0
"""


def read(tmp_path: Path, text: str, **rules: object) -> list[Logged]:
    (tmp_path / "table.csv").write_text(text)
    return [*read_csv(str(tmp_path), Rules(**rules))]  # type: ignore[arg-type]


def test_a_tidy_table(tmp_path: Path) -> None:
    first, second, third = read(tmp_path, TIDY, metric="avg_return")
    assert first.name == "utd1"
    assert first.labels == {"exp_name": "utd1", "env_name": "Ant", "seed": 0}
    assert first.steps.tolist() == [0, 100]
    assert first.values.tolist() == [1, 2]
    assert (second.labels["seed"], third.labels["env_name"]) == (1, "Hopper")
    assert first.metric == "avg_return"
    assert "utd1, Ant, 0" in first.where


def test_the_usual_return_is_found_among_metrics(tmp_path: Path) -> None:
    assert {run.metric for run in read(tmp_path, TIDY)} == {"avg_return"}


def test_a_wide_table_as_of_open_rl_benchmark(tmp_path: Path) -> None:
    text = (
        "env_id,exp_name,seed,global_step,charts/episodic_return,losses/qf1\n"
        "Ant,sac,1,10,1.5,9\nAnt,sac,1,20,2.5,9\nAnt,sac,2,10,3.5,9\n"
    )
    first, second = read(tmp_path, text)
    assert first.metric == "charts/episodic_return"
    assert first.values.tolist() == [1.5, 2.5]
    assert second.labels == {"exp_name": "sac", "env_id": "Ant", "seed": 2}


def test_columns_that_options_name_tell_runs_apart(tmp_path: Path) -> None:
    text = "seed,replay,freq,t,score\n1,2,1,10,1\n1,4,1,10,2\n1,4,2,10,3\n"
    found = read(
        tmp_path, text, config={"utd": "replay/freq"}, step="t", metric="score"
    )
    assert [run.labels["replay"] for run in found] == [2, 4, 4]


def test_a_file_is_one_run_where_no_column_tells(tmp_path: Path) -> None:
    (run,) = read(tmp_path, "step,return\n1,2\n2,3\n")
    assert run.name == f"{tmp_path.name}/table"


def test_interleaved_rows_are_sorted_out(tmp_path: Path) -> None:
    text = "seed,step,return\n1,1,10\n2,1,20\n1,2,11\n2,2,21\n"
    first, second = read(tmp_path, text)
    assert (first.values.tolist(), second.values.tolist()) == ([10, 11], [20, 21])


def test_missing_values_are_kept_for_the_rules(tmp_path: Path) -> None:
    (run,) = read(tmp_path, "seed,step,return\n1,1,\n1,2,3\n")
    assert np.isnan(run.values).tolist() == [True, False]


def test_parquet_and_frames_read_the_same(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"seed": [1, 1], "utd": [2.0, 2.0], "step": [1, 2], "return": [0.1, 0.2]}
    )
    frame.to_parquet(tmp_path / "a.parquet")
    (stored,) = read_parquet(str(tmp_path), Rules())
    (held,) = runs_of_frame(frame, Rules(), name="a")
    assert stored.values.tolist() == held.values.tolist() == [0.1, 0.2]
    assert stored.labels == held.labels == {"seed": 1, "utd": 2.0}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("seed,return\n1,2\n", "expected env_step or env_steps or global_step"),
        ("seed,step,score\n1,1,2\n", "name the return with --metric"),
        ("seed,step,return\n1,1,good\n", "column return: found Unable to parse"),
        ("", "found something else (No columns to parse"),
        ('a,step,return\n"1,1,1\n', "a CSV table"),
    ],
)
def test_wrong_tables_are_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ScalingError) as error:
        read(tmp_path, text)
    assert said in str(error.value)


def test_a_metric_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ScalingError, match="avg_return, avg_success; expected 'score'"):
        read(tmp_path, TIDY, metric="score")


def test_no_parquet(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_text("no")
    with pytest.raises(ScalingError, match="a Parquet table"):
        [*read_parquet(str(tmp_path), Rules())]


def test_a_folder_without_tables(tmp_path: Path) -> None:
    with pytest.raises(ScalingError, match=r"no \*\.csv in it or below"):
        [*read_csv(str(tmp_path), Rules())]
    with pytest.raises(ScalingError, match="no such file or folder"):
        [*read_csv(str(tmp_path / "x"), Rules())]
