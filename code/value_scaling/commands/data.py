"""`scaling fetch`."""

import argparse

from value_scaling.fetch import exit_code, summary
from value_scaling.fetch import fetch as fetch_archives
from value_scaling.store.folders import Folders


def fetch(arguments: argparse.Namespace) -> int:
    """Fetch the authors' archives, one line for each."""
    outcomes = fetch_archives(
        arguments.names, Folders.at(arguments.root).archives, mirror=arguments.mirror
    )
    print(*outcomes, summary(outcomes), sep="\n")
    return exit_code(outcomes)
