"""Print the archives that `make data` fetches: make/fetched.py [STUDY...].

If studies are given, print only the archives that their study files name.
"""

import os
import sys
import tomllib
from pathlib import Path

PACKAGE = Path(os.environ.get("package", "code/value_scaling"))

registry = tomllib.loads((PACKAGE / "registry.toml").read_text(encoding="utf-8"))
archives = registry["archives"].items()
files = {f"{name}{entry.get('suffix', '.zip')}" for name, entry in archives}
if studies := sys.argv[1:]:
    named = set()
    for study in studies:
        # A user's own study names none of the authors' archives.
        for path in PACKAGE.glob(f"studies/**/{study}.toml"):
            table = tomllib.loads(path.read_text(encoding="utf-8"))
            groups = [table, *table.get("groups", [])]
            for archives in (group.get("archives", {}) for group in groups):
                rules = archives.values() if isinstance(archives, dict) else archives
                named |= {archive["file"] for archive in rules}
            for tables in table.get("axes", {}).values():  # runs of others
                named |= {each["file"] for each in tables}
    files &= named
print("\n".join(sorted(files)))
