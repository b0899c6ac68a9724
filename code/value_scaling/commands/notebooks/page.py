"""One study in a notebook: its figures, tables and sentences, shown by name."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field

from IPython import display

from value_scaling.commands.notebooks.topics import TOPICS
from value_scaling.commands.results.study_figure import screen_width, study_figure
from value_scaling.commands.text.parts import TextPart
from value_scaling.records import Study
from value_scaling.report.figures import FIGURES, arguments, caption
from value_scaling.report.results import Results
from value_scaling.report.tables.formats.html_table import html
from value_scaling.report.text.markdown import markdown_of
from value_scaling.store.files.outputs import draw, save_figure
from value_scaling.store.folders import SAVE_FIGURES
from value_scaling.store.project import Project


@dataclass(frozen=True)
class StudyPage:
    """A study in a notebook, with the records that the notebook shows."""

    project: Project
    study: Study
    notebook: str
    """Name of the notebook."""
    results: Results = field(default_factory=Results)
    shown: list[str] = field(default_factory=list)
    """Slugs of the figures that `show` was called with."""

    def show(self, slug: str) -> None:
        """Draw a figure with its caption, or say that it is left out."""
        self.shown.append(slug)
        records = arguments(slug, self.results)
        if records is None:
            print(f"{slug}: left out, because the runs that it shows are not here.")
            return
        figure = study_figure(self.project, self.study, slug, *records)
        if os.environ.get(SAVE_FIGURES):
            stem = self.project.folders.figures / f"{self.study.name}_{slug}"
            save_figure(figure, stem)
            png = stem.with_name(f"{stem.name}.png").read_bytes()
        else:
            png = draw(figure, "png")
        display.display(display.Image(data=png, width=screen_width(figure)))
        text = caption(slug, self.study, *records, warnings=self.results.warnings)
        display.display(display.Markdown(markdown_of(text)))

    def show_others(self) -> None:
        """Draw the figures of this notebook that `show` was not called with."""
        for slug, entry in FIGURES.items():
            if entry.notebook == self.notebook and slug not in self.shown:
                self.show(slug)

    def tell(self, topic: str) -> None:
        """Show the sentences and tables about a topic, if there are any."""
        show_parts(TOPICS[topic](self.study, self.results))


def show_parts(parts: Iterable[TextPart]) -> None:
    """Print the sentences and display the tables."""
    for part in parts:
        if isinstance(part, str):
            print(part)
        else:
            display.display(display.HTML(html(part)))
