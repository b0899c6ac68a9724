"""`python -m agreement train` and `python -m agreement page`."""

from pathlib import Path

import click

from agreement import rows
from value_scaling.records import ScalingError

ROOT = Path(__file__).parents[2]


@click.group()
def main() -> None:
    """Compare our training runs with independent implementations."""


@main.command()
@click.option("--python", default="", help="Python of `make peers`.")
@click.option("--build", type=Path, default=ROOT / "build" / "agreement")
@click.option("--only", multiple=True, help="Names of rows; all by default.")
def train(python: str, build: Path, only: tuple[str, ...]) -> None:
    """Train what is missing; the same command continues after a stop."""
    from agreement.train import train_missing

    plan = rows.load()
    if only:
        kept = tuple(row for row in plan.rows if row.name in only)
        plan = rows.Plan(plan.seeds, kept)
    train_missing(plan, build.resolve(), ROOT, python)


@main.command()
@click.option("--published", type=Path, help="Folder of the authors' archives.")
def page(published: Path | None) -> None:
    """Write docs/agreement.json, .md and .png from the curves."""
    from agreement.build import write_page

    write_page(ROOT, [published] if published else [])


if __name__ == "__main__":
    try:
        main()
    except ScalingError as error:
        raise SystemExit(f"agreement: {error}") from error
