"""Download of the authors' run archives, with a registry of names and checks."""

from value_scaling.fetch.archives import Archive, contents_hash, mismatch, registry
from value_scaling.fetch.download import Outcome, exit_code, fetch, summary

__all__ = [
    "Archive",
    "Outcome",
    "contents_hash",
    "exit_code",
    "fetch",
    "mismatch",
    "registry",
    "summary",
]
