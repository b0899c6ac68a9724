"""Scaling laws of value-based deep RL: run archives in, laws with intervals out.

The names in `__all__` load on first use, so that importing the package stays fast.
"""

import importlib
from typing import Any

__version__ = "0.1.0"
__all__ = [
    "Fit",
    "ScalingError",
    "SizeFit",
    "fit",
    "fit_archive",
    "load",
    "load_sizes",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    where = "records" if name == "ScalingError" else "api"
    return getattr(importlib.import_module(f"{__name__}.{where}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
