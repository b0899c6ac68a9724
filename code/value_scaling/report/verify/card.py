"""The report card, which compares published numbers with ours."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from value_scaling.records import ScalingError
from value_scaling.records.model_size.record import ModelSizes
from value_scaling.report.results import StudyResults
from value_scaling.report.verify.expected import (
    KINDS,
    Expected,
    Tolerance,
    read_expected,
)
from value_scaling.report.verify.quantities import (
    NotAvailable,
    Quantity,
    UnknownQuantity,
    plain,
    quantity,
)
from value_scaling.report.verify.size_quantities import size_quantity

WITHIN, OUTSIDE, UNAVAILABLE = "within", "outside", "not available"
AGREES, DIFFERS = "agrees", "differs, expected"
VERDICTS = (WITHIN, OUTSIDE, UNAVAILABLE, AGREES, DIFFERS)

Rule = Callable[[float], float]


class NoRuns(NotAvailable):
    """No runs of a study were read."""


class UnequalCounts(Exception):
    """Published numbers for information differ in count from ours."""


@dataclass(frozen=True)
class CardCell:
    """Comparison of one published number with ours."""

    label: str
    published: float
    ours: float
    low: float
    high: float
    """Ends of our 95% interval, NaN if none is known."""
    deviation: float
    """Deviation, as measured by the tolerance."""
    within: bool
    sign_tested: bool
    """Whether a number with the opposite sign would be outside the tolerance."""


@dataclass(frozen=True)
class CardRow:
    """One line of the card, for a number or a table of numbers."""

    study: str
    what: str
    key: str
    kind: str
    """One of `KINDS`."""
    source: str
    place: str
    tolerance: Tolerance
    verdict: str
    why: str
    """Why the number is not available, or why a difference is expected."""
    macro: str
    cells: tuple[CardCell, ...]
    absent: bool = False
    """Whether only runs are missing and no runs of the study were read."""

    @property
    def failed(self) -> bool:
        """Whether the line makes `verify` fail."""
        return self.verdict == OUTSIDE

    @property
    def worst(self) -> CardCell | None:
        """The cell that deviates most from its published number."""
        return max(self.cells, key=lambda cell: cell.deviation, default=None)

    @property
    def size_only(self) -> tuple[str, ...]:
        """Cells whose sign is not tested because the tolerance exceeds the number."""
        return tuple(cell.label for cell in self.cells if not cell.sign_tested)

    @property
    def cells_within(self) -> int:
        """Number of cells within tolerance."""
        return sum(cell.within for cell in self.cells)


@dataclass(frozen=True)
class ReportCard:
    """All lines by study, lines that count before lines for information."""

    rows: tuple[CardRow, ...]

    @property
    def failed(self) -> tuple[CardRow, ...]:
        """Lines outside tolerance."""
        return tuple(row for row in self.rows if row.failed)

    def by_study(
        self,
    ) -> Iterator[tuple[str, tuple[CardRow, ...], tuple[CardRow, ...]]]:
        """Yield each study with its lines, and separately those that are `absent`."""
        for study in dict.fromkeys(row.study for row in self.rows):
            rows = [row for row in self.rows if row.study == study]
            yield (
                study,
                tuple(row for row in rows if not row.absent),
                tuple(row for row in rows if row.absent),
            )

    def counted(self, *verdicts: str) -> int:
        """Return the number of lines with one of these verdicts."""
        return sum(row.verdict in verdicts for row in self.rows)

    def only(self, **fields: str) -> "ReportCard":
        """Return a card of the lines whose fields have these values."""
        kept = (
            row
            for row in self.rows
            if all(getattr(row, name) == value for name, value in fields.items())
        )
        return ReportCard(tuple(kept))

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for JSON; NaN and infinities become null."""
        rows = [
            asdict(row) | {"cells_within": row.cells_within, "failed": row.failed}
            for row in self.rows
        ]
        counts = {
            kind: {
                verdict: self.only(kind=kind).counted(verdict) for verdict in VERDICTS
            }
            for kind in KINDS
        }
        return _jsonable({"failed": len(self.failed), "counts": counts, "rows": rows})


