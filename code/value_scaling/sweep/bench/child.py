"""One part of the bench, in its own process: one row of JSON on each line.

`python -m value_scaling.sweep.bench.child NAME [--toy]`
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from value_scaling.sweep.bench.shapes import FULL, TOY, Shapes

PARTS = ("device", "sac", "bro", "pql", "resume")


def main(arguments: list[str] | None = None) -> int:
    """Measure one part and return the exit code."""
    parser = argparse.ArgumentParser(prog="value_scaling.sweep.bench.child")
    parser.add_argument("name", choices=(*PARTS, "train"))
    parser.add_argument(
        "rest", nargs="*", help="of `train`: algorithm, folder, [checkpoints]"
    )
    parser.add_argument("--toy", action="store_true")
    options = parser.parse_intermixed_args(arguments)
    shapes = TOY if options.toy else FULL
    if options.name == "train":
        from value_scaling.sweep.bench import resume

        algorithm, folder, *after = options.rest
        resume.train(
            algorithm, Path(folder), shapes, killed_after=int(*after) if after else 0
        )
        return 0
    with tempfile.TemporaryDirectory(prefix="bench") as folder:
        for row in _rows(options.name, shapes, Path(folder), options.toy):
            print(json.dumps(row), flush=True)
    return 0


def _rows(
    name: str, shapes: Shapes, folder: Path, toy: bool
) -> Iterator[dict[str, Any]]:
    if name == "resume":
        from value_scaling.sweep.bench import resume

        command = [sys.executable, "-m", "value_scaling.sweep.bench.child", "train"]
        yield from resume.rows(shapes, folder, [*command, *(["--toy"] * toy)])
        return
    from value_scaling.learning.backend import configure

    configure(folder / "cache", seconds=0.0)
    from value_scaling.sweep.bench import updates

    if name == "device":
        yield _device() | updates.peak(shapes)
    else:
        yield from getattr(updates, name)(shapes)


def _device() -> dict[str, Any]:
    import jax

    from value_scaling.learning.backend import device, layout

    found = jax.local_devices()[0]
    limit = (found.memory_stats() or {}).get("bytes_limit")
    return {
        "name": device(),
        "platform": found.platform,
        "count": jax.local_device_count(),
        "memory_limit_bytes": limit,
        "layout": layout(),
    }


if __name__ == "__main__":
    sys.exit(main())
