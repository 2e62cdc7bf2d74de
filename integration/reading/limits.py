"""How much one delivered file may ask for: beyond it, it is damaged or hostile and is refused before it is read.

An honest table of people stays far below each. What is not listed here is bounded by DuckDB's own memory limit.
"""

UNSUSPICIOUS = 100_000_000
"""Bytes; what unpacks to no more than this is no bomb, however well it was packed."""
HIGHEST_RATIO = 50
"""Unpacked bytes for each packed one, beyond `UNSUSPICIOUS`: sheets of people pack 5 to 20 to 1."""
MOST_UNPACKED = 4 * 1024**3
"""Bytes that all parts of a workbook may unpack to."""
MOST_COLUMNS = 1_000
"""Columns; the widest contract has some 70."""
MOST_ROWS_PER_BYTE = 1
"""Rows of a Parquet file for each of its bytes: rows with a number of their own each take more than a byte."""
FEW_ROWS = 1_000_000
"""Rows that any Parquet file may have, however small it is."""
MOST_BROKEN_LINES = 100_000
"""Lines of one text file that may be broken; where more are, the export failed and not the lines."""
MOST_NAMED = 20
"""Unknown columns that are named in a sentence."""
LONGEST_TOLD = 80
"""Letters of a name from the file that are told in a sentence."""

MEMORY_APART = 1024**3
"""Bytes of memory for the process that reads a workbook of an unusual shape,"""
MEMORY_PER_BYTE = 12
"""and as many more for each byte that it unpacks to: a large sheet takes 6 to 8."""
SECONDS_APART = 300
"""Seconds of processor time for it."""
