"""`scaling gpu-bench`: what a GPU does for this project, measured in minutes.

`runner` starts each part in its own process (`child`) and enforces the time limit. No
simulator is needed: `stand_ins` has environments that are given by a formula.
"""
