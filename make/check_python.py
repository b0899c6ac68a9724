"""Check the caller's own Python: make/check_python.py [gpu-bench], for make PYTHON=...

For gpu-bench, packages may have any version, because it makes no result of the paper.
"""

import sys
from importlib.util import find_spec

BENCH = sys.argv[1:] == ["gpu-bench"]
NEEDED = (
    ("numpy", "jax", "flax", "optax")
    if BENCH
    else ("numpy", "scipy", "pandas", "matplotlib", "papermill", "nbconvert", "tqdm")
)

missing = [name for name in NEEDED if find_spec(name) is None]
found = sys.version_info[:2]
version = ".".join(map(str, found))
if missing or (found < (3, 11) if BENCH else found != (3, 11)):
    lacks = f", without {', '.join(missing)}" if missing else ""
    wanted = "3.11 or newer with JAX, Flax and Optax" if BENCH else "3.11 with "
    locks = "" if BENCH else "the packages of code/locks/cpu.txt"
    sys.exit(
        f"PYTHON: {sys.executable} is Python {version}{lacks}; it should be {wanted}"
        f"{locks}.\nEither leave PYTHON out, so that .venv is made and "
        "used, or: pip install --require-hashes --no-deps -r code/locks/cpu.txt"
    )
