"""Interactive plots of B*(σ) and η*(σ)."""

import numpy as np

from value_scaling.records import BestValues, Hyperparameters, Study, entry
from value_scaling.report.drawing.marks import times
from value_scaling.report.figures.best_hyperparameters import common_line
from value_scaling.report.html.marks import (
    Mark,
    Panel,
    axis,
    curve,
    environment_marks,
    law_at,
    name_html,
    panel,
    points,
    rule,
    smooth,
)
from value_scaling.report.html.plots.common import utd_axis


def best_hyperparameters(study: Study, fits: Hyperparameters) -> list[Panel]:
    """Return best values of all environments on a common line."""
    return [_common(best) for best in fits.fitted]


def batch_size_environments(study: Study, fits: Hyperparameters) -> list[Panel]:
    """Return B*(σ) of each environment."""
    return _environments(fits, fits.batch_size)


def learning_rate_environments(study: Study, fits: Hyperparameters) -> list[Panel]:
    """Return η*(σ) of each environment."""
    return _environments(fits, fits.learning_rate)


def _common(best: BestValues) -> Panel:
    line = common_line(best.shared)
    shift = np.asarray(line.value.scale / best.shared.value.scale)
    looks = environment_marks(len(best.environments))
    names = tuple(map(name_html, best.environments))
    if len(set(looks)) < len(names):
        names = ("Environments",) * len(names)
    apart = np.linspace(-1, 1, len(names)) if len(names) > 1 else np.zeros(1)
    marks: list[Mark | None] = [
        points(
            best.utds * 1.03 ** apart[i],
            times(entry(best.best, i), shift[i]),
            name=names[i],
            colour=colour,
            symbol=symbol,
            labels=[name_html(best.environments[i])] * len(best.utds),
        )
        for i, (colour, symbol) in enumerate(looks)
    ]
    slope = entry(best.shared.exponent, 0)
    title = f"{best.axis.symbol}*(σ)"
    if not best.is_single.all():
        x = smooth(best.utds)
        fit = curve(x, line.at(x), name="Fit, shared slope", colour="ink")
        marks.insert(0, fit)
        title += f" ∝ σ<sup>{_signed(slope.value)}</sup>"
        if np.isfinite(slope.low):
            title += f" [{_signed(slope.low)}, {_signed(slope.high)}]"
    with np.errstate(invalid="ignore"):
        mean = float(np.exp(np.nanmean(np.log(best.constant * shift))))
    marks.append(rule(mean, name="Mean in log space"))
    return panel(title, utd_axis(best.utds), _best_axis(best), marks)


def _environments(fits: Hyperparameters, best: BestValues) -> list[Panel]:
    found = []
    reach = best.utds.min() / 4, best.utds.max() * 2
    for index, env in enumerate(best.environments):
        proposed = np.array(
            [
                (p.utd, p.rounded(best.axis))
                for p in fits.proposals
                if p.env == env and reach[0] <= p.utd <= reach[1]
            ]
        ).reshape(-1, 2)
        utds = np.concatenate([best.utds, proposed[:, 0]])
        x = smooth(utds)
        own = best.separate.value(x)[index]
        found.append(
            panel(
                name_html(env),
                utd_axis(utds),
                _best_axis(best) | {"lines": list(map(float, best.grid[index]))},
                [
                    curve(
                        x, law_at(best.shared, index, x),
                        name="Fit, shared slope", colour="blue",
                    ),
                    curve(
                        x, own, name="Fit, own slope", colour="orange",
                        dash="dash", width=1.5,
                    ),
                    points(
                        proposed[:, 0], proposed[:, 1],
                        name="Proposed", colour="green", symbol="square", hollow=True,
                    ),
                    points(
                        best.utds, entry(best.best, index), name="Best", colour="ink"
                    ),
                ],
            )
        )  # fmt: skip
    return found


def _best_axis(best: BestValues) -> dict[str, object]:
    return axis(f"Best {best.axis.words} {best.axis.symbol}*")


def _signed(value: float | np.ndarray) -> str:
    return f"{float(value):.2f}".replace("-", "−")
