"""A level without a pooled fit names the environment, the σ and the level."""

import numpy as np
from planted_study import make_crossings, make_study, planted_cells

from value_scaling.commands.console import as_text
from value_scaling.commands.text import terminal
from value_scaling.records import Choices, DataEfficiency, Study
from value_scaling.workflow.data.blocking import blocked_levels
from value_scaling.workflow.data_efficiency import data_efficiency

UTDS = np.array([1.0, 2.0, 4.0, 8.0])
LEVELS = np.array([500.0, 800.0])


def cells(*never: tuple[int, int, int]) -> np.ndarray:
    data = np.full((2, 4, 2), 1e5)
    for cell in never:
        data[cell] = np.nan
    return data


def find(data: np.ndarray, ran: np.ndarray | None = None) -> tuple:
    ran = np.ones((2, 4), dtype=bool) if ran is None else ran
    pooled = np.isfinite(data).all(axis=0)
    names = ("Ant-v4", "Humanoid-v4")
    return blocked_levels(names, UTDS, LEVELS, data, ran, pooled=pooled)


def test_three_utds_are_enough() -> None:
    assert find(cells()) == ()
    assert find(cells((1, 0, 1))) == ()


def test_one_environment_blocks() -> None:
    (found,) = find(cells((1, 0, 1), (1, 3, 1)))
    assert found.level == 800
    assert found.utds == (2.0, 4.0)
    assert found.unreached == {"Humanoid-v4": (1.0, 8.0)}
    assert found.not_run == {}
    assert found.words() == (
        "only two UTDs reach J = 800 in Humanoid-v4 (not reached at UTD 1, 8)"
    )


def test_two_environments_block_together() -> None:
    data = cells((0, 0, 1), (1, 3, 1), (1, 2, 1))
    ran = np.ones((2, 4), dtype=bool)
    ran[1, 3] = False
    (found,) = find(cells((0, 0, 1), (1, 3, 1)), ran)
    assert found.words() == (
        "only two UTDs reach J = 800 in every environment (Ant-v4: not reached at "
        "UTD 1; Humanoid-v4: not run at UTD 8)"
    )
    (found,) = find(data, ran)
    assert found.words() == (
        "only two UTDs reach J = 800 in Humanoid-v4 (not reached at UTD 4, not run "
        "at UTD 8)"
    )


def test_of_many_environments_a_few_are_named() -> None:
    names = tuple(f"Task{i}" for i in range(9))
    data = np.full((9, 4, 1), np.nan)
    ran = np.ones((9, 4), dtype=bool)
    none = np.zeros((4, 1), dtype=bool)
    (found,) = blocked_levels(names, UTDS, LEVELS[:1], data, ran, pooled=none)
    assert found.words().startswith("no UTD reaches J = 500 in Task0 (not reached at ")
    assert found.words().endswith("; and 5 more environments")


def blocked_study() -> tuple[Study, DataEfficiency]:
    study = make_study()
    given = {
        setting: steps.copy() for setting, steps in planted_cells(study, "ours").items()
    }
    for setting, steps in given.items():
        if setting.env == "Synthetic2-v0" and setting.utd < 4:
            steps[-1] = np.nan
    choices = Choices(pooling="every")
    found = data_efficiency(make_crossings(study, "ours", given), study, choices)
    return study, found


def test_the_record_and_the_terminal_name_what_blocks_a_level() -> None:
    _, found = blocked_study()
    (blocked,) = found.blocked
    assert set(blocked.unreached) == {"Synthetic2-v0"}
    assert np.isnan(found.law.value.scale[-1])
    assert (
        "no fit: only two UTDs reach J = 800 in Synthetic2-v0 (not reached at UTD "
        "0.5, 1, 2)"
    ) in as_text(*terminal.data_efficiency(found))
