"""Memory of a host, of its container, and of each process that trains there."""

from pathlib import Path

import pytest

from value_scaling.sweep.host import memory


def test_room_is_shared_by_the_processes_of_a_host() -> None:
    whole = memory.available_memory(1) + memory.PROCESS_GIB
    assert memory.available_memory(2) + memory.PROCESS_GIB == pytest.approx(whole / 2)
    assert 0 < memory.available_host_memory(1) * 2**30 < memory.host_memory()
    assert (
        memory.available_host_memory(10_000) == 0
    )  # not enough for the processes themselves


@pytest.mark.parametrize(("gib", "cores"), [(32, 16), (16, 8), (64, 4), (2, 1)])
def test_processes_and_their_groups_fit_together(
    gib: int, cores: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "host_memory", lambda: gib * 2.0**30)
    each = memory.available_host_memory(cores) + memory.PROCESS_GIB
    assert cores * each <= 0.8 * gib + 1e-9


@pytest.mark.parametrize(
    ("text", "limit"), [("1000000\n", 1e6), ("max\n", None), (f"{10**18}", None)]
)
def test_a_containers_limit_counts(
    tmp_path: Path, text: str, limit: float | None
) -> None:
    path = tmp_path / "memory.max"
    whole = memory.host_memory((path,))
    path.write_text(text)
    assert memory.host_memory((path,)) == (limit or whole)
