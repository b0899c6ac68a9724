"""How JAX runs here."""

import os
from pathlib import Path

ONE_THREAD = "--xla_cpu_multi_thread_eigen=false"
"""Small networks run fastest on one thread, with a process for each core; and then
results do not depend on the number of cores."""


def configure(cache: Path, *, seconds: float = 1.0) -> None:
    """Set up JAX before its first computation: one thread, and a compilation cache.

    Args:
        cache: folder of compiled programs, kept between processes;
            `$JAX_COMPILATION_CACHE_DIR` takes precedence.
        seconds: programs that compile faster are not kept.
    """
    flags = os.environ.get("XLA_FLAGS", "")
    if "multi_thread_eigen" not in flags:
        os.environ["XLA_FLAGS"] = f"{flags} {ONE_THREAD}".strip()
    import jax

    folder = os.environ.get("JAX_COMPILATION_CACHE_DIR", str(cache))
    jax.config.update("jax_compilation_cache_dir", folder)
    jax.config.update("jax_persistent_cache_min_compile_time_secs", seconds)
