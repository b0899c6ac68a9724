"""Recommended settings and what they need, as JSON."""

from collections.abc import Sequence
from dataclasses import fields

from value_scaling.commands.text.documents.estimates import Document, finite, number
from value_scaling.workflow.advice.distance import Distance
from value_scaling.workflow.advice.frontier import Needs
from value_scaling.workflow.advice.plans import Plan
from value_scaling.workflow.advice.size_plans import SizePlan
from value_scaling.workflow.advice.size_spending import SizeSpending
from value_scaling.workflow.advice.spending import Spending

_NEEDS = [each.name for each in fields(Needs)]


def plans(found: Sequence[Plan]) -> list[Document]:
    """Return σ, B, η and what they need, for each environment and the pool."""
    return [_plan(each) for each in found]


def _plan(plan: Plan) -> Document:
    return {
        "env": plan.env,
        "level": finite(plan.level),
        "utd": number(plan.utd),
        "utd_is_best": plan.chosen,
        "at_edge": plan.at_edge,
        **{name: number(each) for name, each in plan.hyperparameters.items()},
        "run": plan.run or None,
        **{name: number(getattr(plan, name)) for name in _NEEDS},
        "meets_limits": plan.meets,
        "share_of_draws_within_limits": finite(plan.share_meeting),
        "exceeds": plan.exceeds,
        "binding": list(plan.binding),
        "highest_level_within_limits": finite(plan.reachable),
        "distances": {name: _distance(d) for name, d in plan.distances.items()},
    }


def size_plans(found: Sequence[SizePlan]) -> list[Document]:
    """Return σ, N, B, η and what they need, for each task."""
    return [
        _plan(each)
        | {
            "model_size": number(each.size),
            "model_size_is_best": each.size_chosen,
            "model_size_at_edge": each.size_at_edge,
        }
        for each in found
    ]


def size_spending(found: Sequence[SizeSpending]) -> list[Document]:
    """Return the fits along the budget of each task at one F."""
    return [
        {"task": each.task, "budget": each.budget}
        | {name: number(value) for name, value in each.values.items()}
        | {"outside_the_runs": list(each.outside)}
        | {"distances": {name: _distance(d) for name, d in each.distances.items()}}
        for each in found
    ]


def _distance(distance: Distance) -> Document:
    tested = distance.tested
    return {
        "factor": finite(distance.factor),
        "range": [finite(distance.low), finite(distance.high)],
        "held_out": None
        if tested is None
        else {"factor": tested.factor, "error": tested.error, "checks": tested.count},
        "beyond_checks": distance.factor > 1 and distance.beyond_checks,
    }


def spending(found: Spending | str | None) -> Document | None:
    """Return the fits along the budget at one F."""
    if found is None:
        return None
    if isinstance(found, str):
        return {"no_fit": found}
    return {
        "budget": found.budget,
        "utd": number(found.utd),
        "data": number(found.data),
        "compute": number(found.compute),
        "extrapolated_utd": found.beyond_utds,
        "distance": _distance(found.distance),
    }
