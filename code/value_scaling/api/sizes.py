"""Fits of studies of σ and N."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from value_scaling.api.arguments import positive, utd_list
from value_scaling.commands.advice.sizes import OpenedSizes, open_sizes, size_request
from value_scaling.commands.text import documents
from value_scaling.records import ScalingError
from value_scaling.records.model_size.record import ModelSizes
from value_scaling.store.read_only import ReadOnlyProject
from value_scaling.workflow.advice.limits import Limits


@dataclass(frozen=True, eq=False)
class SizeFit:
    """D(σ, N), B(σ, N), σ* and N* of one study of σ and N."""

    opened: OpenedSizes

    @property
    def record(self) -> ModelSizes:
        """Return the record of `scaling model-size`."""
        return self.opened.record

    def recommend(
        self,
        utd: float | Sequence[float] = (),
        model_size: float | Sequence[float] = (),
        *,
        level: float | None = None,
        budget: float | None = None,
        max_steps: float | None = None,
        max_hours: float | None = None,
        step_seconds: float | None = None,
        update_seconds: float | None = None,
    ) -> dict[str, Any]:
        """Return what `scaling recommend --json` prints for such a study.

        Args:
            utd: one or more σ; by default the one with the smallest F within the
                limits.
            model_size: one or more N; by default the one with the smallest F.
            level: J, within the range of the fitted levels of a task; by default the
                highest of them within the limits.
            budget: largest F = C + δ·D, in FLOPs.
            max_steps: largest number of environment steps.
            max_hours: longest duration of one run, in hours.
            step_seconds: duration of one environment step.
            update_seconds: duration of one update.

        Raises:
            ScalingError: an argument is wrong, or the fits cannot answer.
        """
        sizes = np.atleast_1d(np.asarray(model_size, dtype=float)).tolist()
        request = size_request(
            self.opened,
            utd_list(utd),
            [each for each in sizes if positive("model_size", each)],
            level,
            Limits.of(
                budget=positive("budget", budget),
                data=positive("max_steps", max_steps),
                hours=positive("max_hours", max_hours),
            ),
            step_seconds=positive("step_seconds", step_seconds),
            update_seconds=positive("update_seconds", update_seconds),
        )
        return documents.size_advice(self.opened.study, self.record, request)

    def __repr__(self) -> str:
        tasks = self.record.variants["default"]
        return f"<SizeFit of {self.opened.study.name}: {len(tasks)} tasks>"


def load_sizes(study: str, root: str | Path | None = None) -> SizeFit:
    """Open the record that `scaling model-size` made of a study of σ and N.

    Args:
        study: `followup`, or a study of a checkout whose grid has several N.
        root: folder of the checkout; by default the one around the current folder.

    Raises:
        ScalingError: there is no such study, or its record is missing or stale.
    """
    project = ReadOnlyProject.at(root)
    opened = open_sizes(project, study)
    if opened is None:
        raise ScalingError(
            f"study {study}",
            found="no grid with several N",
            expected="followup, or a study with `other_grids = { model_size = […] }`",
            fix="for other studies, use vs.load",
        )
    return SizeFit(opened)
