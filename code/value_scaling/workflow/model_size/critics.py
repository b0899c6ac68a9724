"""TD errors and passive critics of all archives that log them."""

from typing import Any, Protocol

from value_scaling.records.model_size.critics import PassiveCritic, TdErrors
from value_scaling.records.model_size.runs import SizeRuns
from value_scaling.records.model_size.study import SizeArchive, SizeGroup, SizeStudy
from value_scaling.workflow.model_size.td_errors import passive_critics, td_errors


class MetricsGiven(Protocol):
    """Interface through which the metrics of archives are read."""

    @property
    def study(self) -> SizeStudy: ...

    def runs(
        self, group: SizeGroup, archive: SizeArchive, *, metric: str | None = None
    ) -> SizeRuns | None:
        """Read a metric of an archive; None if the archive is absent."""


def critics(given: MetricsGiven, *, replicates: int, seed: int) -> dict[str, Any]:
    """Return the fields `td_errors` and `passive_critics` of the record."""
    options: Any = {"replicates": replicates, "seed": seed}
    errors: dict[str, TdErrors] = {}
    passive: dict[str, PassiveCritic] = {}
    for group in given.study.groups:
        for archive in group.with_role("grid"):
            names = archive.train_metric, archive.validation_metric
            if not archive.logs(*names):
                continue
            train, validation = (given.runs(group, archive, metric=n) for n in names)
            for task in group.tasks if train and validation else ():
                assert train and validation
                if found := td_errors(train, validation, task.name, **options):
                    errors[f"{group.name}/{task.name}"] = found
        for archive in group.with_role("passive critic"):
            if archive.logs(archive.passive_metric):
                runs = given.runs(group, archive, metric=archive.passive_metric)
                passive |= passive_critics(runs, **options) if runs else {}
    return {"td_errors": errors, "passive_critics": passive}
