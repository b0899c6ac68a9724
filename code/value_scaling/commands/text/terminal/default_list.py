"""Values that a study file leaves out, and how each of them was found."""

from value_scaling.commands.text.parts import TextPart, listing
from value_scaling.records import Study


def default_list(study: Study) -> list[TextPart]:
    """Return the defaults of a study as a table; nothing if there are none."""
    if not study.defaults:
        return []
    return [
        f"Not stated in the study file ({len(study.defaults)}):",
        *listing(("key", "default"), study.defaults.items()),
    ]
