"""Text, numbers and formulas as LaTeX, Markdown, HTML and MathML."""
