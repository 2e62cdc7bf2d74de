"""What runs by itself, and when; who is told of it."""
