"""The synthetic study and its logs, for the tests of importers."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
