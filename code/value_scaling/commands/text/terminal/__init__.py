"""What the terminal and the notebooks say about records: sentences and tables."""

from value_scaling.commands.text.terminal.advice_words import advice, spending
from value_scaling.commands.text.terminal.budget_words import budget
from value_scaling.commands.text.terminal.comparisons import (
    choices,
    diagnostics,
    law_choice,
    regret,
)
from value_scaling.commands.text.terminal.data_words import data_efficiency
from value_scaling.commands.text.terminal.default_list import default_list
from value_scaling.commands.text.terminal.finding_list import (
    finding_count,
    finding_list,
)
from value_scaling.commands.text.terminal.held_out_checks import held_out
from value_scaling.commands.text.terminal.hyperparameter_words import (
    hyperparameters,
    lower_baselines,
    tilt,
)
from value_scaling.commands.text.terminal.size_words import size_advice, size_spending
from value_scaling.commands.text.terminal.value_texts import number
from value_scaling.commands.text.terminal.verification import report_card_parts
from value_scaling.commands.text.terminal.warning_list import warning_list

__all__ = [
    "advice",
    "budget",
    "choices",
    "data_efficiency",
    "default_list",
    "diagnostics",
    "finding_count",
    "finding_list",
    "held_out",
    "hyperparameters",
    "law_choice",
    "lower_baselines",
    "number",
    "regret",
    "report_card_parts",
    "size_advice",
    "size_spending",
    "spending",
    "tilt",
    "warning_list",
]
