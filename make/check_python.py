"""Is the caller's own Python fit? make/check_python.py, for make PYTHON=..."""

import sys
from importlib.util import find_spec

NEEDED = ("numpy", "scipy", "pandas", "matplotlib", "papermill", "nbconvert", "tqdm")

missing = [name for name in NEEDED if find_spec(name) is None]
version = ".".join(map(str, sys.version_info[:2]))
if version != "3.11" or missing:
    lacks = f", without {', '.join(missing)}" if missing else ""
    sys.exit(
        f"PYTHON: {sys.executable} is Python {version}{lacks}; it should be 3.11 with "
        "the packages of code/locks/cpu.txt.\nLeave PYTHON out, and .venv is made and "
        "used; or: pip install --require-hashes --no-deps -r code/locks/cpu.txt"
    )
