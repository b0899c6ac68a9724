"""Archives that no study file describes."""

from collections.abc import Sequence
from pathlib import Path

from value_scaling.records import SETS, Runs, ScalingError, Study
from value_scaling.store.archives.read import read_runs
from value_scaling.store.studies.archived import list_archive
from value_scaling.store.studies.complete import bare_study


def read_archives(
    paths: Sequence[Path], metric: str | None, study: str | Study | None
) -> tuple[str, dict[str, Runs]]:
    """Return the name of the study and its runs by set, in the order of the sets.

    Raises:
        ScalingError: an archive is missing or wrong, or two of them have one set.
    """
    found: dict[str, Runs] = {}
    names = []
    for path in paths:
        name, runs = _read(path, metric, study)
        if runs.set_name in found:
            raise ScalingError(
                path,
                found=f"another archive of the {runs.set_name} runs",
                expected="one archive of each set",
                fix="leave one of them out, or end its name in "
                + " or ".join(f"_{each}.zip" for each in SETS),
            )
        found[runs.set_name] = runs
        names.append(name)
    if not found:
        raise ScalingError(
            "vs.fit_archive",
            found="no path",
            expected="one or more archives",
            fix="give the path of an archive",
        )
    return names[0], {name: found[name] for name in SETS if name in found}


def _read(
    path: Path, metric: str | None, study: str | Study | None
) -> tuple[str, Runs]:
    stem, _, end = path.stem.rpartition("_")
    if isinstance(study, Study) and end in study.archives:
        metric = study.archives[end].metric
    listed = list_archive(path, metric)
    manifest = listed.manifest
    set_name = manifest.get("set", end if end in SETS else SETS[0])
    name = manifest.get("study", stem if end in SETS else path.stem)
    if isinstance(study, Study):
        return name, read_runs(path, study, set_name)
    names = dict.fromkeys(setting.env for setting in listed.settings)
    bare = {
        "environments": [{"name": env} for env in names],
        "archives": {set_name: {"file": path.name, "metric": listed.metric}},
    }
    return name, read_runs(path, bare_study(bare, name), set_name)
