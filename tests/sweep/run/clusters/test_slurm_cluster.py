"""A real Slurm cluster of one node, on this host, with tasks that are stopped."""

import os
import random
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from planted_sweep import cluster_plan, members

from value_scaling.records import ScalingError, Stopped
from value_scaling.store.files.atomic import digest_file
from value_scaling.store.folders import Folders
from value_scaling.sweep.plan.sets import SetPlan
from value_scaling.sweep.run.clusters import slurm_cluster
from value_scaling.sweep.run.clusters.slurm_cluster import train_slurm
from value_scaling.sweep.run.clusters.slurm_queue import load_arrays, unended
from value_scaling.sweep.run.one_process import train_set

KILLS = 10
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun")
missing = [name for name in PROGRAMS if shutil.which(name) is None]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}"),
    pytest.mark.skipif(os.geteuid() != 0, reason="slurmd needs root"),
]
CONFIGURATION = """
ClusterName=test
SlurmctldHost={host}
SlurmUser=root
SlurmdUser=root
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
AuthType=auth/munge
CryptoType=crypto/munge
AuthInfo=socket={folder}/munge.sock,cred_expire=5
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
AccountingStorageType=accounting_storage/none
MpiDefault=none
ReturnToService=2
KillWait=2
SchedulerParameters=sched_interval=1,bf_interval=1
NodeName={host} CPUs=2 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


@pytest.fixture(scope="module", autouse=True)
def cluster(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Start a controller and a node.

    A requeued job waits for `cred_expire` seconds; Slurm refuses fewer than five.
    """
    folder = tmp_path_factory.mktemp("slurm")
    for name in ("state", "spool"):
        (folder / name).mkdir()
    host = socket.gethostname()
    text = CONFIGURATION.format(host=host, folder=folder, ports=_free_ports(2))
    (folder / "slurm.conf").write_text(text)
    key = folder / "munge.key"
    key.write_bytes(os.urandom(1024))
    key.chmod(0o600)
    variables = {
        "SLURM_CONF": str(folder / "slurm.conf"),
        "PYTHONPATH": f"{root / 'code'}{os.pathsep}{os.environ.get('PYTHONPATH', '')}",
        "JAX_PLATFORMS": "cpu",
    }
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    files = ("key", "pid", "log", "seed")
    munge = [f"--{kind}-file={folder}/munge.{kind}" for kind in files]
    commands = (
        ["munged", "--foreground", "--force", f"--socket={folder}/munge.sock", *munge],
        ["slurmctld", "-D"],
        ["slurmd", "-D"],
    )
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    started: list[subprocess.Popen[bytes]] = []
    try:
        for command in commands:
            started.append(subprocess.Popen(command, **quiet))  # type: ignore[call-overload]
            time.sleep(1)
        _wait(lambda: "idle" in _output("sinfo", "--noheader", "--format=%T"))
        yield folder
    finally:
        _output("scancel", "--user=root")
        for process in reversed(started):
            process.terminate()
            process.wait()
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slurm_cluster, "POLL_SECONDS", 0.5)
    monkeypatch.setattr(slurm_cluster, "SETTLE_SECONDS", 0.0)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True).stdout


def _wait(condition: Callable[[], object], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the condition was not met in time"
        time.sleep(0.05)


def _in_training(plan: SetPlan) -> bool:
    return any((plan.folder / "checkpoints").glob("*.npz"))


def _processes(plan: SetPlan) -> list[int]:
    """Return the process numbers of the tasks of a set."""
    found = _output("pgrep", "-f", f"slurm_task {plan.folder}/slurm")
    return [int(number) for number in found.split()]


@pytest.mark.parametrize("stop", [signal.SIGUSR2, signal.SIGKILL])
def test_a_stopped_task_continues(
    stop: signal.Signals, tiny: Folders, another: Folders, cache: Path
) -> None:
    """Slurm sends USR2 before the time limit; KILL stands for a crash."""
    plan, context = cluster_plan(tiny)
    stopped = []

    def interrupt() -> None:
        _wait(lambda: _in_training(plan))
        if stop == signal.SIGUSR2:
            for job in _output("squeue", "-h", "-r", "-t", "R", "-o", "%i").split():
                _output("scancel", f"--signal={stop.name[3:]}", job)
                stopped.append(job)
        else:
            number = _processes(plan)[0]
            os.kill(number, stop)
            stopped.append(str(number))

    thread = threading.Thread(target=interrupt)
    thread.start()
    assert train_slurm(plan, context, cache=cache, options={})
    thread.join()
    assert stopped
    same, other = cluster_plan(another)
    assert train_set(same, other, quiet=True)
    assert members(plan.archive) == members(same.archive)


@pytest.mark.long
def test_ten_kills_lose_nothing(tiny: Folders, another: Folders, cache: Path) -> None:
    """kill -9 of tasks at random moments; the same command goes on after each round.

    A task may end before its moment comes, so the set is trained anew, from nothing,
    until ten tasks have been killed.
    """
    same, other = cluster_plan(another)
    assert train_set(same, other, quiet=True)
    rng, killed = random.Random(0), set[int]()
    for _ in range(KILLS):
        _train_with_kills(tiny, cache, rng, killed)
        plan, _ = cluster_plan(tiny)
        assert digest_file(plan.archive) == digest_file(same.archive)
        assert not list(plan.folder.rglob("*.tasks"))
        if len(killed) == KILLS:
            return
        shutil.rmtree(plan.folder)
        plan.archive.unlink()
    pytest.fail(f"only {len(killed)} tasks were killed")


def _train_with_kills(
    folders: Folders, cache: Path, rng: random.Random, killed: set[int]
) -> None:
    """Train the set, and kill its tasks until there are `KILLS` numbers in `killed`."""
    plan, context = cluster_plan(folders)
    ended = threading.Event()

    def interrupt() -> None:
        while len(killed) < KILLS and not ended.is_set():
            for number in set(_processes(plan)) - killed:
                if len(killed) == KILLS or ended.wait(rng.random() * 4.0):
                    break
                with suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)
                    killed.add(number)
            time.sleep(0.05)

    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        while True:
            try:
                assert train_slurm(plan, context, cache=cache, options={})
                return
            except ScalingError as error:
                # Every task of a round was killed.
                assert "no task finished anything" in str(error)
    finally:
        ended.set()
        thread.join()


def test_tasks_go_on_without_the_command(tiny: Folders, cache: Path) -> None:
    plan, context = cluster_plan(tiny)
    folder = plan.folder / "slurm"

    def interrupt() -> None:
        _wait(lambda: load_arrays(folder))
        os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(Stopped):
        train_slurm(plan, context, cache=cache, options={})
    thread.join()
    arrays = load_arrays(folder)
    assert unended(arrays)

    plan, context = cluster_plan(tiny)
    assert train_slurm(plan, context, cache=cache, options={})
    assert load_arrays(folder) == arrays  # it waited for the tasks that were queued


def test_refused_options_are_reported(tiny: Folders, cache: Path) -> None:
    plan, context = cluster_plan(tiny)
    with pytest.raises(ScalingError, match="invalid partition specified: nowhere"):
        train_slurm(plan, context, cache=cache, options={"partition": "nowhere"})


def test_a_round_without_a_result_names_the_reason(tiny: Folders, cache: Path) -> None:
    path = tiny.studies / "training" / "tiny.toml"
    path.write_text(path.read_text().replace('"gymnasium"', '"dm_control"'))
    plan, context = cluster_plan(tiny)
    with pytest.raises(ScalingError, match="dm_control does not have it"):
        train_slurm(plan, context, cache=cache, options={})
