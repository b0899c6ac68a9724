"""The options of `scaling import`; what it does is in `import_runs`."""

import argparse
from pathlib import Path
from typing import Any, get_args

from value_scaling.commands.import_options import choices, pairs, row_steps, spellings
from value_scaling.commands.options import one
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
        "pattern of runs' names: 'sac__{env}__utd{utd}__{seed}'",
    ),
    "--metric": ("metric", None, "tag, key or column of the return"),
    "--step": ("step", None, "key or column of the environment step"),
    "--step-scale": ("step_scale", Positive, "environment steps in a logged step (1)"),
    "--every": ("every", Count, "steps between points (as logged, if seeds agree)"),
    "--window": ("window", Count, "steps that episodes are averaged over (--every)"),
    "--value-at": ("at", At, "value at a step: the last one, or the window's mean"),
    "--resumed": ("resumed", Resumed, "what counts where steps go back or repeat"),
    "--duplicates": ("duplicates", Duplicates, "runs of one setting and seed (refuse)"),
    "--short": ("short", Short, "runs that end before the others (refuse)"),
    "--least": ("least", Positive, "share of the longest run that is not short (0.95)"),
    "--nan": ("not_finite", NotFinite, "values that are not finite (refuse)"),
    "--sweep": ("sweep", None, "sweep of W&B to import (all)"),
    "--unmatched": ("unmatched", Unmatched, "runs of unknown setting (refuse)"),
}
"""Option: field of `Rules`, type (None: text; a Literal: its words), help."""
_PAIRS: dict[str, tuple[str, Any, str]] = {
    "--config": ("config", pairs, "where values are: utd=gradient_steps,…"),
    "--fixed": ("fixed", pairs, "values of all runs: utd=1,…"),
    "--spelling": ("spellings", spellings, "what a text means: batch_size:4k=4096,…"),
    "--only": ("only", choices, "values to import: env=Ant-v4,Hopper-v4"),
}


def add_command(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to those of `scaling`."""
    command = subparsers.add_parser(
        "import",
        help="logs of other programs -> archive and study file",
        description=run.__doc__,
    )
    command.add_argument("study", metavar="STUDY", help="name of the study to write")
    command.add_argument("sources", metavar="SOURCE", nargs="+", help="file or folder")
    command.add_argument("--from", dest="kind", choices=KINDS, required=True)
    command.add_argument("--set", dest="set_name", choices=SETS, default=SETS[0])
    for option, (name, kind, text) in _RULES.items():
        words = None if kind is None else get_args(kind)
        if words and all(isinstance(word, str) for word in words):
            command.add_argument(option, dest=name, choices=words, help=text)
        else:
            read = str if kind is None else one(option, kind)
            command.add_argument(option, dest=name, type=read, metavar="X", help=text)
    for option, (name, _, text) in _PAIRS.items():
        command.add_argument(
            option, dest=name, action="append", default=[], metavar="A=B", help=text
        )
    command.add_argument(
        "--tag", action="append", default=[], help="tag of W&B that runs must have"
    )
    command.add_argument(
        "--row-steps",
        type=row_steps,
        metavar="A:B",
        help="step of an array's first row, and steps between rows (column 0)",
    )
    flag = "store_true"
    command.add_argument(
        "--seed-each", action=flag, help="each run counts as another seed"
    )
    command.add_argument("--title", type=one("--title", Line))
    command.add_argument("--algorithm", type=one("--algorithm", Line))
    for option, text in (("--model-size", "N"), ("--delta", "δ")):
        read = one(option, Positive)
        command.add_argument(
            option, type=read, metavar="X", help=f"{text} of the study"
        )
    command.add_argument(
        "--dry-run", action=flag, help="print the report, write nothing"
    )
    command.add_argument("--replace", action=flag, help="replace another archive")
    command.add_argument("--json", action=flag, help="print the report as JSON")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Read runs that other programs logged, by rules that are all options, and write an
    archive, a report of every decision beside it, and a study file with comments."""
    from value_scaling.commands.import_runs import Import, import_runs

    given = {
        name: value
        for name, _, _ in _RULES.values()
        if (value := getattr(arguments, name)) is not None
    }
    for option, (name, read, _) in _PAIRS.items():
        given[name] = read(option, getattr(arguments, name))
    optional = {
        name: value
        for name in ("title", "algorithm", "model_size", "delta")
        if (value := getattr(arguments, name)) is not None
    }
    wanted = Import(
        study=arguments.study,
        sources=tuple(arguments.sources),
        kind=arguments.kind,
        rules=Rules(
            seed_each=arguments.seed_each,
            tags=tuple(arguments.tag),
            row_steps=arguments.row_steps,
            **given,
        ),
        set_name=arguments.set_name,
        is_trial=arguments.dry_run,
        replaces=arguments.replace,
        as_json=arguments.json,
        **optional,
    )
    root: Path | None = arguments.root
    return import_runs(wanted, root)
