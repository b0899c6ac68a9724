"""The examples of docs/recommend.md: `scaling recommend` with its output."""

import contextlib
import io

from value_scaling.commands.advice.recommend import recommend
from value_scaling.commands.options import ProjectOptions

EXAMPLES = {
    "gym": (
        "--level 600",
        "--level 600 --max-steps 2e5 --step-seconds 1e-3 --update-seconds 1e-2",
        "--level 600 --max-steps 1e5",
        "--budget 1e17",
        "--utd 16 --level 600",
        "--next 8",
    ),
    "classic": ("--level 500 --max-steps 10000", "--next 6"),
}
"""Options of each example, by study."""


def recommendations(options: ProjectOptions, study: str) -> str:
    """Return Markdown: each command with its output, without the warnings."""
    return "\n".join(_example(options, study, words) for words in EXAMPLES[study])


def _example(options: ProjectOptions, study: str, words: str) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        args = [study, *words.split(), "--no-warnings"]
        recommend.main(args, obj=options, standalone_mode=False)
    text = out.getvalue().rstrip()
    return f"```\n$ scaling recommend {study} {words}\n{text}\n```\n"
