"""A project that writes no file."""

from typing import Any

from value_scaling.store.project import Project


class ReadOnlyProject(Project):
    """The project of a checkout, whose saved records are loaded and never replaced."""

    def save(self, *_: Any, **__: Any) -> None:
        """Save nothing."""
