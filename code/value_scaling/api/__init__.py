"""The Python interface: fits of data frames, archives and studies.

`import value_scaling as vs` offers these names and loads this package on their first
use.
"""

from value_scaling.api.fitted import Fit
from value_scaling.api.opening import fit, fit_archive, load

__all__ = ["Fit", "fit", "fit_archive", "load"]
