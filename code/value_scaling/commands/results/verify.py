"""`scaling verify`: compare published numbers with ours, as a report card."""

import click

from value_scaling.commands.console import print_json, show
from value_scaling.commands.options import (
    ProjectOptions,
    command,
    json_option,
    studies_argument,
)
from value_scaling.commands.results.paper import card_of, load_everything
from value_scaling.commands.sizes.loading import load_size_results
from value_scaling.commands.text.terminal import report_card_parts
from value_scaling.store.files.outputs import save_json


@command("verify")
@studies_argument
@json_option
@click.pass_obj
def verify(checkout: ProjectOptions, studies: tuple[str, ...], as_json: bool) -> int:
    """Compare published numbers with ours, and print the report card.

    The exit code is 1 if a number is outside its tolerance.
    """
    project = checkout.project()
    sizes = load_size_results(project.folders, studies)
    card = card_of(project, load_everything(project, studies), sizes)
    document = card.as_dict()
    if as_json:
        print_json(document)
    else:
        show(*report_card_parts(card))
    save_json(project.folders.build / "report_card.json", document)
    return 1 if card.failed else 0
