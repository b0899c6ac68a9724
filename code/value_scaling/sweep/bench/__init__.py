"""`scaling gpu-bench`: what a GPU does for this project, measured in minutes.

`schedule` starts each part in a process of its own and keeps to the time; `part` is
that process. No simulator is needed: `stand_ins` has environments of a formula.
"""
