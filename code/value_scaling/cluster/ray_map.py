"""`map` on a Ray cluster: the same results in the same order."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from value_scaling.cluster.connection import connect
from value_scaling.records import ScalingError

CHUNK = 32
"""Items that a worker gets at once."""
AHEAD = 2
"""Chunks in work for each core of the cluster; the next ones wait, so that few items
are in memory."""
RETRIES = 20
"""Most further attempts at a chunk whose worker or node is lost."""

Item = TypeVar("Item")
Found = TypeVar("Found")


def ray_map(
    function: Callable[[Item], Found],
    items: Sequence[Item],
    *,
    address: str | None = None,
) -> Iterator[Found]:
    """Apply a function to items on a Ray cluster; yield the results in their order.

    The items are read in this process and sent to the workers, so the nodes need no
    files. The results are those of `map` to the last bit if all nodes have the same
    packages and kind of processor.

    Args:
        function: must not depend on what it was applied to before.
        address: address of the cluster; see `connect`.

    Raises:
        ScalingError: the function raised it, or a chunk was lost too often.
    """
    ray = connect(address)
    remote = ray.remote(num_cpus=1, max_retries=RETRIES)(_applied)
    sent = ray.put(function)
    most = AHEAD * max(1, int(ray.cluster_resources().get("CPU", 1)))
    waiting: deque[Any] = deque()
    try:
        for start in range(0, len(items), CHUNK):
            if len(waiting) == most:
                yield from _results(ray, waiting.popleft())
            stop = min(start + CHUNK, len(items))
            chunk = [items[at] for at in range(start, stop)]
            waiting.append(remote.remote(sent, chunk))
        while waiting:
            yield from _results(ray, waiting.popleft())
    finally:
        for reference in waiting:
            ray.cancel(reference, force=True)


def _applied(function: Any, items: list[Any]) -> tuple[list[Any], dict[str, str]]:
    """Apply a function in a worker; return the results and a user's mistake, if any."""
    try:
        return [function(item) for item in items], {}
    except ScalingError as error:
        # Pickle cannot restore an error whose arguments have names.
        return [], {key: str(text) for key, text in vars(error).items()}


def _results(ray: Any, reference: Any) -> list[Any]:
    """Wait for a chunk; return its results.

    Raises:
        ScalingError: the function raised it, or the chunk was lost too often.
    """
    try:
        found, mistake = ray.get(reference)
    except ray.exceptions.RayTaskError:
        raise  # an exception of our own code: a bug, with its traceback
    except ray.exceptions.RayError as error:
        raise ScalingError(
            "executor ray",
            found=f"that a part of the work was lost ({error})",
            expected="nodes that live long enough for some seconds of work",
            fix="check Ray's logs (e.g. for memory), then run the same command again",
        ) from error
    if mistake:
        raise ScalingError(**mistake)
    return list(found)
