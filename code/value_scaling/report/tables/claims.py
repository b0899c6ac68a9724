"""Tables of the paper's claims, with evidence and verdicts, and of their rules."""

from value_scaling.report.findings.claims import CLAIMS
from value_scaling.report.findings.verdicts import overall
from value_scaling.report.results import StudyResults
from value_scaling.report.tables.formats.table import Column, Row, Table, Tex
from value_scaling.report.text.latex import escape

_STUDIES = 3
"""Number of studies that fit side by side on the first page; the CSV file has all."""


def claims(everything: tuple[StudyResults, ...]) -> Table:
    """Return a table with a row per claim and a column of evidence per study."""
    shown = everything[:_STUDIES]
    found = {
        claim.slug: [claim.judge(each.default) for each in everything]
        for claim in CLAIMS
    }
    rows: list[Row] = []
    for claim in CLAIMS:
        own = found[claim.slug]
        rows.append(
            (
                Tex(rf"\rule{{0pt}}{{2.4ex}}{claim.words}"),
                *(
                    Tex("; ".join((*each.evidence, rf"\emph{{{each.verdict}}}")))
                    for each in own[:_STUDIES]
                ),
                Tex(rf"\textbf{{{overall([each.verdict for each in own])}}}"),
            )
        )
    width = 0.7 / max(len(shown), 1)
    paragraph = r">{\raggedright\arraybackslash}p"
    return Table(
        slug="claims",
        caption=(
            r"\textbf{Claims, evidence and verdicts.} Square brackets: 95\% intervals. "
            r"Percents: median held-out error of the fit and, in round "
            "brackets, of the better of two naive rules, no change from the nearest "
            r"run and a power law without floor; bold where the difference is decided. "
            r"The verdicts follow from the rules of Appendix~\ref{app:rules}. Last "
            "column: a claim holds, or fails, if it does so wherever it can be tested."
        ),
        columns=(
            Column("claim", "Claim", paragraph + r"{0.155\linewidth}"),
            *(
                Column(
                    each.study.name,
                    escape(each.study.title),
                    f"{paragraph}{{{width:.3f}\\linewidth}}",
                )
                for each in shown
            ),
            Column("verdict", "Verdict", paragraph + r"{0.07\linewidth}"),
        ),
        rows=tuple(rows),
        form="block",
        machine=Table(
            slug="claims",
            caption="",
            columns=tuple(map(Column, ("claim", "study", "verdict"))),
            rows=tuple(
                (claim.slug, each.study.name, finding.verdict)
                for claim in CLAIMS
                for each, finding in zip(everything, found[claim.slug], strict=True)
            ),
        ),
    )


def rules() -> Table:
    """Return a table of the rule of each claim."""
    paragraph = r">{\raggedright\arraybackslash}p"
    return Table(
        slug="rules",
        caption=(
            r"\textbf{Rules of the verdicts.} A claim holds if its rule is met. It "
            "holds in part if the exponent meets it but the fit is not nearer than "
            "every naive rule, or if some of several parts are met. It fails if an "
            "exponent has the other sign or if no part is met. It is not decided where "
            "the interval of an exponent includes zero, and not testable without the "
            "runs. ``Nearer'' is decided by the interval of the difference of the "
            "errors, from the same replicates."
        ),
        columns=(
            Column("claim", "Claim", paragraph + r"{0.38\linewidth}"),
            Column("rule", "Holds if", paragraph + r"{0.56\linewidth}"),
        ),
        rows=tuple((Tex(claim.words), Tex(claim.rule)) for claim in CLAIMS),
        in_csv=False,
    )
