"""The code of docs/python.md runs as it stands."""

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import value_scaling as vs


@pytest.mark.usefixtures("few_replicates")
def test_the_code_of_the_page_runs(
    root: Path,
    classic: Path,
    planted: Callable[[str], pd.DataFrame],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    page = (root / "docs" / "python.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", page, re.M | re.S)
    assert len(blocks) == 3
    assert len(blocks[0].splitlines()) <= 10
    monkeypatch.chdir(classic)
    monkeypatch.setenv("VALUE_SCALING_ROOT", str(classic))
    names = {"env": "task", "learning_rate": "lr", "value": "return"}
    for set_name, file in (("sweep", "runs.csv"), ("baseline", "baseline.csv")):
        planted(set_name).rename(columns=names).to_csv(file, index=False)
    scope: dict[str, object] = {}
    for block in blocks:
        exec(block, scope)
    told = capsys.readouterr().out
    assert "model_size = 1 (not known" in told
    assert "learning_rate_to_run" in told and "data_high" in told
    for name in ("grid_search.png", "budget.png"):
        assert Path(name).read_bytes().startswith(b"\x89PNG")
    for name in re.findall(r"`fit\.(\w+)", page):
        assert hasattr(vs.Fit, name) or name in vs.Fit.__dataclass_fields__, name
