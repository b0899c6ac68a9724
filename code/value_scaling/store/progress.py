"""Progress bars of long operations."""

from collections.abc import Iterable
from typing import TypeVar

from tqdm import tqdm

DELAY = 2.0
"""Seconds after which a bar appears."""

Item = TypeVar("Item")


def progress(
    items: Iterable[Item], name: str, unit: str, *, total: int | None = None
) -> Iterable[Item]:
    """Iterate over items, with a bar on a terminal and nothing in a log.

    Args:
        name: what is done, shown before the bar.
        unit: what an item is, in the singular.
        total: number of items, if `items` has no length.
    """
    return tqdm(
        items,
        desc=name,
        unit=unit,
        total=total,
        delay=DELAY,
        leave=False,
        disable=None,
    )
