"""The name of the return, if the user does not state it."""

from collections.abc import Collection

from value_scaling.importers.logged import Kind
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
"""Names of returns that common trainers log; those that are not averages come first."""
EPISODES = ("episodic_return", "episode/return", "episode.return")
"""Endings of names under which single episodes are logged."""
AVERAGES = ("ep_rew_mean",)
"""Endings of names of averages over the last hundred episodes."""
_SHOWN = 20


class Metrics:
    """The return in the runs of one source."""

    def __init__(self, wanted: str | None) -> None:
        """Look for the requested name, or for a usual one if it is None."""
        self._wanted = wanted
        self._names: set[str] = set()
        self._is_found = False

    def find(self, names: Collection[str], others: Collection[str] = ()) -> str | None:
        """Return the name of the return in one run; None if the run has none.

        Args:
            names: names that may be the return.
            others: other names that the run logs, for the message.
        """
        metric = metric_in(self._wanted, names)
        self._names.update(names, others)
        self._is_found |= metric is not None
        return metric

    def check(self, source: str) -> None:
        """Raise ScalingError if no run of the source has the return."""
        if not self._is_found:
            choose_metric(self._wanted, self._names, source)


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
    shown = ", ".join(sorted(map(str, names))[:_SHOWN]) or "no numbers"
    raise ScalingError(
        where,
        found=f"{shown}{', …' if len(names) > _SHOWN else ''}",
        expected=f"{wanted!r}, as given with --metric"
        if wanted
        else f"a return under one of the usual names ({', '.join(RETURNS)})",
        fix="name the return with --metric",
    )


def kind_of(metric: str | None) -> Kind | None:
    """Return the kind of a metric's values; None if it is not known by the name."""
    return "episodes" if metric and metric.endswith(EPISODES) else None
