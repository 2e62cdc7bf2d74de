"""The rights of the people in the data: who saw them, what is held, what is wrong, and taking them out."""
