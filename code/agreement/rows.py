"""The comparisons, as `rows.toml` lists them."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from value_scaling.records import Setting
from value_scaling.records.training import Training
from value_scaling.store.files.toml_files import read_toml
from value_scaling.store.files.typed import Mismatch, convert, mismatches, refuse
from value_scaling.store.studies.training_checks import unused

HERE = Path(__file__).parent
FILE = HERE / "rows.toml"
OURS, PEER = "ours", "peer"
SIDES = (OURS, PEER)


@dataclass(frozen=True)
class Row:
    """One comparison: the same task and settings on two sides."""

    name: str
    task: str
    algorithm: str
    steps: int
    """Environment steps of a run."""
    log_start: int
    log_every: int
    utd: float
    batch_size: int
    learning_rate: float
    peer: Literal["sbx", "archive", "curves", "none"]
    """Where the other side's runs come from; see rows.toml."""
    ours: Literal["trained", "curves"] = "trained"
    same_as: str = ""
    """Name of an earlier row whose runs of our side are also used in this row."""
    same_peer_as: str = ""
    """Name of an earlier row whose runs of the other side are also used in this row."""
    archive: str = ""
    """Archive if `peer` is "archive": "<study>/<set>"."""
    peer_name: str = "SBX"
    """Name of the other side in the table."""
    engine: str = "gymnasium"
    training: dict[str, Any] = field(default_factory=dict)
    """Options of training files that differ from their defaults."""
    sbx: dict[str, Any] = field(default_factory=dict)
    """Arguments of SBX's class, which take precedence."""
    equations: Literal["", "double", "temperature"] = ""
    """Equations of ours in SBX; see sbx_peer.py."""
    variant: str = ""
    """What this row changes to explain another row of its task; empty for a row that
    compares equal settings."""

    @property
    def setting(self) -> Setting:
        """Task, σ, B and η."""
        return Setting(self.task, self.utd, self.batch_size, self.learning_rate)

    def table(self, seeds: int) -> dict[str, Any]:
        """Return the training file of our side."""
        task = {
            "name": self.task,
            "engine": self.engine,
            "steps": self.steps,
            "log_start": self.log_start,
            "log_every": self.log_every,
        }
        return {
            "study": "agreement",
            "algorithm": self.algorithm,
            "tasks": [task],
            "seeds": seeds,
            # Neither changes a run, and doing both once at the end is cheapest.
            "diagnostics_every": self.steps,
            "validation_every": self.steps,
            **self.training,
        }

    def to_training(self, seeds: int) -> Training:
        """Return the training settings of our side."""
        return convert(self.table(seeds), Training)


@dataclass(frozen=True)
class Plan:
    """All comparisons."""

    seeds: int
    """Number of seeds of each side that is trained here."""
    rows: tuple[Row, ...]


def load(path: Path = FILE) -> Plan:
    """Read the comparisons.

    Raises:
        ScalingError: an entry is unknown or wrong, or two rows have the same name.
    """
    table, _ = read_toml(path, "a list of comparisons", str(FILE))
    wrong = [*mismatches(table, Plan)]
    if not wrong:
        plan = convert(table, Plan)
        names = [row.name for row in plan.rows]
        for place, row in enumerate(plan.rows):
            training = row.table(plan.seeds)
            wrong += [*mismatches(training, Training, f"rows.{place}")]
            wrong += unused(training)
            if row.peer == "archive" and row.archive.count("/") != 1:
                where = f"rows.{place}.archive"
                wrong.append(Mismatch(where, repr(row.archive), "<study>/<set>"))
            for key in ("same_as", "same_peer_as"):
                named = getattr(row, key)
                if named and named not in names[:place]:
                    where = f"rows.{place}.{key}"
                    wrong.append(Mismatch(where, named, "an earlier row"))
        if len(set(names)) < len(names):
            wrong.append(Mismatch("rows", "two rows of one name", "each name once"))
    if wrong:
        raise refuse(path, wrong, "correct the entry")
    return plan
