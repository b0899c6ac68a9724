"""Numbers of the data that fitted hyperparameters save."""

import numpy as np

from value_scaling.records import Regrets
from value_scaling.report.findings.regret import sentence
from value_scaling.report.paper.named_numbers import estimate_numbers
from value_scaling.report.results import Results
from value_scaling.report.text.command_names import Named, command
from value_scaling.report.text.latex import bare_percent, number, percent

_SCOPES = {"every": "", "unseen": "Unseen", "largest": "Largest"}
_AT = {"all": "", "highest": "Top"}


def regret_numbers(prefix: str, record: Regrets) -> Named:
    r"""Yield extra data, ratios, and the sentence that compares the ways.

    `\GymRegretFitted` is the extra data over the best cell, and
    `\GymRegretFittedOverConstant` the ratio of two ways. `Unseen` or `Largest` marks σ
    left out of the choice, and `Top` the highest level.
    """
    for row in record.rows:
        name = f"{prefix}Regret{_SCOPES[row.scope]}{command(row.way)}{_AT[row.levels]}"
        ends = [float(part) - 1 for part in (row.data.low, row.data.high)]
        yield name, percent(float(row.data.value) - 1)
        if np.isfinite(ends).all():
            low, high = map(bare_percent, ends)
            yield f"{name}Interval", f"$[{low}, {high}]$"
            yield f"{name}Full", f"\\{name}{{}} {{$[{low}, {high}]$}}"
    for each in record.ratios:
        ways = f"{command(each.way)}Over{command(each.over)}"
        name = f"{prefix}Regret{_SCOPES[each.scope]}{ways}{_AT[each.levels]}"
        yield from estimate_numbers(name, each.data)
    if text := sentence(record):
        yield f"{prefix}RegretSentence", text


def constant_over_fitted(prefix: str, records: Results) -> Named:
    """Yield the ratio of data with constant to data with fitted hyperparameters.

    It is taken at the top level, as a geometric mean over environments for each σ at
    which every environment reaches it in both sets. `Low` and `High` are the ends of
    its range over these σ. It has no interval because the sets are resampled
    independently.
    """
    sets = [records.data.get(name) for name in ("ours", "baseline")]
    if any(data is None or data.source != "archive" for data in sets):
        return
    fitted, constant = (data for data in sets if data is not None)
    if fitted.environments != constant.environments:
        return
    ratios = {}
    for i, utd in enumerate(fitted.utds):
        for j in np.flatnonzero(constant.utds == utd):
            each = constant.data.value[:, j, -1] / fitted.data.value[:, i, -1]
            if np.isfinite(each).all():
                ratios[float(utd)] = float(np.exp(np.log(each).mean()))
    for utd, ratio in ratios.items():
        yield f"{prefix}ConstantOverFittedAt{command(f'{utd:g}')}", number(ratio)
    for part, end in (("Low", min), ("High", max)) if ratios else ():
        yield f"{prefix}ConstantOverFitted{part}", number(end(ratios.values()))
        yield f"{prefix}ConstantOverFittedUtd{part}", f"${end(ratios):g}$"
