"""Sentences shared by the captions of figures of σ and N, as LaTeX."""

from value_scaling.report.drawing.captions import join
from value_scaling.report.sizes.results import SizeResults
from value_scaling.report.text.latex import escape

BARS = r"Bars and bands: 95\% bootstrap intervals over seeds."
"""Explanation of intervals."""
__all__ = ["BARS", "head", "join", "sources"]


def head(results: SizeResults, topic: str) -> str:
    """Return the beginning of a caption: the study, then the topic."""
    return rf"\textbf{{{escape(results.study.title)}: {topic}.}}"


def sources(results: SizeResults, groups: tuple[str, ...] = ()) -> str:
    """Name the archives of the fitted runs of some groups, or of all."""
    files = [
        rf"\texttt{{{escape(archive.file)}}}"
        for group, _ in results.groups()
        if not groups or group.name in groups
        for archive in group.with_role("grid")
    ]
    return f"Source: runs of {', '.join(files)}." if files else ""
