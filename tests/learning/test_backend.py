"""The layout of runs follows the device, and XLA uses one thread on a CPU."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import jax
import pytest

from value_scaling.learning import backend
from value_scaling.records import ScalingError


@pytest.fixture(autouse=True)
def no_wish(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SCALING_LAYOUT", raising=False)


@pytest.mark.parametrize(
    ("platform", "layout", "critic_layout"),
    [("cpu", "map", "separate"), ("gpu", "vmap", "batched")],
)
def test_the_device_decides(
    platform: str, layout: str, critic_layout: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jax, "default_backend", lambda: platform)
    one = SimpleNamespace(device_kind="NVIDIA H100")
    monkeypatch.setattr(jax, "devices", lambda: [one])
    assert backend.layout() == layout
    assert backend.critic_layout(layout) == critic_layout


def test_a_wish_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCALING_LAYOUT", "vmap")
    assert backend.layout() == "vmap"
    monkeypatch.setenv("SCALING_LAYOUT", "pmap")
    with pytest.raises(ScalingError, match=r"SCALING_LAYOUT.*'pmap'.*map, vmap"):
        backend.layout()


def test_cuda_is_looked_for_without_jax(monkeypatch: pytest.MonkeyPatch) -> None:
    one = SimpleNamespace(metadata={"Name": "jax_cuda12_plugin"})
    monkeypatch.delenv("JAX_PLATFORMS", raising=False)
    monkeypatch.setattr(backend, "distributions", lambda: [one])
    assert backend.has_cuda()
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")
    assert not backend.has_cuda()
    monkeypatch.delenv("JAX_PLATFORMS")
    monkeypatch.setattr(backend, "distributions", lambda: [])
    assert not backend.has_cuda()


UPDATES = """
import hashlib, sys
from pathlib import Path
from value_scaling.learning.backend import configure
configure(Path(sys.argv[1]))
import jax, numpy as np
import test_sac
from plain_agents import batch
agent = test_sac.make()
update = jax.jit(lambda agent, batch, key: agent.update(batch, key))
for number in range(20):
    agent = update(agent, batch(), jax.random.key(number))
parts = [np.asarray(x).tobytes() for x in jax.tree.leaves(agent)]
names = [path.read_text() for path in Path("/proc/self/task").glob("*/comm")]
print(hashlib.sha256(b"".join(parts)).hexdigest())
print(sum(name.startswith("tf_XLAEigen") for name in names))
"""


def _update(tmp_path: Path, **environment: str) -> tuple[str, int]:
    """Return a digest of an agent after some updates, and XLA's number of threads."""
    inherited = {k: v for k, v in os.environ.items() if k != backend.THREADS_VARIABLE}
    path = [str(Path(__file__).parent / "agents"), *sys.path]
    done = subprocess.run(
        [sys.executable, "-c", UPDATES, str(tmp_path)],
        env={**inherited, "PYTHONPATH": os.pathsep.join(path), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    digest, threads = done.stdout.split()
    return digest, int(threads)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs Linux")
def test_one_thread_computes_and_more_change_no_bit(tmp_path: Path) -> None:
    own, threads = _update(tmp_path)
    assert threads == 1
    others, threads = _update(tmp_path, **{backend.THREADS_VARIABLE: "3"})
    assert threads == 3
    assert own == others


SET = """
import os, sys
from pathlib import Path
from value_scaling.learning import backend
backend.has_cuda = lambda: sys.argv[2] == "cuda"
backend.configure(Path(sys.argv[1]))
print(os.environ.get(backend.THREADS_VARIABLE))
"""


@pytest.mark.parametrize(("build", "threads"), [("cpu", "1"), ("cuda", "None")])
def test_a_gpu_keeps_its_threads(tmp_path: Path, build: str, threads: str) -> None:
    inherited = {k: v for k, v in os.environ.items() if k != backend.THREADS_VARIABLE}
    done = subprocess.run(
        [sys.executable, "-c", SET, str(tmp_path), build],
        env={**inherited, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [threads]
