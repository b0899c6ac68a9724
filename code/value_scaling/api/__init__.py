"""The Python interface: fits of data frames, archives and studies.

`import value_scaling as vs` offers these names and loads this package on their first
use.
"""

from value_scaling.api.fitted import Fit
from value_scaling.api.opening import fit, fit_archive, load
from value_scaling.api.sizes import SizeFit, load_sizes

__all__ = ["Fit", "SizeFit", "fit", "fit_archive", "load", "load_sizes"]
