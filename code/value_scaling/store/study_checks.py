"""What makes a study file wrong though its types are right."""

import math
import re
from collections.abc import Iterable

from value_scaling.records import SETS, ArchiveRule, Study, diagnostic_metrics
from value_scaling.store.typed import Mismatch

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


def problems(study: Study) -> Iterable[Mismatch]:
    """Yield what is wrong with the values of a study: key, found, expected."""
    if not _NAME.fullmatch(study.name):
        yield Mismatch("the file's name", study.name, "letters, digits, '_', '-'")
    yield from _ascending("sweep_levels", study.sweep_levels)
    yield from _ascending("fitted_levels", study.fitted_levels)
    yield from _ascending("sweep_utds", study.sweep_utds)
    yield from _ascending("proposal_utds", study.proposal_utds)
    if study.fitted_utds:
        yield from _ascending("fitted_utds", study.fitted_utds)
    for number, level in enumerate(study.decided_at):
        if level not in study.sweep_levels:
            yield Mismatch(f"decided_at.{number}", f"{level:g}", "one of sweep_levels")
    for number, utd in enumerate(study.fitted_utds):
        if utd not in study.proposal_utds:
            yield Mismatch(f"fitted_utds.{number}", f"{utd:g}", "one of proposal_utds")
    for key in ("model_size", "delta", "baseline_utd"):
        yield from _positive(key, getattr(study, key))
    held_out = study.held_out_levels
    if not 0 <= held_out <= len(study.fitted_levels) - 2:
        yield Mismatch("held_out_levels", f"{held_out}", "two levels or more to fit")
    if not study.environments:
        yield Mismatch("environments", "an empty list", "one or more")
    for number, name in enumerate(study.environment_names):
        if name in study.environment_names[:number]:
            yield Mismatch(f"environments.{number}.name", f"{name!r} again", "it once")
    for number, environment in enumerate(study.environments):
        here = f"environments.{number}"
        yield from _folder_name(f"{here}.name", environment.name)
        yield from _positive(f"{here}.max_return_sweep", environment.max_return_sweep)
        yield from _positive(f"{here}.max_return_fitted", environment.max_return_fitted)
        for key in ("batch_sizes", "learning_rates"):
            values = getattr(environment, key)
            if values or "sweep" in study.archives:
                yield from _ascending(f"{here}.{key}", values)
        for cell, skipped in enumerate(environment.skipped):
            for key, value, grid in (
                ("utd", skipped.utd, study.sweep_utds),
                ("batch_size", skipped.batch_size, environment.batch_sizes),
                ("learning_rate", skipped.learning_rate, environment.learning_rates),
            ):
                if value is not None and value not in grid:
                    where = f"{here}.skipped.{cell}.{key}"
                    yield Mismatch(where, f"{value:g}", "one of the grid")
    yield from _archive_problems(study)
    yield from _published_problems(study)


def _archive_problems(study: Study) -> Iterable[Mismatch]:
    for set_name, rule in study.archives.items():
        here = f"archives.{set_name}"
        if set_name not in SETS:
            yield Mismatch(here, "an unknown set", ", ".join(SETS))
        yield from _folder_name(f"{here}.file", rule.file)
        yield from _folder_name(f"{here}.metric", rule.metric)
        if rule.top is not None:
            yield from _folder_name(f"{here}.top", rule.top)
        if not rule.file.endswith(".zip"):
            yield Mismatch(f"{here}.file", repr(rule.file), "a name that ends in .zip")
        if rule.crossing not in ("reach", "exceed"):
            yield Mismatch(f"{here}.crossing", repr(rule.crossing), "reach or exceed")
        if rule.steps is not None:
            yield from _positive(f"{here}.steps.every", rule.steps.every)
            if rule.steps.start < 0:
                found = f"{rule.steps.start}"
                yield Mismatch(f"{here}.steps.start", found, "0 or more")
        if rule.reset_every is not None:
            yield from _positive(f"{here}.reset_every", rule.reset_every)
        yield from _metric_problems(f"{here}.metrics", set_name, rule)


def _metric_problems(key: str, set_name: str, rule: ArchiveRule) -> Iterable[Mismatch]:
    if rule.metrics and set_name != "sweep":
        yield Mismatch(key, "a list", "none: diagnostics are of the sweep alone")
    for number, metric in enumerate(rule.metrics):
        if metric not in diagnostic_metrics():
            known = ", ".join(diagnostic_metrics())
            yield Mismatch(f"{key}.{number}", repr(metric), f"one of {known}")
        if metric in rule.metrics[:number]:
            yield Mismatch(f"{key}.{number}", f"{metric!r} again", "it once")


def _published_problems(study: Study) -> Iterable[Mismatch]:
    published = study.published
    if published is None:
        return
    at_one, names = published.batch_at_one, study.environment_names
    if (published.batch_slope is None) != (not at_one):
        yield Mismatch("published", "batch_slope or batch_at_one alone", "both or none")
    if at_one and set(at_one) != set(names):
        yield Mismatch("published.batch_at_one", ", ".join(at_one), ", ".join(names))
    for name, value in at_one.items():
        yield from _positive(f"published.batch_at_one.{name}", value)
    coefficients, utds = published.data_coefficients, published.data_utds
    present = (bool(coefficients), published.data_scale is not None, bool(utds))
    if any(present) and not all(present):
        yield Mismatch(
            "published",
            "some of data_scale, data_coefficients, data_utds",
            "all or none",
        )
    if coefficients:
        levels = len(study.fitted_levels)
        yield from _ascending("published.data_utds", utds)
        yield from _positive("published.data_scale", published.data_scale or 0.0)
        if len(coefficients) != levels:
            yield Mismatch(
                "published.data_coefficients",
                f"{len(coefficients)} rows",
                f"{levels}, one for each of fitted_levels",
            )
        for number, row in enumerate(coefficients):
            for value in row:
                yield from _positive(f"published.data_coefficients.{number}", value)


def _ascending(key: str, values: tuple[float, ...]) -> Iterable[Mismatch]:
    if not values:
        yield Mismatch(key, "an empty list", "one or more")
    for number, value in enumerate(values):
        yield from _positive(f"{key}.{number}", value)
        if number and value <= values[number - 1]:
            yield Mismatch(
                f"{key}.{number}",
                f"{value:g} after {values[number - 1]:g}",
                "ascending values",
            )


def _positive(key: str, value: float) -> Iterable[Mismatch]:
    if not (math.isfinite(value) and value > 0):
        yield Mismatch(key, f"{value:g}", "a positive number")


def _folder_name(key: str, name: str) -> Iterable[Mismatch]:
    if not name or name != name.strip() or set(name) & set("/\\:") or name[0] == ".":
        yield Mismatch(key, repr(name), "a plain file name")
