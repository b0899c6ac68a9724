"""What commands share: help, arguments that name studies, options with ranges."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import click
import msgspec
from click.shell_completion import CompletionItem

from value_scaling.records import SETS, ScalingError
from value_scaling.store.folders import Folders
from value_scaling.store.project import Project
from value_scaling.store.studies.load import list_studies

COMPLETE = "_SCALING_COMPLETE"
"""Environment variable with which a shell asks for completions."""
WIDTH = 80
"""Number of characters of a line of help outside a terminal."""


@dataclass(frozen=True)
class ProjectOptions:
    """The options of `scaling` itself."""

    root: Path | None = None
    runs: str | None = None

    def project(self) -> Project:
        """Open the project."""
        return Project.at(self.root, runs=self.runs)


class CommandWithHelp(click.Command):
    """A command that prints its help like any other text.

    Characters that the terminal lacks are replaced, and a failure to write is an error.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx  # the command whose usage is shown
            raise

    def get_help_option(self, ctx: click.Context) -> click.Option:
        def show(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
            if asked and not ctx.resilient_parsing:
                ctx.terminal_width = None if sys.stdout.isatty() else WIDTH
                print(ctx.get_help())
                ctx.exit()

        return click.Option(
            ["--help"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=show,
            help="Show this message and exit.",
        )


def command(
    name: str, **settings: Any
) -> Callable[[Callable[..., Any]], click.Command]:
    """Make a command of `scaling` from a function."""
    return click.command(name, cls=settings.pop("cls", CommandWithHelp), **settings)


class RangedType(click.ParamType):
    """A value of a type with a range, as in `records.limits`.

    A wrong value raises ScalingError, which prints one message without the usage.
    """

    def __init__(self, hint: Any, *, several: bool = False) -> None:
        self.hint, self.several = hint, several
        self.name = "A,B" if several else "X"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:
        if not isinstance(value, str):
            return value
        option = max(param.opts, key=len) if param else self.name
        read = several if self.several else one
        return read(option, self.hint)(value)


def one(option: str, hint: Any) -> Callable[[str], Any]:
    """Return a reader of one value of a type with a range."""
    kind, meta = get_args(hint)

    def read(text: str) -> Any:
        try:
            return msgspec.convert(kind(text), hint)
        except ValueError as error:  # of `kind` or of msgspec
            raise ScalingError(
                option,
                found=repr(text),
                expected=meta.description,
                fix="correct the value",
            ) from error

    return read


def several(option: str, hint: Any) -> Callable[[str], tuple]:
    """Return a reader of one or more values that are separated by commas."""
    read_one = one(option, hint)

    def read(text: str) -> tuple:
        values = tuple(read_one(each.strip()) for each in text.split(","))
        if len({*values}) < len(values):
            raise ScalingError(
                option,
                found=f"{text!r}, with one value twice",
                expected="each value once",
                fix="correct the list",
            )
        return values

    return read


def _studies(
    ctx: click.Context, _: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the studies of the checkout whose names begin with the given text."""
    root = next((c.params["root"] for c in _chain(ctx) if "root" in c.params), None)
    try:
        names: Sequence[str] = list_studies(Folders.at(root))
    except ScalingError:  # no checkout here: nothing to offer
        names = ()
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def _chain(ctx: click.Context | None) -> Sequence[click.Context]:
    return () if ctx is None else (ctx, *_chain(ctx.parent))


study_argument = click.argument("study", metavar="STUDY", shell_complete=_studies)
studies_argument = click.argument(
    "studies", metavar="[STUDY]...", nargs=-1, shell_complete=_studies
)
optional_study_argument = click.argument(
    "study", metavar="[STUDY]", required=False, shell_complete=_studies
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document instead of text."
)


def set_option(**settings: Any) -> Callable[[Any], Any]:
    """Return the option `--set`, which names a set of runs."""
    return click.option("--set", "set_name", type=click.Choice(SETS), **settings)
