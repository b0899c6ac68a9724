"""Commands that write or print results: figures, tables, report card, comparison."""
