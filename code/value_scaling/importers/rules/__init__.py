"""The rules of an import, one decision in each file; see `importers.options`."""
