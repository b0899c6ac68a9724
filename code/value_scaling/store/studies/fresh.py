"""The variant of a study for fresh runs, with its own archives in one known layout."""

from dataclasses import replace

from value_scaling.records import SETS, ArchiveRule, Study, diagnostic_metrics
from value_scaling.store.folders import FRESH

RETURNS = "episode.return"
"""Folder of the returns in every archive that `scaling train` or `scaling import`
writes."""


def fresh(study: Study) -> Study:
    """Return the study whose archives are <study>_<set>.fresh.zip.

    Tasks, grids, normalisers and levels stay the same. Resets and the test for a
    crossing stay too, because they belong to the algorithm and to the published
    analysis. Irregularities, coefficients and facts of the published archives do not
    apply to fresh runs and are left out.
    """
    resets = [rule.reset_every for rule in study.archives.values() if rule.reset_every]
    crossing = {rule.crossing for rule in study.archives.values()}
    archives = {
        name: ArchiveRule(
            file=f"{study.name}_{name}.{FRESH}.zip",
            metric=RETURNS,
            crossing="exceed" if crossing == {"exceed"} else "reach",
            reset_every=min(resets) if resets else None,
            metrics=diagnostic_metrics() if name == "sweep" else (),
            notes=(
                "Trained by this project; the manifest in the archive names commit, "
                "packages and processor.",
            ),
        )
        for name in SETS
    }
    return replace(
        study,
        title=f"{study.title}, fresh runs",
        archives=archives,
        published=None,
        facts=(),
    )
