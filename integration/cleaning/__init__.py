"""What one cell says, read once per distinct spelling: names, dates, numbers, addresses, identifiers, regions.

Pure functions read a text (`names`, `dates`, `numbers`, `addresses`), SQL macros read what SQL reads well (null tokens,
NIK and KK, region codes: `macros`), `spelling` applies a pure function once to each distinct spelling of many columns,
and `regions` finds the village of a written kecamatan and village. Nothing here guesses: what cannot be read is null.
"""
