"""Importers: runs that other programs logged, read by stated rules.

A source reads one format and yields one run at a time (`sources`). The rules, one in
each file, decide whether and how the run is used (`rules`). `gather` applies the rules
and reports every decision. The only files written here are histories from a server, in
the folder `Rules.history_cache`.
"""
