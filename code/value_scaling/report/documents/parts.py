"""Generated parts of a Markdown document, between `made: NAME` and `/made`."""

import re
from collections.abc import Mapping

from value_scaling.records import ScalingError

_PART = re.compile(r"(<!-- made: (.+?) -->\n).*?(<!-- /made -->)", re.S)
_MARK = re.compile(r"<!-- /?made\b")


def names(text: str) -> tuple[str, ...]:
    """Return the names of the generated parts in their order."""
    return tuple(found[2] for found in _PART.finditer(text))


def with_parts(text: str, made: Mapping[str, str], *, where: str) -> str:
    """Replace the parts of a document that have a new text.

    Args:
        where: name of the document, for messages.
    """
    found, marks = names(text), len(_MARK.findall(text))
    if marks != 2 * len(found) or len(set(found)) != len(found):
        raise ScalingError(
            where,
            found=f"{marks} marks around parts named {', '.join(found) or 'nothing'}",
            expected="`<!-- made: NAME -->` and `<!-- /made -->` around each part, and "
            "no name twice",
            fix="restore the marks (git diff shows them)",
        )

    def new(part: re.Match[str]) -> str:
        return f"{part[1]}{made[part[2]]}{part[3]}" if part[2] in made else part[0]

    return _PART.sub(new, text)
