"""Studies without a study file, described as `scaling import` would describe them."""

import tomllib
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from value_scaling.records import Curves, Runs, ScalingError, Study
from value_scaling.store.files.typed import convert, mismatches, refuse
from value_scaling.store.studies.checks import problems
from value_scaling.store.studies.proposed import (
    Known,
    archive_text,
    held_out,
    study_text,
)
from value_scaling.workflow.data.scale import Scale, propose


class Settings(TypedDict, total=False):
    """Settings that a user may give; the others have defaults."""

    title: str
    algorithm: str
    max_returns: Mapping[str, float]
    """By environment, the return that counts as 1000."""
    min_returns: Mapping[str, float]
    """By environment, the return that counts as 0."""
    levels: tuple[float, ...]
    model_size: float
    delta: float
    baseline_utd: float
    proposal_utds: tuple[float, ...]
    held_out_levels: int


_KEYS = ("baseline_utd", "proposal_utds", "held_out_levels")
"""Settings that a study file has under the same key."""


def study_of_runs(
    held: Mapping[str, Runs], settings: Settings, *, name: str
) -> tuple[Study, tuple[str, ...]]:
    """Return the study of some runs, and a note on each default that it has.

    Args:
        held: runs by set. The first set decides the normalisers and levels.

    Raises:
        ScalingError: the runs reach no level, or a setting is wrong.
    """
    first, *others = held.values()
    found, share = _scale(first.curves, settings)
    known = Known(
        source="memory",
        max_returns=found.max_returns,
        min_returns=found.min_returns,
        levels=found.levels,
        share=share,
        title=settings.get("title", name),
        algorithm=settings.get("algorithm", "not stated"),
        model_size=settings.get("model_size"),
        delta=settings.get("delta"),
    )
    text = study_text(first, known)
    text += "".join(archive_text(name, each.set_name) for each in others)
    table = tomllib.loads(text)
    table |= {key: _plain(settings[key]) for key in _KEYS if key in settings}  # type: ignore[literal-required]
    if "levels" in settings:
        levels = _plain(settings["levels"])
        table |= {"sweep_levels": levels, "fitted_levels": levels}
        if "held_out_levels" not in settings:
            table["held_out_levels"] = held_out(levels)
    study = _checked(table | {"name": name, "digest": ""})
    return study, tuple(_notes(study, settings, found, share))


def _scale(curves: Sequence[Curves], settings: Settings) -> tuple[Scale, float]:
    """Return normalisers and levels by the rule of `workflow.data.scale`."""
    lows, tops = settings.get("min_returns"), settings.get("max_returns")
    environments = dict.fromkeys(curve.setting.env for curve in curves)
    if tops is not None and (absent := [e for e in environments if e not in tops]):
        raise ScalingError(
            "max_returns",
            found=f"no value for {', '.join(absent)}",
            expected="a value for each environment, or no max_returns",
            fix="add the value",
        )
    return propose(
        curves,
        min_returns=None if lows is None else {**lows},
        max_returns=None if tops is None else {env: tops[env] for env in environments},
    )


def _checked(table: dict[str, Any]) -> Study:
    wrong = list(mismatches(table, Study))
    if not wrong:
        study = convert(table, Study)
        wrong = list(problems(study))
    if wrong:
        raise refuse("the study", wrong, "correct the argument or the runs")
    return study


def _notes(study: Study, settings: Settings, found: Scale, share: float) -> list[str]:
    """Return a sentence on each value that no argument stated."""
    environments = study.environments
    tops = ", ".join(f"{e.name} {e.max_return_sweep:g}" for e in environments)
    share_text = "every" if share == 1 else f"{share:.0%} of the"
    usual = "not known, so the value of the paper's Gym study. B* and η* do not depend "
    usual += "on it; C_J and σ*(F) do"
    texts = {
        "max_returns": f"{tops} (1.25 times the highest return that the mean over "
        "seeds of any setting reached, to two digits)",
        "levels": f"{_list(study.fitted_levels)} (multiples of 50 from above where the "
        f"runs start to the last one that the best setting of {share_text} "
        "(environment, UTD ratio) reaches)",
        "model_size": f"{study.model_size:g} ({usual})",
        "delta": f"{study.delta:g} ({usual})",
        "baseline_utd": f"{study.baseline_utd:g} (the middle UTD ratio that was run)",
        "proposal_utds": f"{_list(study.proposal_utds)} (the UTD ratios that were run, "
        "and one step beyond)",
        "held_out_levels": f"{study.held_out_levels} (top levels that test σ*(F))",
    }
    if found.min_returns and "min_returns" not in settings:
        lows = ", ".join(f"{env} {low:g}" for env, low in found.min_returns.items())
        texts["min_returns"] = f"{lows} (the lowest start, as returns are negative)"
    return [f"{name} = {text}" for name, text in texts.items() if name not in settings]


def _plain(value: Any) -> Any:
    """Return a value as a study file would have it: lists, no tuples or arrays."""
    if hasattr(value, "tolist"):
        return value.tolist()
    return list(value) if isinstance(value, tuple) else value


def _list(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:g}" for value in values)
