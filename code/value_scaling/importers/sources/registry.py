"""The sources, by their names in `--from`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from value_scaling.importers.logged import Logged
from value_scaling.importers.options import Resumed, Rules
from value_scaling.importers.sources.arrays import read_arrays
from value_scaling.importers.sources.evaluations import read_evaluations
from value_scaling.importers.sources.monitor import read_monitor
from value_scaling.importers.sources.tables import read_csv, read_parquet
from value_scaling.importers.sources.tensorboard import read_tensorboard
from value_scaling.importers.sources.wandb import read_wandb


@dataclass(frozen=True)
class Source:
    """One format."""

    read: Callable[[str, Rules], Iterator[Logged]]
    help: str
    """Description of SOURCE."""
    resumed: Resumed = "last"
    """Rule for steps that go back, unless the user chooses one."""
    is_table: bool = False
    """Whether rows have no order of their own."""


SOURCES: dict[str, Source] = {
    "wandb": Source(read_wandb, "folder `wandb` of W&B's runs, or ENTITY/PROJECT"),
    "tensorboard": Source(read_tensorboard, "folder with TensorBoard's event files"),
    "monitor": Source(read_monitor, "folder with SB3's monitor.csv files"),
    "evaluations": Source(
        read_evaluations, "folder with SB3's evaluations.npz files", resumed="refuse"
    ),
    "csv": Source(
        read_csv, "long table, or a folder of them", resumed="refuse", is_table=True
    ),
    "parquet": Source(
        read_parquet, "long table, or a folder of them", resumed="refuse", is_table=True
    ),
    "arrays": Source(
        read_arrays, "npy files of another layout, zipped or not", resumed="refuse"
    ),
}
