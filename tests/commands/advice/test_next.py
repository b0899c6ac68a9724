"""`scaling recommend --next` as a table, a script, YAML and JSON."""

import json
import shlex
from pathlib import Path

import pytest
import yaml
from planted_study import write_checkout


@pytest.mark.usefixtures("few_replicates")
def test_every_output_has_the_same_runs(tmp_path: Path, scaling, refused) -> None:
    write_checkout(tmp_path, sets=("sweep",), points=60, seeds=3)
    assert "hyperparameters" in refused("recommend", "planted", "--next", 5)
    assert scaling("fit", "planted").code == 0
    asked = ("recommend", "planted", "--next", "5")
    found = json.loads(scaling(*asked, "--json").out)
    rows = found["next"]
    assert len(rows) == 5
    assert found["plans"] == []
    table = scaling(*asked).out
    for row in rows:
        assert row["flops"] > 0
        assert row["reason"] in table
    assert "Together: " in table
    listed = yaml.safe_load(scaling(*asked, "--yaml").out)
    keys = ("env", "utd", "batch_size", "learning_rate", "seeds", "first_seed")
    assert [[each[k] for k in keys] for each in listed] == [
        [row[k] for k in keys] for row in rows
    ]
    template = "python train.py --env {env} --utd {utd} --lr {learning_rate} -s {seed}"
    lines = scaling(*asked, "--template", template).out.splitlines()[2:]
    assert len(lines) == sum(row["seeds"] for row in rows)
    words = shlex.split(lines[0])
    assert words[:4] == ["python", "train.py", "--env", rows[0]["env"]]
    assert float(words[7]) == rows[0]["learning_rate"]
    trained = scaling(*asked, "--script").out.splitlines()
    assert sum(line.startswith("scaling train planted --set") for line in trained) == 5
    message = refused(*asked, "--template", "run {nothing}")
    assert "found {nothing}; expected fields among {study}" in message
    assert "brace" in refused(*asked, "--template", "run {")
    outcome = scaling("recommend", "planted", "--script")
    assert (outcome.code, "--next N" in outcome.err) == (2, True)
