"""`scaling gpu-bench`: what a GPU does for this project, measured in minutes.

`runner` starts each part in a process of its own and keeps to the time; `child` is that
process. No simulator is needed: `stand_ins` has environments given by a formula.
"""
