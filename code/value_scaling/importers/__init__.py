"""Importers: runs that other programs logged, read by stated rules.

A source reads one format and yields one run at a time (`sources`). The rules, one in
each file, decide what is done with it (`rules`). `gather` applies them and reports
every decision. Nothing here writes a file of the project.
"""
