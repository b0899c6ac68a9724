"""D_J(σ) of one environment in the form of a pooled one."""

from dataclasses import replace

import numpy as np

from value_scaling.records import DataEfficiency, FittedLaw, entry


def of_environment(efficiency: DataEfficiency, env: str) -> DataEfficiency:
    """Return D_J(σ) of one environment alone; its fits are those of the record.

    The result can replace the pooled record where σ*(F) is computed. Its checks are
    left out, because they are those of the pooled record.
    """
    e = efficiency.environments.index(env)
    laws = efficiency.environment_laws
    own = slice(e, e + 1)
    return replace(
        efficiency,
        environments=(env,),
        batch_sizes=efficiency.batch_sizes[own],
        learning_rates=efficiency.learning_rates[own],
        data=entry(efficiency.data, own),
        unreached=efficiency.unreached[own],
        environment_median=efficiency.environment_median[own],
        median=float(efficiency.environment_median[e]),
        pooled=entry(efficiency.data, e),
        law=FittedLaw(
            laws.value[e], laws.replicates[:, e], laws.status[e], laws.at_bound[e]
        ),
        environment_laws=FittedLaw(
            laws.value[own],
            laws.replicates[:, own],
            laws.status[own],
            laws.at_bound[own],
        ),
        heldout=(),
        against_naive=(),
        blocked=(),
        pooled_over=np.ones((1, len(efficiency.levels)), dtype=bool),
    )
