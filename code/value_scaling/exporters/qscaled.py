"""Runs as the authors' code reads them: a zip file and its configuration.

Their loader splits the name of a member into <top>/utd_<σ>/<env>/<metric>/bs_<B>_lr_<η>
and reads steps from column 0. It scales returns by 1000/max_return in place, so arrays
are floats, and a return that counts as 0 is subtracted here (qscaled 394714c,
utils/zip_handler.py).
"""

from dataclasses import replace
from pathlib import Path

from value_scaling import __version__
from value_scaling.records import Curves, Runs, ScalingError, Study
from value_scaling.store.archives.write import write_runs
from value_scaling.store.files.outputs import save_text


def write_qscaled(folder: Path, study: Study, runs: Runs) -> list[Path]:
    """Write <study>_<set>.zip, and the matching configuration as Python source.

    Raises:
        ScalingError: the runs have an axis that the authors' code does not know.
    """
    name = f"{study.name}_{runs.set_name}"
    metric = study.archive(runs.set_name).metric
    for setting in runs.settings:
        if setting.others:
            raise ScalingError(
                f"{study.name} {runs.set_name}, {setting}",
                found=f"the axis {setting.others[0][0]}",
                expected="σ, B and η alone, which is all that qscaled reads",
                fix="export as csv or parquet",
            )

    def shifted(curve: Curves) -> Curves:
        low = study.environment(curve.setting.env).min_return
        return replace(curve, returns=curve.returns - low) if low else curve

    path = folder / f"{name}.zip"
    manifest = {
        "units": {"step": "environment steps", metric: "return minus min_return"},
        "packages": {"value-scaling": __version__},
        "commit": "not known: exported",
    }
    write_runs(path, {metric: runs.mapped(shifted)}, manifest=manifest)
    config = folder / f"{name}.py"
    save_text(config, _config(name, metric, study, runs.set_name))
    return [path, config]


def _config(name: str, metric: str, study: Study, set_name: str) -> str:
    """Return the source of a configuration of qscaled."""
    tops = {env.name: env.span(set_name) for env in study.environments}
    sweep = set_name == "sweep"
    levels = study.sweep_levels if sweep else study.fitted_levels
    given: dict[str, object] = {
        "name": name,
        "max_returns": tops,
        "returns_key": metric,
        "thresholds": list(levels),
    }
    if sweep:
        given["utds_to_predict"] = list(study.proposal_utds)
    else:
        given |= {
            "sweep_name": f"{study.name}_sweep",
            "sweep_slope_type": "shared",
            "model_size": study.model_size,
            "budget_delta": study.delta,
            "budget_extrapolate_top_k": study.held_out_levels,
        }
    kind = "SweepConfig" if sweep else "FittedConfig"
    lines = [f"    {key}={value!r}," for key, value in given.items()]
    return "\n".join(
        [
            f"from qscaled.utils.configs import {kind}",
            "",
            f"# qscaled looks for {name}.zip in ~/.qscaled/zip.",
            f"config = {kind}(",
            *lines,
            ")",
        ]
    )
