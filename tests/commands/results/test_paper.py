"""Studies of the paper and of its report card."""

from types import SimpleNamespace
from typing import Any

import pytest

from value_scaling.commands.results import paper


@pytest.mark.parametrize(
    ("named", "used"),
    [
        (("one", "sizes"), ["one"]),  # as `make verify` names all that it has built
        (("sizes", "followup"), []),
        (("sizes",), ["sizes"]),  # loading it is refused, with the reason
        ((), ["one"]),
    ],
)
def test_studies_with_several_sizes_are_left_to_their_own_page(
    named: tuple[str, ...], used: list[str]
) -> None:
    every = {
        name: SimpleNamespace(name=name, has_several_sizes=name == "sizes")
        for name in ("one", "sizes")
    }
    project: Any = SimpleNamespace(
        study=every.__getitem__,
        studies=lambda: (tuple(every.values()), ()),
        sets=lambda study: ("sweep",),
    )
    assert [each.name for each in paper._studies(project, named)] == used
