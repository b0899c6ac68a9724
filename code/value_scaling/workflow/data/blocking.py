"""Find the runs that prevent a level from being fitted over all environments."""

import numpy as np

from value_scaling.records import Blocked
from value_scaling.records.stages.blocked import LEAST_UTDS


def blocked_levels(
    environments: tuple[str, ...],
    utds: np.ndarray,
    levels: np.ndarray,
    data: np.ndarray,
    ran: np.ndarray,
    *,
    pooled: np.ndarray,
) -> tuple[Blocked, ...]:
    """Return every level that has pooled data at fewer than three σ.

    Args:
        utds: [utds].
        levels: [levels].
        data: [environments, utds, levels], env steps to J; NaN where J is never reached
            or nothing was run.
        ran: [environments, utds] of bool.
        pooled: [utds, levels] of bool, where there are pooled data.
    """

    def cells(chosen: np.ndarray) -> dict[str, tuple[float, ...]]:
        named = {env: utds[chosen[e]] for e, env in enumerate(environments)}
        return {env: tuple(map(float, own)) for env, own in named.items() if own.size}

    found = []
    for j, level in enumerate(levels):
        reached = np.isfinite(data[:, :, j])
        everywhere = reached.all(axis=0)
        if pooled[:, j].sum() >= LEAST_UTDS:
            continue
        found.append(
            Blocked(
                level=float(level),
                utds=tuple(map(float, utds[everywhere])),
                unreached=cells(ran & ~reached),
                not_run=cells(~ran),
                reached={
                    env: tuple(map(float, utds[reached[e]]))
                    for e, env in enumerate(environments)
                },
            )
        )
    return tuple(found)
