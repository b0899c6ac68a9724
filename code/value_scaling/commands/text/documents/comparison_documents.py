"""Comparisons as JSON: ways to choose, laws, analysis choices, measures."""

from value_scaling.commands.text.documents.estimates import Document, finite, number
from value_scaling.records import (
    PREDICTORS,
    ChoiceEffect,
    Diagnostics,
    Regret,
    RegretRatio,
    Regrets,
)
from value_scaling.records.stages.law_choice import LawChoice


def regret(record: Regrets) -> Document:
    """Return the data of each way to choose B and η on held-out seeds, and ratios."""
    found = {
        "status": f"none: {record.why_none}" if record.why_none else "compared",
        "baseline_utd": record.baseline_utd,
        "splits": record.splits,
        "levels": record.levels.tolist(),
        "environments": list(record.environments),
        "settings_with_few_seeds": record.few_seeds,
        "ways": [
            _judged(each, unreached=finite(each.unreached)) for each in record.rows
        ],
        "ratios": [_judged(each, over=each.over) for each in record.ratios],
    }
    return {"regret": found}


def _judged(each: Regret | RegretRatio, **more: object) -> Document:
    head = {"chosen_for": each.scope, "levels": each.levels, "way": each.way}
    own = [finite(value) for value in each.environments]
    return head | more | {"data_ratio": number(each.data), "environments": own}


def diagnostics(record: Diagnostics) -> Document:
    """Return the change of each measure for a doubling of σ, B and η."""
    return {
        "diagnostics": {
            name: {
                predictor: number(measure.trend.slope, i)
                for i, predictor in enumerate(PREDICTORS)
            }
            for name, measure in record.measures.items()
        }
    }


def effect(each: ChoiceEffect) -> Document:
    """Return one result with the default choice and with the published one."""
    return {
        "choice": each.choice,
        "published_choice": each.was,
        "default_choice": each.now,
        "result": each.result,
        "default": number(each.default),
        "published": finite(each.published),
    }


def law_choice(record: LawChoice) -> Document:
    """Return the errors of laws of D_J(σ) at σ left out of their fits, by set."""
    return {
        "laws_compared": [
            {
                "set": each.set_name,
                "curves": each.curves,
                "left_out": each.where,
                "law": each.law,
                "predictions": each.count,
                "median_error": number(each.error),
                "difference": number(each.difference),
                "comparison": each.comparison,
                "status": each.status,
            }
            for each in record.errors
        ]
    }
