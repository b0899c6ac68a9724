"""What the figures share: style, axes with ticks, marks, and words of captions."""
