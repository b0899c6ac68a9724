"""The fit of one study: its numbers as frames, its figures and its document."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from value_scaling.api.arguments import positive, utd_list, whole
from value_scaling.api.explorer import Explorer
from value_scaling.api.in_memory import InMemoryProject
from value_scaling.api.page import page
from value_scaling.commands.advice.times import times_of
from value_scaling.commands.results.loading import original
from value_scaling.commands.results.study_figure import screen_width, study_figure
from value_scaling.commands.stages.attempts import Attempts
from value_scaling.commands.stages.fitting import document, load_saved
from value_scaling.commands.stages.running import StageRun
from value_scaling.commands.text import documents
from value_scaling.commands.text.terminal.warning_list import warning_sentences
from value_scaling.records import ScalingError, Study
from value_scaling.records.stage import Record, Stage
from value_scaling.report.figures import FIGURES, arguments
from value_scaling.report.figures.figure1 import row
from value_scaling.report.results import Results, StudyResults
from value_scaling.report.tables import study_tables
from value_scaling.report.tables.formats.csv_table import full_rows
from value_scaling.store.files.outputs import draw
from value_scaling.store.provenance import read_provenance
from value_scaling.workflow.advice.frontier import Fits
from value_scaling.workflow.advice.limits import Limits, Request
from value_scaling.workflow.next_runs.proposals import SEEDS, next_runs
from value_scaling.workflow.pipeline import (
    BUDGET,
    CROSSINGS,
    DATA_EFFICIENCY,
    DIAGNOSTICS,
    HYPERPARAMETERS,
    LAW_CHOICE,
    REGRET,
    SENSITIVITY,
    WARNINGS,
)


@dataclass(frozen=True, eq=False)
class Fit:
    """The fitted scaling laws of one study.

    Numbers come as pandas frames. Each estimate `x` has the ends of its 95% interval
    beside it, as `x_low` and `x_high`.

    >>> fit = vs.load("classic")
    >>> fit
    <Fit of classic: sweep, ours, baseline; 3 environments>
    """

    study: Study
    """Settings of the study, with normalisers and levels."""
    notes: tuple[str, ...]
    """Decisions about the runs, and every default that was used; empty for a study with
    a file."""
    _run: StageRun
    _attempt: Attempts

    def best(self, utd: float | Sequence[float]) -> pd.DataFrame:
        """Return the fitted B* and η* of every environment at one or more σ.

        Columns `batch_size_to_run` and `learning_rate_to_run` are rounded for use.

        Raises:
            ScalingError: there are no runs of a grid search, or σ is not positive.

        >>> fit.best(utd=16)["batch_size_to_run"].tolist()
        [112, 128, 80]
        """
        self._needed(HYPERPARAMETERS)
        found = self.recommend(utd)["recommendation"]
        rows = []
        for each in found:
            run = each.pop("run") or {}
            rows.append(_flat(each) | {f"{k}_to_run": v for k, v in run.items()})
        return pd.DataFrame(rows)

    def data(
        self, level: float | None = None, utd: float | Sequence[float] = ()
    ) -> pd.DataFrame:
        """Return the environment steps that reach a level J at one or more σ: D_J(σ).

        Args:
            level: J, one of the fitted levels; None for all of them.
            utd: σ; by default, those of the runs.

        Raises:
            ScalingError: there are no runs with fitted or constant hyperparameters, or
                J is not a fitted level.

        >>> fit.data(level=300, utd=[1, 8])[["set", "utd", "data"]].round({"data": -2})
                set  utd    data
        0      ours  1.0  6900.0
        1      ours  8.0  4000.0
        2  baseline  1.0  7200.0
        3  baseline  8.0  3500.0
        """
        records = self._needed(DATA_EFFICIENCY)
        levels = sorted({float(x) for r in records.sets.values() for x in r.levels})
        if level is not None and level not in levels:
            raise ScalingError(
                f"study {self.study.name}",
                found=f"level {level:g}",
                expected=f"one of {', '.join(f'{each:g}' for each in levels)}",
                fix="choose one of these, or fit with other levels",
            )
        utds = utd_list(utd) or sorted(
            {float(x) for r in records.sets.values() for x in r.utds}
        )
        found = documents.expected_data(records, utds)["expected_data"]
        rows = [_flat(each) for each in found if level in (None, each["level"])]
        return pd.DataFrame(rows)

    def recommend(
        self,
        utd: float | Sequence[float] = (),
        *,
        level: float | None = None,
        budget: float | None = None,
        max_steps: float | None = None,
        max_hours: float | None = None,
        step_seconds: float | None = None,
        update_seconds: float | None = None,
        measure: bool = False,
        next: int = 0,
        seeds: int = SEEDS,
    ) -> dict[str, Any]:
        """Return what `scaling recommend --json` prints.

        Args:
            utd: one or more σ; by default the one with the smallest F within the
                limits.
            level: J, within the range of the fitted levels; by default the highest of
                them within the limits.
            budget: largest F = C + δ·D, in `Study.compute_unit`.
            max_steps: largest number of environment steps.
            max_hours: longest duration of one run, in hours.
            step_seconds: duration of one environment step.
            update_seconds: duration of one update.
            measure: whether to measure these durations on this machine.
            next: number of settings to name whose runs would help most.
            seeds: number of seeds to add to each of these settings.

        Raises:
            ScalingError: neither B*, η* nor D_J(σ) was fitted, an argument is wrong, or
                the fits cannot answer.

        >>> fit.recommend(utd=16)["recommendation"][0]["run"]
        {'batch_size': 112, 'learning_rate': 0.00734}
        >>> best = fit.recommend(level=300, max_steps=4500)["plans"][-1]
        >>> best["env"], best["meets_limits"]
        ('pooled', True)
        >>> len(fit.recommend(next=3)["next"])
        3
        """
        next, seeds = whole("next", next, 0), whole("seeds", seeds, 1)
        project = self._run.project
        times = times_of(
            project,
            self.study,
            step_seconds=positive("step_seconds", step_seconds),
            update_seconds=positive("update_seconds", update_seconds),
            measure=measure,
        )
        limits = Limits.of(
            budget=positive("budget", budget),
            data=positive("max_steps", max_steps),
            hours=positive("max_hours", max_hours),
        )
        request = Request(tuple(utd_list(utd)), level, limits, times)
        first, data = self._record(HYPERPARAMETERS), self._record(DATA_EFFICIENCY)
        if first is None and data is None:
            self._needed(HYPERPARAMETERS)
        fits = Fits(self.study, first, data, self._record(BUDGET))
        sweep, warned = self._record(CROSSINGS["sweep"]), self._record(WARNINGS)
        runs = next_runs(fits, sweep, next, seeds=seeds) if next else ()
        return documents.advice(fits, request, warned, runs=runs)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Reasons to doubt results, and what to do: one text for each warning."""
        found = self._record(WARNINGS)
        absent = self._run.project.absent(self.study)
        return tuple(warning_sentences(found, absent)) if found else ()

    @property
    def failures(self) -> tuple[str, ...]:
        """What could not be fitted, and why: one text for each failure."""
        return tuple(self._attempt.messages())

    def plot(self, slug: str) -> Figure:
        """Draw a figure by its name in docs/figures.md, such as `budget`.

        Raises:
            ScalingError: there is no such figure, or nothing that it shows was fitted.

        >>> figure = fit.plot("budget")
        >>> figure.savefig(folder / "budget.png")
        """
        if slug not in FIGURES:
            raise ScalingError(
                "plot",
                found=repr(slug),
                expected=f"one of {', '.join(FIGURES)}",
                fix="correct the name",
            )
        figure = self._drawn(slug)
        if figure is None:
            raise ScalingError(
                f"study {self.study.name}, figure {slug}",
                found="no fit of what it shows",
                expected=f"the runs that {slug} shows, see docs/figures.md",
                fix="add these runs, or see `failures`",
            )
        # Jupyter shows it as the notebooks do, with any backend or none.
        shown = partial(_shown, figure)
        setattr(figure, "_repr_png_", shown)  # noqa: B010 (not a method of Figure)
        return figure

    def explore(self) -> Explorer:
        """Return widgets for J, δ, the environment and the analysis choices.

        A change of a control computes only the optima and σ*(F) again.

        >>> explorer = fit.explore()
        >>> explorer.delta.value = 1e8
        >>> explorer.pictures[1][:4]
        b'\\x89PNG'
        """
        return Explorer(self._run)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return every table of the study by name, with all digits.

        The first call computes how far each result depends on the analysis choices,
        which takes longer than the fit.

        >>> fit.tables()["laws"].columns[:3].tolist()
        ['environment', 'batch_size_at_utd_1', 'batch_size_at_utd_1_low']
        """
        results = self._results(sensitivity=True)
        project = self._run.project
        on_disk = not isinstance(project, InMemoryProject)
        made = read_provenance(self.study, project.folders) if on_disk else None
        everything = StudyResults(self.study, results, results, provenance=made)
        found = {}
        for table in study_tables(everything):
            names, rows = full_rows(table)
            slug = table.slug.removeprefix(f"{self.study.name}_")
            found[slug] = pd.DataFrame(rows, columns=names)
        return found

    def document(self) -> dict[str, Any]:
        """Return the results as one document of plain values.

        >>> list(fit.document())[:4]
        ['study', 'title', 'algorithm', 'batch_size']
        """
        return document(self._run, self._attempt)

    def to_json(self) -> str:
        """Return what `scaling fit --json` prints, without the last line break."""
        return json.dumps(self.document(), indent=1, allow_nan=False)

    def __repr__(self) -> str:
        sets = ", ".join(self._run.project.sets(self.study))
        number = len(self.study.environments)
        environments = f"{number} environment{'s' * (number != 1)}"
        return f"<Fit of {self.study.name}: {sets}; {environments}>"

    def _repr_html_(self) -> str:
        return page(
            self.study,
            self._results(),
            warnings=self.warnings,
            failures=self.failures,
            notes=self.notes,
        )

    def _record(self, stage: Stage[Record]) -> Record | None:
        return self._run.record(stage)

    def _needed(self, stage: Stage[Record]) -> Record:
        """Return a record, or raise the error that explains why there is none."""
        record = self._record(stage)
        if record is not None:
            return record
        for error in self._attempt.errors:
            raise error
        sets = " or ".join(stage.any_of)
        raise ScalingError(
            f"study {self.study.name}",
            found=f"no runs of {sets}",
            expected=f"runs of {sets}, to which {stage.name} is fitted",
            fix="give them as another frame, as another archive, or in the study file",
        )

    @cached_property
    def _sensitivity(self) -> Any:
        if self._record(SENSITIVITY) is None and not load_saved(self._run, SENSITIVITY):
            self._run.run(SENSITIVITY)
        return self._record(SENSITIVITY)

    def _results(self, *, sensitivity: bool = False) -> Results:
        """Return the records for figures and tables, with the default choices."""
        crossings = {
            name: record
            for name in self._run.project.sets(self.study)
            if (record := self._record(CROSSINGS[name])) is not None
        }
        data, budget = self._record(DATA_EFFICIENCY), self._record(BUDGET)
        project = self._run.project
        on_disk = not isinstance(project, InMemoryProject)
        return Results(
            crossings=crossings,
            hyperparameters=self._record(HYPERPARAMETERS),
            data=data.sets if data else {},
            budget=budget.sets if budget else {},
            diagnostics=self._record(DIAGNOSTICS),
            law_choice=self._record(LAW_CHOICE),
            warnings=self._record(WARNINGS),
            original=original(project, self.study) if on_disk else {},
            regret=self._record(REGRET),
            sensitivity=self._sensitivity if sensitivity else None,
        )

    def _drawn(self, slug: str) -> Figure | None:
        entry = FIGURES[slug]
        results = self._results(sensitivity="sensitivity" in entry.needs)
        if not entry.needs:
            one = row(self.study, results.data, results.budget, results.original)
            return None if one is None else entry.draw([one])
        records = arguments(slug, results)
        if records is None:
            return None
        return study_figure(self._run.project, self.study, slug, *records)


def _flat(each: dict[str, Any]) -> dict[str, Any]:
    """Return a part of a document as the row of a frame."""
    row: dict[str, Any] = {}
    for name, value in each.items():
        if isinstance(value, dict):
            row |= {name: value["value"]}
            row |= {f"{name}_{end}": value[end] for end in ("low", "high")}
        else:
            row[name] = value
    return row


def _shown(figure: Figure) -> tuple[bytes, dict[str, int]]:
    return draw(figure, "png"), {"width": screen_width(figure)}
