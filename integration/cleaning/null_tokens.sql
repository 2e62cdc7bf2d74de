-- The text itself, or NULL where it means "nothing was written" (contracts §0). {tokens} comes from null_tokens.csv.
-- DuckDB's trim() takes blanks only; people also leave tabs, line ends and no-break spaces.
CREATE OR REPLACE TEMP MACRO not_null_token(written) AS
    CASE
        WHEN list_contains(['', {tokens}], lower(trim(written, E' \t\r\n' || chr(160)))) THEN NULL
        ELSE written
    END;
