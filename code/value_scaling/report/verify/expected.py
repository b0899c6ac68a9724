"""Published numbers, read strictly from parsed TOML."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from value_scaling.records import ScalingError, Setting
from value_scaling.records.axes import required

TOLERANCES = ("absolute", "relative", "decades", "sign")
KINDS = {
    "stored": "authors' stored outputs",
    "rerun": "authors' code run again",
    "digitised": "numbers read off figures",
}
"""Kinds of published numbers, in words. `stored`: from a file or an output that the
authors published. `rerun`: from the authors' code, run on their archives, or derived
from their stored outputs. `digitised`: read off a figure."""


@dataclass(frozen=True)
class Tolerance:
    """The largest allowed deviation from a published number."""

    kind: Literal["absolute", "relative", "decades", "sign"]
    """Measure of the deviation. `absolute`: |ours - published|. `relative`:
    |ours/published - 1|. `decades`: |log10(ours/published)|. `sign`: only the sign."""
    size: float

    def deviation(self, ours: float, published: float) -> float:
        """Return the deviation of two numbers; NaN, never reached, equals itself."""
        if math.isnan(ours) or math.isnan(published):
            return 0.0 if math.isnan(ours) and math.isnan(published) else math.inf
        if self.kind == "sign":
            return 0.0 if np.sign(ours) == np.sign(published) else math.inf
        if self.kind == "absolute":
            return abs(ours - published)
        if published == 0 or ours / published <= 0:
            return 0.0 if ours == published else math.inf
        if self.kind == "relative":
            return abs(ours / published - 1)
        return abs(math.log10(ours / published))

    def holds(self, ours: float, published: float) -> bool:
        """Return whether our number is within tolerance."""
        return self.deviation(ours, published) <= self.size

    def tests_sign(self, published: float) -> bool:
        """Return whether a number with the opposite sign would be outside."""
        return not self.holds(-math.copysign(1e-300, published), published)

    def __str__(self) -> str:
        if self.kind == "sign":
            return "same sign"
        if self.size == 0:
            return "equal"
        words = {"absolute": "", "relative": " relative", "decades": " decades"}
        return f"±{self.size:g}{words[self.kind]}"


@dataclass(frozen=True)
class Expected:
    """One published number, or a table of them."""

    file: str
    study: str
    what: str
    key: str
    """Name of the quantity (see `quantities`), or `rule.NAME`."""
    values: dict[str, float]
    """Numbers by cell label; labels `#0`, `#1`, … follow the order of the quantity."""
    tolerance: Tolerance
    kind: str
    """One of `KINDS`."""
    source: str
    variant: str = "published"
    given: tuple[float, ...] = ()
    """Arguments of a rule."""
    place: str = ""
    """Place in the notes on the paper or in the reference values."""
    reason: str = ""
    """Why a difference is expected; if not empty, the entry is only for information."""
    macro: str = ""
    """Name with which the paper can use both numbers."""

    @property
    def ordered(self) -> bool:
        """Whether cells are identified by their order."""
        return "#0" in self.values


_KNOWN = {
    *(
        "study",
        "what",
        "key",
        "tolerance",
        "kind",
        "source",
        "variant",
        "given",
        "place",
    ),
    *("reason", "macro", "value", "values", "rows", "levels"),
}


def read_expected(files: Mapping[str, Mapping[str, Any]]) -> tuple[Expected, ...]:
    """Check and collect the entries of all files, given by name without `.toml`.

    Raises:
        ScalingError: an entry has a missing, unknown or ill-typed field.
    """
    found = []
    for file, content in files.items():
        for key in content:
            if key != "number":
                raise _wrong(file, 0, f"the key {key!r}", "only [[number]] tables")
        for position, table in enumerate(content.get("number", []), start=1):
            found.append(_entry(file, position, table))
    return tuple(found)


def _entry(file: str, position: int, table: Mapping[str, Any]) -> Expected:
    for key in table:
        if key not in _KNOWN:
            raise _wrong(file, position, f"the key {key!r}", ", ".join(sorted(_KNOWN)))
    for key in ("study", "what", "key", "source"):
        if not isinstance(table.get(key), str):
            raise _wrong(file, position, f"{key} = {table.get(key)!r}", "a text")
    if table.get("kind") not in KINDS:
        raise _wrong(file, position, f"kind = {table.get('kind')!r}", ", ".join(KINDS))
    variant = table.get("variant", "published")
    if variant not in ("default", "published"):
        raise _wrong(file, position, f"variant {variant!r}", "default or published")
    return Expected(
        file=file,
        study=table["study"],
        what=table["what"],
        key=table["key"],
        values=_values(file, position, table),
        tolerance=_tolerance(file, position, table.get("tolerance")),
        kind=table["kind"],
        source=table["source"],
        variant=variant,
        given=tuple(float(value) for value in table.get("given", ())),
        place=table.get("place", ""),
        reason=table.get("reason", ""),
        macro=table.get("macro", ""),
    )


def _values(file: str, position: int, table: Mapping[str, Any]) -> dict[str, float]:
    named = [name for name in ("value", "values", "rows") if name in table]
    if len(named) != 1:
        text = " and ".join(named) or "none"
        raise _wrong(file, position, text, "one of value, values, rows")
    content = table[named[0]]
    try:
        if named == ["value"]:
            return {"": float(content)}
        if named == ["rows"]:
            return _rows(content, table["levels"])
        if isinstance(content, Mapping):
            return {str(label): float(value) for label, value in content.items()}
        return {f"#{i}": float(value) for i, value in enumerate(content)}
    except (TypeError, ValueError, KeyError, IndexError) as error:
        raise _wrong(
            file, position, f"{named[0]} that cannot be read ({error!r})", "numbers"
        ) from error


def _rows(rows: list[list[Any]], levels: list[float]) -> dict[str, float]:
    """Return the cells of rows (env, utd, batch size, learning rate, *numbers)."""
    cells = {}
    names = [axis.name for axis in required()]
    for env, *values in rows:
        own, steps = values[: len(names)], values[len(names) :]
        setting = Setting.of(env, dict(zip(names, own, strict=True)))
        for level, value in zip(levels, steps, strict=True):
            cells[f"{setting}, J = {level:.6g}"] = float(value)
    return cells


def _tolerance(file: str, position: int, table: Any) -> Tolerance:
    if (
        not isinstance(table, Mapping)
        or len(table) != 1
        or next(iter(table)) not in TOLERANCES
        or not isinstance(next(iter(table.values())), int | float)
        or not np.isfinite(next(iter(table.values())))
    ):
        raise _wrong(
            file,
            position,
            f"tolerance {table!r}",
            f"one of {', '.join(f'{{ {kind} = … }}' for kind in TOLERANCES)}",
        )
    kind, size = next(iter(table.items()))
    return Tolerance(kind, float(size))


def _wrong(file: str, position: int, found: str, expected: str) -> ScalingError:
    return ScalingError(
        f"data/expected/{file}.toml, [[number]] {position}",
        found=found,
        expected=expected,
        fix="correct the file",
    )
