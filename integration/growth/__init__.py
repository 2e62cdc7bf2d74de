"""What a child's length and weight say: WHO z-scores, plausible ranges, nutrition classes."""
