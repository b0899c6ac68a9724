"""What an environment step costs in FLOPs: δ."""

from dataclasses import dataclass

from value_scaling.records.compute import FLOPS_PER_PARAMETER


@dataclass(frozen=True)
class Price:
    """δ of a machine: the FLOPs of updates in the time of an environment step.

    If updates and environment steps alternate, F = C + δ·D divided by the FLOPs a
    second is then the time of a run.
    """

    flops_per_second: float
    """Of updates, counted as C counts them: 10·N·B for an update."""
    step_seconds: float
    """Of one environment step."""

    @classmethod
    def of_update(
        cls,
        *,
        model_size: float,
        batch_size: float,
        update_seconds: float,
        step_seconds: float,
    ) -> "Price":
        """Take the FLOPs a second from the time of one update."""
        flops = FLOPS_PER_PARAMETER * model_size * batch_size
        return cls(flops / update_seconds, step_seconds)

    @property
    def delta(self) -> float:
        """δ, FLOPs for an environment step."""
        return self.flops_per_second * self.step_seconds
