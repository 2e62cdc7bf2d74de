"""The way of the data as Dagster and the command line see it."""
