"""What a record means: contracts, reading, cleaning, linkage, persons and targeting. Knows no Dagster."""
