"""The name of the return, if the user does not state it."""

from collections.abc import Collection

from value_scaling.records import ScalingError

RETURNS = (
    "eval/mean_reward",
    "charts/episodic_return",
    "episode/return",
    "episode.return",
    "eval/avg_return",
    "avg_return",
    "episodic_return",
    "return",
    "rollout/ep_rew_mean",
)
"""Names of returns that common trainers log; those that are no averages come first."""
EPISODES = ("episodic_return", "episode/return", "episode.return")
"""Endings of names under which single episodes are logged."""
AVERAGES = ("ep_rew_mean",)
"""Endings of names of averages over the last hundred episodes."""
_SHOWN = 20


def metric_in(wanted: str | None, names: Collection[str]) -> str | None:
    """Return the name of the return among those of one run; None if it has none."""
    known = RETURNS if wanted is None else (wanted,)
    return next((name for name in known if name in names), None)


def choose_metric(wanted: str | None, names: Collection[str], where: str) -> str:
    """Return the name of the return among those that a run logs.

    Raises:
        ScalingError: the requested name is missing, or no name is known.
    """
    if found := metric_in(wanted, names):
        return found
    told = ", ".join(sorted(map(str, names))[:_SHOWN]) or "no numbers"
    raise ScalingError(
        where,
        found=f"{told}{', …' if len(names) > _SHOWN else ''}",
        expected=f"{wanted!r}, as given with --metric"
        if wanted
        else f"a return under one of the usual names ({', '.join(RETURNS)})",
        fix="name the return with --metric",
    )


def ends_in(name: str, ends: tuple[str, ...]) -> bool:
    """Whether a metric's name ends in one of these endings."""
    return name.endswith(ends)
