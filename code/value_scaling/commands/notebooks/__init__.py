"""What the notebooks show about one study: its figures, tables and sentences.

A notebook opens a study with one call and then shows figures and topics by name. The
build also saves the figures; opening a notebook by hand changes no file.
"""

from value_scaling.commands.notebooks.opening import diagnostics, fitted, grid_search
from value_scaling.commands.notebooks.page import StudyPage

__all__ = ["StudyPage", "diagnostics", "fitted", "grid_search"]
