"""The template of the page of a study of σ and N."""
