"""Tests that need a GPU; they are skipped, with the reason, if JAX can use none."""

import os
from pathlib import Path

import pytest

# The processes that tests start need a share of the GPU's memory too.
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")

ON_CPU = "GPU_TESTS_ON_CPU"
"""If set to 1, the tests that make sense on a CPU run there, as a rehearsal."""


@pytest.fixture(scope="session")
def gpu() -> str:
    """The name of the GPU."""
    from value_scaling.learning.gpu import Gpus, Host, find

    found = find(Host(environment=os.environ))
    if not isinstance(found, Gpus):
        pytest.skip(f"no GPU that JAX can use: {found.found}")
    return found.names[0]


@pytest.fixture(scope="session")
def device(request: pytest.FixtureRequest) -> str:
    """The GPU, or the CPU in a rehearsal."""
    if os.environ.get(ON_CPU) == "1":
        os.environ["JAX_PLATFORMS"] = "cpu"
        return "cpu"
    return str(request.getfixturevalue("gpu"))


@pytest.fixture(scope="session", autouse=True)
def compiled_anew(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Use an empty folder of compiled programs for this session."""
    from value_scaling.learning.backend import configure

    folder = Path(tmp_path_factory.mktemp("compiled"))
    os.environ["JAX_COMPILATION_CACHE_DIR"] = str(folder)
    configure(folder, seconds=0.0)
