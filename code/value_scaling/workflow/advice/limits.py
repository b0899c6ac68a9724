"""What the user asks for: σ, a level, and limits on budget, data and time."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from value_scaling.records import ScalingError

POOLED = "pooled"
"""Name of the row that is pooled over environments."""


def limit_words(unit: str) -> dict[str, str]:
    """Return the name of each limited quantity in sentences.

    Args:
        unit: `Study.compute_unit`.
    """
    return {"budget": f"{unit} (F)", "data": "environment steps", "hours": "hours"}


@dataclass(frozen=True)
class Limits:
    """Upper limits; infinite where there is none."""

    budget: float = np.inf
    """F = C + δ·D, in the unit of C."""
    data: float = np.inf
    """Environment steps."""
    hours: float = np.inf
    """Wall time."""

    @classmethod
    def of(cls, **values: float | None) -> "Limits":
        """Make limits from values by name, None where there is none."""
        return cls(**{name: v for name, v in values.items() if v is not None})

    @property
    def given(self) -> dict[str, float]:
        """The finite limits, by quantity."""
        return {name: value for name, value in vars(self).items() if np.isfinite(value)}


@dataclass(frozen=True)
class Times:
    """Durations of one environment step and of one update, in seconds."""

    step: float
    update: float
    """An update, extrapolated to B = 0 if `sample` is known."""
    sample: float = 0.0
    """Additional time of an update for each sample of its batch."""

    def hours(
        self, utd: np.ndarray, data: np.ndarray, batch_size: np.ndarray
    ) -> np.ndarray:
        """Return the wall time of runs in which steps and updates alternate."""
        update = self.update + self.sample * batch_size
        return data * (self.step + utd * update) / 3600


@dataclass(frozen=True)
class Request:
    """One question to the fits."""

    utds: tuple[float, ...] = ()
    """σ to use; empty for the best σ."""
    level: float | None = None
    """J to reach; None for the highest fitted level that meets the limits."""
    limits: Limits = Limits()
    times: Mapping[str, Times] | None = None
    """Times by environment; None if they are not known."""
    sizes: tuple[float, ...] = ()
    """N to use in a study with several N; empty for the best N."""

    @property
    def is_empty(self) -> bool:
        """Whether the request names no σ, level or limit."""
        return not self.utds and self.level is None and not self.limits.given

    @property
    def needs_data(self) -> bool:
        """Whether the answer requires D_J(σ)."""
        return not self.utds or self.level is not None or bool(self.limits.given)

    def times_of(self, env: str) -> Times | None:
        """Return the times of one environment, or the mean of all for the pooled row.

        Raises:
            ScalingError: the hours are limited and the times are not known.
        """
        if self.times and env in self.times:
            return self.times[env]
        if self.times and env == POOLED:
            every = list(self.times.values())
            return Times(
                *(
                    float(np.mean([getattr(each, name) for each in every]))
                    for name in ("step", "update", "sample")
                )
            )
        if np.isfinite(self.limits.hours):
            raise ScalingError(
                "--max-hours",
                found=f"no duration of a step and an update of {env}",
                expected="both, since they determine the hours of a run",
                fix="give --step-seconds and --update-seconds, or --measure them here",
            )
        return None
