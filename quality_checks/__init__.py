"""What must hold after each stage, as rules; Great Expectations judges them, Dagster shows them."""
