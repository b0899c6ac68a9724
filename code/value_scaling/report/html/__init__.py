"""One self-contained HTML page of a study, with interactive plots.

`page` puts the parts together. `plots` has the marks of each figure, `explorer` has the
numbers for the sliders, and `template` has the HTML, CSS and JavaScript.
"""
