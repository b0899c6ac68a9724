"""`scaling fetch`."""

import json
from dataclasses import asdict

import click

from value_scaling.commands.options import Checkout, command, json_option
from value_scaling.fetch import exit_code, summary
from value_scaling.fetch import fetch as fetch_archives
from value_scaling.store.folders import Folders


@command("fetch")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--mirror", metavar="A", help="Folder or address that is asked first.")
@json_option
@click.pass_obj
def fetch(
    checkout: Checkout, names: tuple[str, ...], mirror: str | None, as_json: bool
) -> int:
    """Fetch and check the authors' archives: those that are named, or all."""
    outcomes = fetch_archives(
        list(names), Folders.at(checkout.root).archives, mirror=mirror
    )
    if as_json:
        print(json.dumps({"archives": [asdict(each) for each in outcomes]}, indent=1))
    else:
        print(*outcomes, summary(outcomes), sep="\n")
    return exit_code(outcomes)
