"""Tables of the claims that runs of others test, and of their tasks."""

from collections.abc import Sequence

from value_scaling.report.external.claims import EXTERNAL_CLAIMS
from value_scaling.report.external.results import ExternalResults
from value_scaling.report.findings.verdicts import overall
from value_scaling.report.tables.formats.table import Column, Row, Table, Tex
from value_scaling.report.text.latex import escape

SLUG = "external_validity"
_PARAGRAPH = r">{\raggedright\arraybackslash}p"


def external_tables(everything: Sequence[ExternalResults]) -> tuple[Table, ...]:
    """Return the table of claims, that of their rules, and that of all tasks."""
    return _claims(everything), _rules(), _tasks(everything)


def _claims(everything: Sequence[ExternalResults]) -> Table:
    found = {
        claim.slug: [claim.judge(each) for each in everything]
        for claim in EXTERNAL_CLAIMS
    }
    rows: list[Row] = []
    for claim in EXTERNAL_CLAIMS:
        own = found[claim.slug]
        rows.append(
            (
                Tex(rf"\rule{{0pt}}{{2.4ex}}{claim.words}"),
                *(
                    Tex("; ".join((*each.evidence, rf"\emph{{{each.verdict}}}")))
                    for each in own
                ),
                Tex(rf"\textbf{{{overall([each.verdict for each in own])}}}"),
            )
        )
    width = 0.66 / len(everything)
    return Table(
        slug=SLUG,
        caption=(
            r"\textbf{Claims that runs of others test.} Square brackets: 95\% "
            "intervals over tasks (random effects). Percents: median error "
            r"of partial pooling at the largest and the smallest $\sigma$ and, in "
            "round brackets, of no change from the nearest one. "
            r"Table~\ref{tab:external_rules} has the rules."
        ),
        columns=(
            Column("claim", "Claim", _PARAGRAPH + r"{0.18\linewidth}"),
            *(
                Column(
                    each.study.name,
                    f"{escape(each.study.title)}, {escape(each.study.simulator)}",
                    f"{_PARAGRAPH}{{{width:.3f}\\linewidth}}",
                )
                for each in everything
            ),
            Column("verdict", "Verdict", _PARAGRAPH + r"{0.08\linewidth}"),
        ),
        rows=tuple(rows),
        form="wide",
        machine=Table(
            slug=SLUG,
            caption="",
            columns=tuple(map(Column, ("claim", "study", "verdict"))),
            rows=tuple(
                (claim.slug, each.study.name, finding.verdict)
                for claim in EXTERNAL_CLAIMS
                for each, finding in zip(everything, found[claim.slug], strict=True)
            ),
        ),
    )


def _rules() -> Table:
    return Table(
        slug="external_rules",
        caption=r"\textbf{Rules of the verdicts on runs of others.}",
        columns=(
            Column("claim", "Claim", _PARAGRAPH + r"{0.38\linewidth}"),
            Column("rule", "Holds if", _PARAGRAPH + r"{0.56\linewidth}"),
        ),
        rows=tuple((Tex(each.words), Tex(each.rule)) for each in EXTERNAL_CLAIMS),
        in_csv=False,
    )


def _tasks(everything: Sequence[ExternalResults]) -> Table:
    """Return the exponent of every task, only as a CSV file."""
    rows: list[Row] = []
    for each in everything:
        for name, axis in each.record.axes.items():
            for task in axis.tasks:
                rows.append(
                    (
                        each.study.name,
                        name,
                        task.benchmark,
                        task.task,
                        task.status,
                        task.level,
                        task.exponent,
                        task.pooled,
                    )
                )
    return Table(
        slug="external_tasks",
        caption="",
        columns=tuple(
            map(
                Column,
                ("study", "axis", "benchmark", "task", "status", "level",
                 "exponent", "partially_pooled_exponent"),
            )
        ),
        rows=tuple(rows),
        in_paper=False,
    )  # fmt: skip
