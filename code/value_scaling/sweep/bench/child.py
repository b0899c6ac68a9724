"""One part of the bench, in its own process: one row of JSON on each line.

`python -m value_scaling.sweep.bench.child NAME [--toy]`
"""

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from value_scaling.sweep.bench.shapes import FULL, TOY, Shapes

PARTS = ("device", "sac", "bro", "pql", "overlap", "resume")


@click.command()
@click.argument("name", type=click.Choice((*PARTS, "train")))
@click.argument("rest", nargs=-1)
@click.option("--toy", is_flag=True, help="Measure at toy size.")
def main(name: str, rest: tuple[str, ...], toy: bool) -> None:
    """Measure one part and print its rows.

    REST is only for `train`: the algorithm, the folder and, if the run is to be killed,
    the number of checkpoints before that.
    """
    shapes = TOY if toy else FULL
    if name == "train":
        from value_scaling.sweep.bench import resume

        algorithm, folder, *after = rest
        resume.train(
            algorithm, Path(folder), shapes, killed_after=int(*after) if after else 0
        )
        return
    with tempfile.TemporaryDirectory(prefix="bench") as temporary:
        for row in _rows(name, shapes, Path(temporary), toy):
            print(json.dumps(row), flush=True)


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

    if name == "overlap":
        from value_scaling.sweep.bench import overlap

        yield from overlap.rows(shapes)
    elif name == "device":
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
    main()
