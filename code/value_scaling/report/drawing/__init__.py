"""Parts shared by the figures: style, axes with ticks, marks, and words of captions."""
