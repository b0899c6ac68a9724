"""Archives that no study file describes."""

from collections.abc import Sequence
from pathlib import Path

from value_scaling.records import (
    SETS,
    ArchiveRule,
    Environment,
    Runs,
    ScalingError,
    Study,
)
from value_scaling.store.archives.layout import MANIFEST, parse_name
from value_scaling.store.archives.manifests import check_manifest
from value_scaling.store.archives.read import read_runs
from value_scaling.store.archives.zips import open_zip
from value_scaling.store.studies.fresh import RETURNS


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
    with open_zip(path, wanted="a run archive") as archive:
        manifest = check_manifest(archive) or {}
        members = [
            parse_name(name, path)
            for name in archive.members
            if not name.endswith(f"/{MANIFEST}")
        ]
    stem, _, end = path.stem.rpartition("_")
    set_name = manifest.get("set", end if end in SETS else SETS[0])
    name = manifest.get("study", stem if end in SETS else path.stem)
    if isinstance(study, Study):
        return name, read_runs(path, study, set_name)
    metrics = sorted({member.metric for member in members})
    usual = RETURNS if RETURNS in metrics else metrics[0] if len(metrics) == 1 else None
    wanted = usual if metric is None else metric
    if wanted is None or wanted not in metrics:
        raise ScalingError(
            path,
            found=f"the metrics {', '.join(metrics) or 'of no run'}",
            expected="one of returns" if metric is None else metric,
            fix='name the one of the returns: metric="…"',
        )
    environments = dict.fromkeys(member.setting.env for member in members)
    rule = ArchiveRule(file=path.name, metric=wanted)
    bare = Study(
        name=name,
        title=name,
        algorithm="not stated",
        environments=tuple(Environment(env, 1.0, 1.0) for env in environments),
        sweep_utds=(),
        archives={set_name: rule},
        sweep_levels=(),
        fitted_levels=(),
        model_size=1.0,
        delta=1.0,
        baseline_utd=1.0,
        proposal_utds=(),
    )
    return name, read_runs(path, bare, set_name)
