"""The rules of an import, one decision each: see `importers.options`."""
