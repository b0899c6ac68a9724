"""Cells that are missing from the grid, and cells outside it."""

from collections.abc import Iterator
from itertools import product

from value_scaling.records import Crossings, Setting, Study
from value_scaling.records.stages.warnings import Place, StudyWarning


def holes(sweep: Crossings, study: Study) -> Iterator[StudyWarning]:
    """Warn of cells that are missing from the archive.

    These are cells that the study file declares, or that complete the product of the
    values that were run.
    """
    missing = set(sweep.missing) | (_undeclared_product(sweep, study))
    if missing:
        yield StudyWarning(
            "hole in the grid",
            sweep.set_name,
            "",
            tuple(map(Place.of, sorted(missing))),
            f"cells of the grid that are not in the archive: {len(missing)}; their "
            "neighbours win without them",
            "run them, or take them out of the grid in the study file",
        )


def _undeclared_product(sweep: Crossings, study: Study) -> set[Setting]:
    """Return missing cells of environments without a declared grid."""
    declared = {setting.env for setting in study.grid}
    found = set()
    utds = {setting.utd for setting in sweep.settings}
    for env in {setting.env for setting in sweep.settings} - declared:
        own = [setting for setting in sweep.settings if setting.env == env]
        grids = {
            name: {setting.values[name] for setting in own} for name in own[0].values
        }
        cells = product(*(grids | {"utd": utds}).values())
        found |= {
            Setting.of(env, dict(zip(grids, cell, strict=True))) for cell in cells
        }
        found -= set(own)
    return found


def skipped_cells(sweep: Crossings, study: Study) -> Iterator[StudyWarning]:
    """Warn of cells of the product that the study file leaves out on purpose."""
    found = [cell for env in study.environments for cell in study.product_of(env)]
    skipped = set(found) - set(study.grid)
    if skipped:
        yield StudyWarning(
            "skipped cells",
            sweep.set_name,
            "",
            tuple(Place(env=env) for env in study.ordered(skipped)),
            f"cells of the grid that the study file skips: {len(skipped)} of "
            f"{len(found)}; their neighbours win without them",
            "run them if a best value lies beside them",
        )


def undeclared(own: Crossings) -> Iterator[StudyWarning]:
    """Warn of settings that the study file does not declare."""
    if own.outside:
        yield StudyWarning(
            "undeclared setting",
            own.set_name,
            "",
            tuple(map(Place.of, sorted(own.outside))),
            "settings of the archive that the study file does not declare: "
            f"{len(own.outside)}; they are left out",
            "if they belong to the study, add their UTD, B and lr to sweep_utds, "
            "batch_sizes and learning_rates in the study file",
        )
