"""`scaling fetch`: download the authors' archives and check them."""

from dataclasses import asdict

import click

from value_scaling.commands.console import print_json, show
from value_scaling.commands.options import ProjectOptions, command, json_option
from value_scaling.commands.text.parts import listing
from value_scaling.fetch import exit_code, summary
from value_scaling.fetch import fetch as fetch_archives
from value_scaling.records.errors import shown
from value_scaling.store.folders import Folders


@command("fetch")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--mirror", metavar="A", help="Folder or address to try first.")
@json_option
@click.pass_obj
def fetch(
    checkout: ProjectOptions, names: tuple[str, ...], mirror: str | None, as_json: bool
) -> int:
    """Fetch the authors' archives and check them: the named ones, or all."""
    outcomes = fetch_archives(
        list(names), Folders.at(checkout.root).archives, mirror=mirror
    )
    if as_json:
        print_json(
            {"archives": [asdict(o) | {"detail": shown(o.detail)} for o in outcomes]}
        )
    else:
        rows = [(o.file, o.state, shown(o.detail)) for o in outcomes]
        listed = listing(("archive", "state", "why, or where from"), rows)
        show(*listed, summary(outcomes))
    return exit_code(outcomes)
