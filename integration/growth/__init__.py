"""What a child's measurements say: repaired units, WHO z-scores, plausible ranges, nutrition classes."""
