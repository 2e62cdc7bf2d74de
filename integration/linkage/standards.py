"""How `./padan link` standardises a column of any table before it is compared."""

STANDARDS = {
    "text": "nullif(trim(upper({column}::VARCHAR)), '')",
    "name": "nullif(trim(regexp_replace(strip_accents(upper({column}::VARCHAR)), '[^A-Z]+', ' ', 'g')), '')",
    "letters": "nullif(regexp_replace(strip_accents(upper({column}::VARCHAR)), '[^A-Z]+', '', 'g'), '')",
    "digits": "nullif(regexp_replace({column}::VARCHAR, '[^0-9]+', '', 'g'), '')",
    "date": "coalesce(try_cast({column} AS DATE), try_strptime(trim({column}::VARCHAR), "
    "['%Y%m%d', '%d/%m/%Y', '%d-%m-%Y'])::DATE)",
    "number": "try_cast({column} AS DOUBLE)",
}
"""Name of the standard: SQL of a column. What cannot be read as such becomes null, which is unknown."""
