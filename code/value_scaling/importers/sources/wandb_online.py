"""Runs of a W&B project, read from its server: complete histories or a refusal.

The sampled `history()` is never used: it drops points, and different ones each time
(wandb issues 1783, 5219, 5694). `scan_history(keys=…)` is not used either, since it
requests samples page by page. A run's history comes from its Parquet artifact, which is
one download. If that is absent or out of date, it comes from a scan of every row with
all its keys. The number of values is compared with the server's count. Histories are
kept in a folder, so a second import continues where the first one stopped.
"""

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from value_scaling.importers.logged import Logged, flat
from value_scaling.importers.options import Rules
from value_scaling.importers.sources.metrics import Metrics, kind_of
from value_scaling.importers.sources.wandb_offline import (
    GLOBAL_STEP,
    OWN_STEP,
    OWN_STEP_NOTE,
)
from value_scaling.records import ScalingError
from value_scaling.store.files.atomic import replace_if_changed
from value_scaling.store.files.zip_files import npy

_PAGE = 1000
"""Number of rows in one request of a scan."""
_HISTORY = "wandb-history"
"""Type of the artifacts that hold histories."""


class Run(Protocol):
    """The parts of `wandb.apis.public.Run` that are used."""

    id: str
    name: str
    state: str
    config: Mapping[str, Any]
    summary: Any
    lastHistoryStep: int

    def scan_history(self, *, page_size: int) -> Iterable[Mapping[str, Any]]:
        """Yield every row."""
        ...

    def logged_artifacts(self) -> Iterable[Any]:
        """Yield the artifacts of the run."""
        ...


class Api(Protocol):
    """The parts of `wandb.Api` that are used."""

    def runs(self, path: str, filters: dict[str, Any]) -> Iterable[Run]:
        """Yield the runs of a project."""
        ...


def connect() -> Api:
    """Return W&B's own client, with the account that `wandb login` stored.

    Raises:
        ScalingError: the package is not installed.
    """
    try:
        import wandb
    except ImportError as error:
        raise ScalingError(
            "--from wandb",
            found=f"that the package is missing ({error})",
            expected="wandb, which reads a project from its server",
            fix="install the extras (`make setup EXTRAS=1`), or give the folder "
            "`wandb` of the runs, which needs no package",
        ) from error
    api: Api = wandb.Api(timeout=60)
    return api


def read_online(
    source: str, rules: Rules, *, open_api: Callable[[], Api] = connect
) -> Iterator[Logged]:
    """Yield the runs of `ENTITY/PROJECT`, filtered by tags and sweep.

    Raises:
        ScalingError: the server refuses, a history is incomplete, or no run has the
            return.
    """
    filters: dict[str, Any] = {}
    if rules.tags:
        filters["tags"] = {"$in": list(rules.tags)}
    if rules.sweep is not None:
        filters["sweep"] = rules.sweep
    metrics = Metrics(rules.metric)
    api = open_api()
    try:
        for run in api.runs(source, filters=filters):
            names = set(run.summary.keys())
            metric = metrics.find(names)
            yield _logged(run, metric, names, source, rules)
    except ScalingError:
        raise
    # The client's exceptions without a network, an account or a project are not
    # documented, and all of them mean the same here.
    except Exception as error:
        raise ScalingError(
            source,
            found=f"that W&B does not answer as expected ({error!s:.300})",
            expected="ENTITY/PROJECT of a project that your account may read",
            fix="check the name, the network and `wandb login`; then run the same "
            "command again: runs that were read are not read twice",
        ) from error
    metrics.check(source)


def _logged(
    run: Run, metric: str | None, names: set[str], source: str, rules: Rules
) -> Logged:
    step = rules.step or (GLOBAL_STEP if GLOBAL_STEP in names else OWN_STEP)
    notes = []
    steps = values = np.empty(0)
    if metric is not None:
        steps, values, how = _history(run, metric, step, source, rules)
        notes.append(how)
        if step == OWN_STEP and rules.step is None:
            notes.append(OWN_STEP_NOTE)
    return Logged(
        name=run.name,
        steps=steps,
        values=values,
        labels=flat(run.config),
        kind=kind_of(metric),
        state=run.state,
        metric=metric or "",
        report_name=f"{run.name} ({run.id})",
        notes=tuple(notes),
    )


def _history(
    run: Run, metric: str, step: str, source: str, rules: Rules
) -> tuple[np.ndarray, np.ndarray, str]:
    """Return every step and value of one run, and a remark on how they were read.

    Raises:
        ScalingError: the server counted more or fewer values.
    """
    cached = _cached_path(run, metric, step, source, rules)
    if cached is not None and cached.exists():
        with cached.open("rb") as file:
            stored = np.load(file, allow_pickle=False)
            return stored[0], stored[1], "history complete, read by an earlier import"
    wanted = _counted(run, metric)
    how = "history from its Parquet artifact"
    pairs = _from_artifact(run, metric, step)
    # Without a count, an artifact may lack the end of a run that is not finished.
    if pairs is None or (
        len(pairs) < wanted
        if wanted is not None
        else len(pairs) == 0 or run.state == "running"
    ):
        how = "history from a scan of every row"
        rows = run.scan_history(page_size=_PAGE)
        pairs = np.array(
            [
                (float(row[step]), float(row[metric]))
                for row in rows
                if row.get(step) is not None and row.get(metric) is not None
            ],
            dtype=float,
        ).reshape(-1, 2)
    if wanted is not None and len(pairs) != wanted:
        raise ScalingError(
            f"{source}, run {run.id}",
            found=f"{len(pairs)} values of {metric} that have {step} beside them",
            expected=f"{wanted}, as the server counted",
            fix="run the same command again; if the numbers stay the same, name with "
            "--step a key that is logged with every return",
        )
    how += (
        ", complete" if wanted is not None else ", whose count the server does not know"
    )
    steps, values = pairs.T
    if cached is not None:
        replace_if_changed(cached, npy(np.stack([steps, values])))
    return steps, values, how


def _counted(run: Run, metric: str) -> int | None:
    """Return the server's count of the values of a key; None if it has no count."""
    known: Any = getattr(run, "history_keys", None)
    if isinstance(known, str):
        known = json.loads(known)
    try:
        counts = known["keys"][metric]["typeCounts"]
        return sum(int(each["count"]) for each in counts)
    except (KeyError, TypeError, ValueError):
        return None


def _from_artifact(run: Run, metric: str, step: str) -> np.ndarray | None:
    """Return [values, 2] of the newest history artifact; None if there is none."""
    import pyarrow.parquet

    found = [each for each in run.logged_artifacts() if each.type == _HISTORY]
    if not found:
        return None
    with tempfile.TemporaryDirectory() as folder:
        found[-1].download(root=folder)
        parts = []
        for path in sorted(Path(folder).rglob("*.parquet")):
            names = pyarrow.parquet.read_schema(path).names
            if {step, metric} <= set(names):
                table = pyarrow.parquet.read_table(path, columns=[step, metric])
                frame = table.to_pandas().dropna(subset=[metric])
                parts.append(frame[[step, metric]].to_numpy(float))
    return np.concatenate(parts) if parts else None


def _cached_path(
    run: Run, metric: str, step: str, source: str, rules: Rules
) -> Path | None:
    """Return the file that keeps a finished run's history; None if it is not kept."""
    if rules.history_cache is None or run.state == "running":
        return None
    key = json.dumps([source, run.id, metric, step, run.lastHistoryStep])
    return (
        Path(rules.history_cache)
        / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.npy"
    )
