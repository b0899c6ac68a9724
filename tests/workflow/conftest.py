"""Let the tests of this folder import `planted_study` by its name."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
