"""The words that `--from` takes are those of the sources."""

from value_scaling.commands.import_command import KINDS
from value_scaling.importers.sources.registry import SOURCES


def test_every_source_has_its_word() -> None:
    """The command lists them itself, as the sources take a second to load."""
    assert sorted(KINDS) == sorted(SOURCES)
