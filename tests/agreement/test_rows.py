"""The list of comparisons, and what SBX is asked for."""

from pathlib import Path

import pytest

from agreement.rows import FILE, Plan, load
from agreement.train import sbx_request
from value_scaling.learning.agents.td3 import TD3Config
from value_scaling.records import ScalingError


def test_every_algorithm_is_compared_on_two_tasks_or_more(plan: Plan) -> None:
    assert plan.seeds == 10
    for algorithm in ("sac", "td3", "dqn"):
        rows = [each for each in plan.rows if each.algorithm == algorithm]
        equal = {each.task for each in rows if not each.variant}
        assert len(equal) >= 2, algorithm


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ('algorithm = "sac"', 'algorithm = "ppo"', "ppo"),
        ("utd = 1", "utdd = 1", "utdd"),
        ("start_training = 300", "start = 300", "start"),
        ('name = "td3_pendulum"', 'name = "sac_pendulum"', "two rows"),
        ('same_as = "dqn_cartpole"', 'same_as = "dqn_acrobot2"', "dqn_acrobot2"),
        ('same_peer_as = "sac_hopper"', 'same_peer_as = "hopper"', "hopper"),
        ('archive = "gym/sweep"', 'archive = "gym"', "<study>/<set>"),
        ("exploration_end = 0.05", "init_temperature = 1.0", "dqn ignores it"),
    ],
)
def test_a_wrong_entry_is_named(
    before: str, after: str, found: str, tmp_path: Path
) -> None:
    text = FILE.read_text()
    assert before in text
    (tmp_path / "rows.toml").write_text(text.replace(before, after, 1))
    with pytest.raises(ScalingError, match=found):
        load(tmp_path / "rows.toml")


def test_sbx_gets_our_settings(plan: Plan, tmp_path: Path) -> None:
    rows = {each.name: each for each in plan.rows}
    for row in plan.rows:
        if row.algorithm not in ("sac", "td3", "dqn"):
            continue
        training = row.to_training(plan.seeds)
        request = sbx_request(row, plan.seeds, tmp_path)
        own = request["arguments"]
        assert own["learning_starts"] == training.start_training
        assert own["policy_kwargs"]["net_arch"] == list(training.hidden)
        assert (own["batch_size"], own["learning_rate"]) == (
            row.batch_size,
            row.learning_rate,
        )
        assert own["gradient_steps"] == row.utd
        assert own["gamma"] == training.discount
        assert request["seeds"] == list(range(plan.seeds))
    sac = sbx_request(rows["sac_pendulum"], 2, tmp_path)
    assert sac["entropy_per_action"] == -0.5
    assert sac["arguments"]["ent_coef"] == "auto_1"
    td3 = sbx_request(rows["td3_pendulum"], 2, tmp_path)
    assert td3["noise"] == TD3Config().exploration_std
    # SBX moves the targets at every update of the critics, ours at every second one.
    ratio = TD3Config().critic_actor_ratio
    assert td3["arguments"]["tau"] * ratio == rows["td3_pendulum"].to_training(2).tau
    dqn = sbx_request(rows["dqn_cartpole"], 2, tmp_path)
    assert dqn["epsilon"] == [500, 5000, 0.05]
    assert dqn["arguments"]["target_update_interval"] == 1
