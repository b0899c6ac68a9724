"""One table as LaTeX, CSV, Markdown and HTML."""