def _jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _jsonable(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def report_card(
    expected: Mapping[str, Mapping[str, Any]],
    results: tuple[StudyResults, ...],
    *,
    rules: Mapping[str, Rule] | None = None,
    sizes: Mapping[str, ModelSizes] | None = None,
    reason: str = "",
) -> ReportCard:
    """Compare our numbers with the published ones.

    Args:
        expected: parsed files of data/expected, by file name without `.toml`.
        results: results of the studies that have archives.
        rules: functions of one number, tested by entries `rule.NAME`.
        sizes: records of the studies of σ and N.
        reason: why our runs need not give the published numbers; all entries except
            those about rules are then for information.

    Raises:
        ScalingError: an entry is invalid.
    """
    studies = {each.study.name: each for each in results}
    entries = tuple(
        entry
        if entry.reason or entry.key.startswith("rule.") or entry.study not in studies
        else replace(entry, reason=reason)
        for entry in read_expected(expected)
    )
    order = list(dict.fromkeys([*studies, *(entry.study for entry in entries)]))
    ordered = sorted(entries, key=lambda e: (order.index(e.study), bool(e.reason)))
    return ReportCard(
        tuple(_row(entry, studies, rules or {}, sizes or {}) for entry in ordered)
    )


def _row(
    entry: Expected,
    studies: Mapping[str, StudyResults],
    rules: Mapping[str, Rule],
    sizes: Mapping[str, ModelSizes],
) -> CardRow:
    cells: tuple[CardCell, ...] = ()
    no_runs = False
    try:
        cells = _compare(entry, _ours(entry, studies, rules, sizes))
    except NotAvailable as absent:
        verdict = UNAVAILABLE
        no_runs = isinstance(absent, NoRuns)
        why = "; ".join(text for text in (str(absent), entry.reason) if text)
    except UnequalCounts as unpaired:
        verdict, why = DIFFERS, f"{unpaired}; {entry.reason}"
    except UnknownQuantity as unknown:
        raise ScalingError(
            f"data/expected/{entry.file}.toml, {entry.what!r}",
            found=f"key {unknown}",
            expected="the name of a quantity",
            fix="correct the key",
        ) from unknown
    else:
        good = all(cell.within for cell in cells)
        why = entry.reason
        if entry.reason:
            verdict = AGREES if good else DIFFERS
        else:
            verdict = WITHIN if good else OUTSIDE
    return CardRow(
        study=entry.study,
        what=entry.what,
        key=entry.key,
        kind=entry.kind,
        source=entry.source,
        place=entry.place,
        tolerance=entry.tolerance,
        verdict=verdict,
        why=why,
        macro=entry.macro,
        cells=cells,
        absent=no_runs and not entry.reason,
    )


def _ours(
    entry: Expected,
    studies: Mapping[str, StudyResults],
    rules: Mapping[str, Rule],
    sizes: Mapping[str, ModelSizes],
) -> Quantity:
    if entry.study in sizes:
        return size_quantity(entry.key, sizes[entry.study], entry.variant)
    if entry.key.startswith("rule."):
        name = entry.key.removeprefix("rule.")
        if name not in rules:
            raise NotAvailable(f"no rule {name} was given")
        return {
            f"row {row}, {given:.8g}": plain(rules[name](given))
            for row, given in enumerate(entry.given, start=1)
        }
    if entry.study not in studies:
        raise NoRuns(f"no runs of study {entry.study} in this report")
    each = studies[entry.study]
    return quantity(entry.key, each.study, each.variant(entry.variant))


def _compare(entry: Expected, ours: Quantity) -> tuple[CardCell, ...]:
    labels = list(ours)
    if entry.ordered and len(labels) != len(entry.values):
        counts = f"{len(entry.values)} published, {len(labels)} here"
        if entry.reason:
            raise UnequalCounts(counts)
        return (_unmatched(counts),)
    cells = []
    for position, (label, published) in enumerate(entry.values.items()):
        name = labels[position] if entry.ordered else label
        if name not in ours:
            cells.append(_unmatched(f"{name}: not among ours", published))
            continue
        found = ours[name]
        value = float(np.asarray(found.value))
        cells.append(
            CardCell(
                label=name,
                published=published,
                ours=value,
                low=float(np.asarray(found.low)),
                high=float(np.asarray(found.high)),
                deviation=entry.tolerance.deviation(value, published),
                within=entry.tolerance.holds(value, published),
                sign_tested=entry.tolerance.tests_sign(published),
            )
        )
    return tuple(cells)


def _unmatched(label: str, published: float = math.nan) -> CardCell:
    """Return the failure of a published number without a counterpart among ours."""
    nan = math.nan
    return CardCell(
        label, published, nan, nan, nan, math.inf, within=False, sign_tested=True
    )
