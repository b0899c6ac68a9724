"""Descriptions of the environments over which a level is pooled."""

import numpy as np

_NAMED = 4
"""Largest number of environments that a sentence names; the others are counted."""


def chosen(environments: tuple[str, ...], members: np.ndarray) -> tuple[str, ...]:
    """Return the environments for which `members`, [environments] of bool, is true."""
    return tuple(e for e, own in zip(environments, members, strict=True) if own)


def set_words(
    environments: tuple[str, ...], members: np.ndarray, *, short: bool = False
) -> str:
    """Say over which environments a level is pooled; empty if over all or none.

    Args:
        short: whether to give only their number, or the name of a single one.
    """
    inside, outside = chosen(environments, members), chosen(environments, ~members)
    if not inside or not outside:
        return ""
    total = f"of {len(environments)} environments"
    if len(inside) == 1:
        return f"{inside[0]} alone" + ("" if short else f", {total}")
    if short:
        return f"{len(inside)} {total}"
    more = len(outside) - _NAMED
    names = ", ".join(outside[:_NAMED]) + (f" and {more} more" if more > 0 else "")
    return f"{len(inside)} {total}, without {names}"
