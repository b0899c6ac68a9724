"""The options of `scaling import`."""

from typing import Any, get_args

import click

from value_scaling.commands.importing.option_values import (
    choices,
    pairs,
    row_steps,
    spellings,
)
from value_scaling.commands.options import (
    ProjectOptions,
    RangedType,
    command,
    json_option,
    set_option,
    study_argument,
)
from value_scaling.importers.options import (
    At,
    Duplicates,
    NotFinite,
    Resumed,
    Rules,
    Short,
    Unmatched,
)
from value_scaling.records import SETS
from value_scaling.records.limits import Count, Line, Positive

KINDS = ("wandb", "tensorboard", "monitor", "evaluations", "csv", "parquet", "arrays")
_RULES: dict[str, tuple[str, Any, str]] = {
    "--name": (
        "pattern",
        None,
        "Pattern of runs' names: 'sac__{env}__utd{utd}__{seed}'",
    ),
    "--metric": ("metric", None, "Tag, key or column of the return."),
    "--step": ("step", None, "Key or column of the environment step."),
    "--step-scale": ("step_scale", Positive, "Environment steps in a logged step (1)."),
    "--every": ("every", Count, "Steps between points (as logged, if seeds agree)."),
    "--window": ("window", Count, "Steps that episodes are averaged over (--every)."),
    "--value-at": ("at", At, "Value at a step: the last one, or the window's mean."),
    "--resumed": ("resumed", Resumed, "What counts where steps go back or repeat."),
    "--duplicates": (
        "duplicates",
        Duplicates,
        "Runs of one setting and seed (refuse).",
    ),
    "--short": ("short", Short, "Runs that end before the others (refuse)."),
    "--least": (
        "least",
        Positive,
        "Share of the longest run that others must reach (0.95).",
    ),
    "--nan": ("not_finite", NotFinite, "Values that are not finite (refuse)."),
    "--sweep": ("sweep", None, "Sweep of W&B to import (all)."),
    "--unmatched": ("unmatched", Unmatched, "Runs whose setting is unknown (refuse)."),
}
"""Field of `Rules`, type (None: text) and help of each option."""
_PAIRS: dict[str, tuple[str, Any, str]] = {
    "--config": ("config", pairs, "Where values are: utd=gradient_steps,…"),
    "--fixed": ("fixed", pairs, "Values of all runs: utd=1,…"),
    "--spelling": ("spellings", spellings, "What a text means: batch_size:4k=4096,…"),
    "--only": ("only", choices, "Values to import: env=Ant-v4,Hopper-v4"),
}


def _rule_options(function: Any) -> Any:
    """Add the options of `Rules` and the options of the study."""
    for option, (name, kind, text) in reversed(_RULES.items()):
        words = None if kind is None else get_args(kind)
        reads: Any = str if kind is None else RangedType(kind)
        if words and all(isinstance(word, str) for word in words):
            reads = click.Choice(words)
        metavar = None if isinstance(reads, click.Choice) else "X"
        function = click.option(option, name, type=reads, metavar=metavar, help=text)(
            function
        )
    for option, (name, _, text) in reversed(_PAIRS.items()):
        function = click.option(option, name, multiple=True, metavar="A=B", help=text)(
            function
        )
    for option, kind, text in (
        ("--delta", Positive, "δ of the study; needs --model-size."),
        ("--model-size", Positive, "N of the study."),
        ("--algorithm", Line, "Algorithm, in words."),
        ("--title", Line, "Title of the study."),
    ):
        function = click.option(option, type=RangedType(kind), metavar="X", help=text)(
            function
        )
    return function


@command("import")
@study_argument
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
@click.option("--from", "kind", type=click.Choice(KINDS), required=True)
@set_option(default=SETS[0])
@_rule_options
@click.option(
    "--tag", "tags", multiple=True, metavar="X", help="Tag of W&B that runs must have."
)
@click.option(
    "--row-steps",
    type=row_steps,
    metavar="A:B",
    help="Step of an array's first row, and steps between rows (column 0).",
)
@click.option("--seed-each", is_flag=True, help="Count each run as another seed.")
@click.option("--dry-run", is_flag=True, help="Print the report and write nothing.")
@click.option("--replace", is_flag=True, help="Replace an archive of other runs.")
@json_option
@click.pass_obj
def import_logs(
    checkout: ProjectOptions,
    study: str,
    sources: tuple[str, ...],
    kind: str,
    set_name: str,
    tags: tuple[str, ...],
    row_steps: Any,
    seed_each: bool,
    dry_run: bool,
    replace: bool,
    as_json: bool,
    **options: Any,
) -> int:
    """Import runs that other programs logged.

    Writes an archive, a report of every decision, and a study file with comments.
    Each rule of the import is an option.
    """
    from value_scaling.commands.importing.import_runs import import_runs
    from value_scaling.commands.importing.request import ImportRequest

    given = {
        name: options[name]
        for name, _, _ in _RULES.values()
        if options[name] is not None
    }
    for option, (name, read, _) in _PAIRS.items():
        given[name] = read(option, options[name])
    optional = {
        name: options[name]
        for name in ("title", "algorithm", "model_size", "delta")
        if options[name] is not None
    }
    wanted = ImportRequest(
        study=study,
        sources=sources,
        kind=kind,
        rules=Rules(seed_each=seed_each, tags=tags, row_steps=row_steps, **given),
        set_name=set_name,
        is_trial=dry_run,
        replaces=replace,
        as_json=as_json,
        **optional,
    )
    return import_runs(wanted, checkout.root)
