"""Figure 1, the paper's tables and numbers, and the report card."""

import argparse


def overview(arguments: argparse.Namespace) -> int:
    raise NotImplementedError


def report(arguments: argparse.Namespace) -> int:
    raise NotImplementedError


def verify(arguments: argparse.Namespace) -> int:
    raise NotImplementedError
