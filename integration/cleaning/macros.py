"""The SQL macros of cleaning: null tokens, NIK and KK, region names and codes."""

from pathlib import Path

from integration.cleaning.null_tokens import NULL_TOKENS
from warehouse.database import Connection, literal

_FOLDER = Path(__file__).parent


def define_macros(connection: Connection) -> None:
    """Define the macros on a connection, as temporary objects that go with it.

    - `not_null_token(text)`: the text, or NULL where it means "nothing".
    - `clean_id(text)`: the digits of a NIK or KK; NULL for nothing, a mask, a float or words.
    - `id_prefix(text)`: the visible leading digits of a masked or truncated one, at most ten of a float; else NULL.
    - `id_kecamatan(digits)`: its kecamatan as a dotted code, NULL unless there are 16 digits.
    - `nik_status(text, digits, region_known, kab4)`, `kk_status(...)`: `id_status` of contracts §0, never NULL;
      `digits` is `clean_id(text)`, `region_known` the outcome of a join of `id_kecamatan(digits)` on the regions.
    - `nik_birth_date(nik, reference_year)`, `nik_sex(nik)` ('L', 'P'): of 16 digits; NULL when there is no such day.
    - `region_compare_name(text)`, `region_code(text, code_system)`,
      `region_code_of_parts(province, kabupaten, kecamatan, village, code_system)`.

    The macros are written in the `.sql` files beside this one, with the reason of each rule.
    """
    tokens = ", ".join(map(literal, sorted(NULL_TOKENS)))
    connection.execute((_FOLDER / "null_tokens.sql").read_text(encoding="utf-8").replace("{tokens}", tokens))
    connection.execute((_FOLDER / "identifiers.sql").read_text(encoding="utf-8"))
    connection.execute((_FOLDER / "regions.sql").read_text(encoding="utf-8"))
