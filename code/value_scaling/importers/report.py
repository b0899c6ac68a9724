"""What an import found, used and left out, and why."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from value_scaling.records import ScalingError, Setting

FORMAT = 1
_SHOWN = 5
"""Most runs that the text names for one reason; the JSON document has all."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The decision on one run."""

    run: str
    setting: Setting | None
    seed: str
    outcome: str
    """`used`, `dropped`, or `refused` where a rule refuses the whole import."""
    why: str
    """Reason for dropping the run, or what was changed in it; empty if it is used as it
    is."""


@dataclass(frozen=True)
class Refusal:
    """A rule that refuses the import: the parts of a `ScalingError`."""

    what: str
    found: str
    expected: str
    fix: str

    def error(self) -> ScalingError:
        """Return the error to raise."""
        return ScalingError(
            self.what, found=self.found, expected=self.expected, fix=self.fix
        )


@dataclass
class Report:
    """The decisions of one import, filled while it runs."""

    decisions: list[Decision] = field(default_factory=list)
    origins: dict[str, Counter[str]] = field(default_factory=dict)
    """Field of a setting: the source of its value, and the number of runs."""
    rules: list[str] = field(default_factory=list)
    """The step grid and other choices that hold for all runs."""
    warnings: list[str] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    seeds: dict[Setting, int] = field(default_factory=dict)
    """Number of seeds of each setting in the archive."""

    def decide(
        self,
        run: str,
        outcome: str,
        why: str = "",
        *,
        setting: Setting | None = None,
        seed: str = "",
    ) -> None:
        """Record the decision on one run."""
        self.decisions.append(Decision(run, setting, seed, outcome, why))

    def refuse(self, what: object, *, found: str, expected: str, fix: str) -> None:
        """Record that a rule refuses the import; later runs are still examined."""
        self.refusals.append(Refusal(str(what), found, expected, fix))

    def check(self) -> None:
        """Raise ScalingError if a rule refused the import."""
        if not self.refusals:
            return
        first, *others = self._refusals_by_rule()
        fix = first.fix
        if others:
            more = "; ".join(f"{each.what}: {each.found}" for each in others[:_SHOWN])
            fix += f". Also refused: {more}"
        raise ScalingError(
            first.what,
            found=first.found,
            expected=first.expected,
            fix=f"{fix}. --dry-run shows every run",
        )

    def _refusals_by_rule(self) -> list[Refusal]:
        """Return one refusal for each rule, which names the first runs it refuses."""
        groups: dict[tuple[str, str], list[Refusal]] = {}
        for each in self.refusals:
            groups.setdefault((each.expected, each.fix), []).append(each)
        return [
            replace(first, what=f"{first.what}, and {len(others)} more")
            if others
            else first
            for first, *others in groups.values()
        ]

    def counted(self, outcome: str) -> int:
        """Return the number of runs with one outcome."""
        return sum(each.outcome == outcome for each in self.decisions)

    @property
    def used(self) -> int:
        """Number of runs in the archive."""
        return self.counted("used")

    def document(self) -> dict[str, Any]:
        """Return everything, for a JSON file."""
        tables = {setting: setting.table() for setting in self.seeds}

        def table(setting: Setting | None) -> dict[str, Any] | None:
            """Return the table of a setting, which its runs share."""
            if setting is None:
                return None
            return tables.setdefault(setting, setting.table())

        return {
            "format": FORMAT,
            "found": len(self.decisions),
            "used": self.used,
            "dropped": self.counted("dropped"),
            "origins": {name: dict(count) for name, count in self.origins.items()},
            "rules": self.rules,
            "warnings": self.warnings,
            "refusals": [vars(each) for each in self.refusals],
            "settings": [
                {**setting.table(), "seeds": seeds}
                for setting, seeds in sorted(self.seeds.items())
            ],
            "runs": [
                {
                    "run": each.run,
                    "setting": table(each.setting),
                    "seed": each.seed,
                    "outcome": each.outcome,
                    "why": each.why,
                }
                for each in self.decisions
            ],
        }

    def lines(self) -> Iterator[str]:
        """Yield the report for the terminal."""
        counts = Counter(self.seeds.values())
        seeds = ", ".join(
            f"{number} with {_count(seeds, 'seed')}"
            for seeds, number in sorted(counts.items(), reverse=True)
        )
        outcomes = [
            f"{outcome} {number}"
            for outcome in ("used", "dropped", "refused")
            if (number := self.counted(outcome)) or outcome != "refused"
        ]
        yield f"Found {_count(len(self.decisions), 'run')}: {', '.join(outcomes)}."
        if seeds:
            yield f"{_count(len(self.seeds), 'setting')}: {seeds}."
        for name, origins in self.origins.items():
            for origin, runs in origins.items():
                yield f"  {name}: {origin} ({_count(runs, 'run')})"
        yield from (f"  {rule}" for rule in self.rules)
        reasons: dict[tuple[str, str], list[str]] = {}
        for each in self.decisions:
            if each.why:
                reasons.setdefault((each.outcome, each.why), []).append(each.run)
        for (outcome, why), names in sorted(reasons.items()):
            yield f"{outcome.capitalize()}, {why}: {listed(names)}"
        for warning in self.warnings:
            yield f"Warning: {warning}"
        for refusal in self._refusals_by_rule():
            yield f"Refused: {refusal.error()}"


def listed(names: list[str]) -> str:
    """Return a few names, and the number of the others."""
    shown = ", ".join(names[:_SHOWN])
    left = len(names) - _SHOWN
    return f"{len(names)} ({shown}{f', and {left} more' if left > 0 else ''})"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
