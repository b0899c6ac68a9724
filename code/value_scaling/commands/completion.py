"""`scaling completion`: the script that lets a shell complete commands."""

import click
from click.shell_completion import get_completion_class

from value_scaling.commands.options import COMPLETE, command

SHELLS = ("bash", "zsh", "fish")


@command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that lets a shell complete commands, options, studies and sets.

    In bash, for example: eval "$(scaling completion bash)"
    """
    script = get_completion_class(shell)
    assert script is not None  # Click knows each of SHELLS
    print(script(ctx.find_root().command, {}, "scaling", COMPLETE).source())
