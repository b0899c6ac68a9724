"""How JAX runs here: its device, the layout of runs, and the compilation cache."""

import os
from contextlib import AbstractContextManager
from importlib.metadata import distributions
from pathlib import Path

from value_scaling.learning.mapping import LAYOUTS
from value_scaling.records import ScalingError

ONE_THREAD = "--xla_cpu_multi_thread_eigen=false"
"""Small networks run fastest on one thread, with a process for each core. Results then
do not depend on the number of cores either."""
THREADS_VARIABLE = "PJRT_NPROC"
"""Number of threads among which XLA divides the steps of a program on a CPU. For small
networks, these are so short that the division takes much of the CPU time."""
LAYOUT_VARIABLE = "SCALING_LAYOUT"
_PLUGINS = ("jax-cuda12-plugin", "jax-cuda13-plugin")


def configure(cache: Path, *, seconds: float = 1.0, cpu: bool = False) -> None:
    """Set up JAX before its first computation: one thread, and a compilation cache.

    Args:
        cache: folder of compiled programs, kept between processes;
            `$JAX_COMPILATION_CACHE_DIR` takes precedence.
        seconds: programs that compile faster are not kept.
        cpu: whether to leave the GPUs to other processes.
    """
    flags = os.environ.get("XLA_FLAGS", "")
    if "multi_thread_eigen" not in flags:
        os.environ["XLA_FLAGS"] = f"{flags} {ONE_THREAD}".strip()
    if not has_cuda():  # with a GPU, the variable has other effects
        os.environ.setdefault(THREADS_VARIABLE, "1")
    import jax

    folder = os.environ.get("JAX_COMPILATION_CACHE_DIR", str(cache))
    jax.config.update("jax_compilation_cache_dir", folder)
    jax.config.update("jax_persistent_cache_min_compile_time_secs", seconds)
    if cpu:
        jax.config.update("jax_platforms", "cpu")


def layout() -> str:
    """Return the layout of runs for the device that JAX computes on.

    It is `vmap` on a GPU, which computes many small products at once as fast as one. It
    is `map` on a CPU, where `vmap` is 2.6 times slower (256×256 networks, B = 256, 8
    runs on one core). `$SCALING_LAYOUT` takes precedence.

    Raises:
        ScalingError: `$SCALING_LAYOUT` is neither.
    """
    wanted = os.environ.get(LAYOUT_VARIABLE, "")
    if not wanted:
        return "map" if device() == "cpu" else "vmap"
    if wanted not in LAYOUTS:
        raise ScalingError(
            f"the environment variable {LAYOUT_VARIABLE}",
            found=repr(wanted),
            expected=f"one of {', '.join(LAYOUTS)}, or nothing",
            fix=f"unset it: the device decides (unset {LAYOUT_VARIABLE})",
        )
    return wanted


def critic_layout(layout: str) -> str:
    """Return the best of `critic_pair.CRITIC_LAYOUTS` for a layout of runs."""
    return "batched" if layout == "vmap" else "separate"


def on_cpu() -> AbstractContextManager:
    """Return a context that computes on the CPU even if there is a GPU."""
    import jax

    return jax.default_device(jax.local_devices(backend="cpu")[0])


def device() -> str:
    """Return `cpu`, or the name of the GPU; this starts JAX."""
    import jax

    if jax.default_backend() == "cpu":
        return "cpu"
    return str(jax.devices()[0].device_kind)


def device_memory() -> float | None:
    """Return the bytes of the GPU that JAX may use; None if it computes on the CPU."""
    import jax

    if jax.default_backend() == "cpu":
        return None
    stats = jax.local_devices()[0].memory_stats() or {}
    limit = stats.get("bytes_limit")
    return float(limit) if limit else float("inf")


def has_cuda() -> bool:
    """Whether the installed packages let JAX use a GPU; this does not start JAX."""
    if os.environ.get("JAX_PLATFORMS", "").split(",")[0] == "cpu":
        return False
    return any(
        (each.metadata["Name"] or "").lower().replace("_", "-") in _PLUGINS
        for each in distributions()
    )
