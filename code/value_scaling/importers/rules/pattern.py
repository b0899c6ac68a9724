"""Patterns for names with settings: `sac__{env}__utd{utd}_bs{batch_size}__{seed}`."""

import re
from dataclasses import dataclass
from functools import cached_property

from value_scaling.importers.rules.fields import fields, is_number
from value_scaling.records import ScalingError

_PART = re.compile(r"\{([^{}]*)\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NUMBER = r"[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?"
_WORD = r"[A-Za-z0-9.+-]+?"


@dataclass(frozen=True)
class Pattern:
    """A name with fields in braces.

    `{utd}` and other numbers match a number, or a word that `--spelling` explains.
    `{env}`, `{seed}` and names of the user's own match any text; `{}` matches text that
    does not matter. A pattern with slashes is compared with the same number of parts at
    the end of the path; one without slashes is compared with the last part.
    """

    text: str

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        built, end = "", 0
        seen: set[str] = set()
        for match in _PART.finditer(self.text):
            built += re.escape(self.text[end : match.start()])
            end, name = match.end(), match[1]
            if name and not _NAME.fullmatch(name):
                raise self._wrong(f"{{{name}}}, which is not a name")
            if not name:
                built += "[^/]*?"
                continue
            if name in seen:
                raise self._wrong(f"{{{name}}} twice")
            seen.add(name)
            if is_number(name):
                built += f"(?P<{name}>{_NUMBER}|{_WORD})"
            else:
                built += f"(?P<{name}>[^/]+?)"
        if {*"{}"} & {*_PART.sub("", self.text)}:
            raise self._wrong("a brace without its counterpart")
        if not seen:
            raise self._wrong("no field in braces")
        return re.compile(built + re.escape(self.text[end:]))

    @property
    def names(self) -> frozenset[str]:
        """Fields of the pattern.

        Raises:
            ScalingError: the pattern is not valid.
        """
        return frozenset(self._compiled.groupindex)

    def read(self, name: str) -> dict[str, str] | None:
        """Return the text of each field of a name; None if the name does not match."""
        parts = self.text.count("/") + 1
        tail = "/".join(name.split("/")[-parts:])
        match = self._compiled.fullmatch(tail)
        return None if match is None else match.groupdict()

    def _wrong(self, found: str) -> ScalingError:
        known = ", ".join(f"{{{name}}}" for name in fields())
        return ScalingError(
            f"--name {self.text!r}",
            found=found,
            expected=f"a name with fields in braces, e.g. {known}; {{}} for text that "
            "does not matter",
            fix="correct the pattern",
        )
