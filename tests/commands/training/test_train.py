"""What `scaling train` prints at its end."""

from value_scaling.commands.console import as_text
from value_scaling.commands.training.train import failure_table
from value_scaling.records import Setting
from value_scaling.sweep.run.outcome import Failures


def test_failed_runs_are_a_table_with_lost_settings_first() -> None:
    some = Failures(Setting("Ant-v4", 1.0, 8, 1e-3), 3, ((1, 500),))
    every = Failures(Setting("Ant-v4", 2.0, 8, 1e-3), 1, ((0, 7),))
    head, _, first, second = as_text(*failure_table((some, every))).splitlines()
    assert head.startswith("2 runs failed")
    assert first == f"{every.setting}  {every.words}"
    assert second == f"{some.setting}  {some.words}"
    assert failure_table(()) == []
    assert failure_table((some,) * 15)[-1] == "and 3 more settings"
