"""The values of `--from` are the names of the sources."""

from value_scaling.commands.importing.import_command import KINDS
from value_scaling.importers.sources.registry import SOURCES


def test_every_source_has_its_word() -> None:
    """The command has its own list, because the sources take a second to load."""
    assert sorted(KINDS) == sorted(SOURCES)
