"""Where tables live: their declarations, the database, the published snapshots. Knows nothing of their content."""
