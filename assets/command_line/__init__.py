"""`./padan`: one file for each command."""
