"""Every mention of a person in a typed row becomes one `clean_records.person_record`, standardised.

A row of S1 names its head, a row of K1 a head and a wife, the others the person they are about; parents and husbands
stay attributes. Which column means what is in `person_columns.yaml`.
"""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from integration.cleaning import spelling
from integration.contracts import Contract, contracts
from integration.records.basis import basis_of, say_basis, worth_keeping
from warehouse.database import Connection, count, rows, table_exists, transaction
from warehouse.errors import DeclarationError
from warehouse.progress import Progress, Say, silent
from warehouse.tables import table
from warehouse.yaml_file import read_yaml

PERSON_RECORD = table("clean_records.person_record")
TOUCHED = "clean_records.touched_household"
"""Dataset and household of records added or taken away since the families were last made; not there: of all."""
_KABUPATEN = "SELECT DISTINCT kab_code FROM agency_extracts.delivery"
_NAMED = ("name", "mother", "father", "parent", "spouse")
_WORDS = {
    *("dataset", "role", "nik", "kk", *_NAMED, "sex", "birth_date", "birth_date_if", "birth_year_about"),
    *("mother_nik", "father_nik", "spouse_nik", "relationship", "marital_status", "recorded_on"),
    *("address", "dusun", "rt", "rw", "posyandu", "puskesmas", "regions", "only_if"),
}


def build_person_records(connection: Connection, say: Say = silent, made_from: str | None = None) -> int:
    """Have `clean_records.person_record` hold what the typed tables say; give the number of records.

    `record_id` numbers the records in the order of their key, so that the order of files and rows does not matter.

    `made_from` names all that a record hangs on besides the typed rows: code and mappings. Where the table was made
    from the same, records of files whose typed rows stood already are kept, numbered as they are to be now, where there
    are enough of them; else, and without it, all are made anew. The records are the same either way. Killed meanwhile,
    the next call makes them so.
    """
    table = PERSON_RECORD.full_name
    basis = _whole_basis(connection, made_from)
    if basis is None or basis_of(connection, table) != basis or not _enough_stand(connection):
        connection.execute(f"DROP TABLE IF EXISTS {TOUCHED}")
        connection.execute(PERSON_RECORD.ddl())
        _list_files(connection)
    _read_names_and_addresses(connection, say)
    with transaction(connection):
        _touch(connection, "NOT IN (SELECT source_file_id FROM kept_file)")
        connection.execute(f"DELETE FROM {table} WHERE source_file_id NOT IN (SELECT source_file_id FROM kept_file)")
        connection.execute(
            f"""UPDATE {table} SET record_id = record_id + moved.first_id - moved.first_before
            FROM kept_file AS moved
            WHERE moved.source_file_id = {table}.source_file_id AND moved.first_id <> moved.first_before"""
        )
        for contract in contracts().values():
            _add_records(connection, contract, say)
        _touch(connection, "IN (SELECT source_file_id FROM fresh_file)")
        say_basis(connection, table, basis)
    return count(connection, f"SELECT count(*) FROM {table}")


def _enough_stand(connection: Connection) -> bool:
    """List the files, and say whether so many of the records that are to be stand already that they are kept."""
    _list_files(connection)
    ((standing, wanted),) = rows(
        connection,
        "SELECT coalesce(sum(records) FILTER (first_before IS NOT NULL), 0), coalesce(sum(records), 0) "
        "FROM file_of_records",
    )
    return worth_keeping(standing, wanted)


def _whole_basis(connection: Connection, made_from: str | None) -> str | None:
    """Add what the typed tables were made from, and the kabupaten, whose villages addresses are read by."""
    of_tables = [basis_of(connection, contract.typed_table) for contract in contracts().values()]
    if made_from is None or None in of_tables:
        return None
    kabupaten = sorted(name for (name,) in rows(connection, f"FROM ({_KABUPATEN})"))
    return hashlib.sha256(json.dumps([made_from, of_tables, kabupaten]).encode()).hexdigest()


def _touch(connection: Connection, files: str) -> None:
    """Note the households of the records of these files, where families are to be kept."""
    if table_exists(connection, *TOUCHED.split(".")):
        connection.execute(
            f"""INSERT INTO {TOUCHED}
            SELECT DISTINCT dataset, household_ref FROM {PERSON_RECORD.full_name} WHERE source_file_id {files}"""
        )


def _list_files(connection: Connection) -> None:
    """Create `kept_file` and `fresh_file`: the files of the typed tables with the number of their first record.

    Kept is a file that `person_record` has as many records of as are to be; `first_before` is its first number there.
    """
    mentioned = " UNION ALL ".join(
        f"SELECT '{mapping['dataset']}' AS dataset, source_file, source_file_id FROM {_mentioning(mapping)}"
        for mapping in person_columns()
    )
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE file_of_records AS
        SELECT source_file_id, records, first_before,
            (sum(records) OVER (ORDER BY dataset, source_file, source_file_id) - records)::BIGINT AS first_id
        FROM (SELECT *, count(*) AS records FROM ({mentioned}) GROUP BY ALL)
        LEFT JOIN (
            SELECT source_file_id, count(*) AS records, min(record_id) AS first_before
            FROM {PERSON_RECORD.full_name} GROUP BY source_file_id
        ) USING (source_file_id, records)"""
    )
    for name, which in (("kept_file", "NOT NULL"), ("fresh_file", "NULL")):
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS FROM file_of_records WHERE first_before IS {which}")


def _mentioning(mapping: dict[str, Any]) -> str:
    """Give the relation, called `t`, of the typed rows that name somebody in the role of the mapping."""
    only = f" WHERE {mapping['only_if']}" if "only_if" in mapping else ""
    return f"{contracts()[mapping['dataset']].typed_table} AS t{only}"


def _add_records(connection: Connection, contract: Contract, say: Say) -> None:
    """Add the records of the dataset's fresh files.

    Only the keys are put in order, and one role of one dataset is joined at a time: all at once needs too much memory.
    """
    roles = [mapping for mapping in person_columns() if mapping["dataset"] == contract.dataset]
    mentions = " UNION ALL ".join(
        f"SELECT t.rowid AS typed_row, t.source_file_id, t.source_row_no, '{mapping['role']}' AS role "
        f"FROM {_mentioning(mapping)}"
        for mapping in roles
    )
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE mention AS
        SELECT typed_row, role,
            first_id - 1 + row_number() OVER (PARTITION BY first_id ORDER BY source_row_no, role) AS record_id
        FROM ({mentions}) JOIN fresh_file USING (source_file_id)"""
    )
    for mapping in roles:
        said = f"(SELECT {content_of_record()} AS content_id, * FROM ({_mention(mapping)}))"
        connection.execute(f"INSERT INTO {PERSON_RECORD.full_name} {PERSON_RECORD.select(said)}")
    added = count(connection, "SELECT count(*) FROM mention")
    if added:
        say(f"{contract.dataset}: {added:,} mentions of persons")
    connection.execute("DROP TABLE mention")


# What a record says of identity, and nothing of where and when it says so.
_IDENTITY = (
    *("dataset", "role", "nik", "nik_status", "nik_prefix", "no_kk", "kk_status", "name_canonical", "name_alias"),
    *("name_ordinal", "sex", "birth_date", "birth_date_swapped", "birth_year_about", "mother_name", "mother_nik"),
    *("father_name", "father_nik", "parent_name", "parent_alias", "spouse_name", "spouse_nik", "relationship"),
    *("kec_code", "village_code", "rt", "rw", "dusun", "address"),
)


def content_of_record() -> str:
    """Give SQL for a number of 63 bits that stands for all a record says of identity."""
    said = ", '|', ".join(_IDENTITY)
    return f"(md5_number_lower(concat({said})) >> 1)::BIGINT"


@cache
def person_columns() -> tuple[dict[str, Any], ...]:
    """Give the mappings of `person_columns.yaml`; raises `DeclarationError` for a word or column that is not known."""
    mappings = read_yaml(Path(__file__).with_name("person_columns.yaml"))
    for mapping in mappings:
        place = f"integration/records/person_columns.yaml, {mapping.get('dataset')} {mapping.get('role')}"
        if unknown := set(mapping) - _WORDS:
            raise DeclarationError(f"{place}: unknown words {sorted(unknown)}; known are {sorted(_WORDS)}.")
        named = contracts()[mapping["dataset"]]
        if mapping["role"] not in named.names_rows_of:
            raise DeclarationError(f"{place}: the contract names its rows {named.names_rows_of}.")
        for word in ("nik", "kk", *_NAMED, "birth_date", "address"):
            if word in mapping and mapping[word] not in {column.name for column in named.columns}:
                raise DeclarationError(f"{place}: {word} is {mapping[word]!r}, which is no column of the contract.")
    return tuple(mappings)


def _read_names_and_addresses(connection: Connection, say: Say) -> None:
    columns = {
        kind: [
            (f"(FROM {contract.typed_table} SEMI JOIN fresh_file USING (source_file_id))", column.name)
            for contract in contracts().values()
            for column in contract.columns
            if column.type == kind
        ]
        for kind in ("name", "address")
    }
    spelling.read_spellings(connection, spelling.names(), columns["name"], Progress("names: spellings read", say))
    villages = {
        name
        for (name,) in rows(
            connection,
            f"SELECT DISTINCT compare_name FROM clean_records.region WHERE level = 4 AND kab_code IN ({_KABUPATEN})",
        )
    }
    reader = spelling.addresses(lambda text: text.replace(" ", "").replace("-", "") in villages)
    spelling.read_spellings(connection, reader, columns["address"], Progress("addresses: spellings read", say))


def _mention(mapping: dict[str, Any]) -> str:
    """Give the SELECT that makes the records of one dataset and role, for the rows in `mention`."""
    contract = contracts()[mapping["dataset"]]
    joins = [
        f"LEFT JOIN clean_records.spelling_name AS {named} ON {named}.spelling = t.{mapping[named]}"
        for named in _NAMED
        if named in mapping
    ]
    if "address" in mapping:
        joins.append(f"LEFT JOIN clean_records.spelling_address AS a ON a.spelling = t.{mapping['address']}")
    fields = {
        "record_id": "m.record_id",
        "dataset": f"'{contract.dataset}'",
        "role": "m.role",
        **{key: f"t.{key}" for key in ("source_file_id", "source_file", "source_row_no", "kab_code", "snapshot_date")},
        "recorded_on": f"coalesce(t.{mapping['recorded_on']}, t.snapshot_date)"
        if "recorded_on" in mapping
        else "t.snapshot_date",
        **_identifiers(mapping),
        **_names(mapping),
        **_plain(mapping),
        **_residence(mapping),
    }
    others = [name for name in PERSON_RECORD.column_names if name not in {*fields, "content_id"}]
    fields |= dict.fromkeys(others, "NULL")
    select = ",\n    ".join(f"{expression} AS {name}" for name, expression in fields.items())
    return (
        f"SELECT\n    {select}\nFROM {contract.typed_table} AS t\n"
        f"JOIN mention AS m ON m.typed_row = t.rowid AND m.role = '{mapping['role']}'\n{' '.join(joins)}"
    )


def _identifiers(mapping: dict[str, Any]) -> dict[str, str]:
    fields: dict[str, str] = {"nik_status": "'missing'", "kk_status": "'missing'"}
    row = "'row:' || t.source_file_id || ':' || t.source_row_no"
    fields["household_ref"] = row
    if "nik" in mapping:
        nik = f"t.{mapping['nik']}"
        valid = f"{nik}_status IN ('valid', 'valid_foreign')"
        fields |= {
            "nik": nik,
            "nik_status": f"{nik}_status",
            "nik_prefix": f"{nik}_prefix",
            "nik_birth_date": f"CASE WHEN {valid} THEN nik_birth_date({nik}, year(t.snapshot_date)) END",
            "nik_sex": f"CASE WHEN {valid} THEN nik_sex({nik}) END",
        }
    if "kk" in mapping:
        kk = f"t.{mapping['kk']}"
        valid = f"{kk}_status IN ('valid', 'valid_foreign')"
        fields |= {
            "no_kk": kk,
            "kk_status": f"{kk}_status",
            "household_ref": f"CASE WHEN {valid} THEN {kk} ELSE {row} END",
        }
    for other in ("mother_nik", "father_nik", "spouse_nik"):
        if other in mapping:
            column = f"t.{mapping[other]}"
            fields[other] = f"CASE WHEN {column}_status IN ('valid', 'valid_foreign') THEN {column} END"
    return fields


def _names(mapping: dict[str, Any]) -> dict[str, str]:
    mother = ["mother.canonical"] if "mother" in mapping else []
    fields = {
        "name_written": f"t.{mapping['name']}",
        "name": "name.display",
        "name_canonical": "name.canonical",
        "name_sorted": "name.sorted_tokens",
        "name_joined": "name.joined",
        "name_alias": "name.alias",
        "name_key": "name.name_key",
        "name_first_key": "name.first_key",
        "name_unknown_kind": "name.unknown_kind",
        "name_ordinal": "name.ordinal",
        "mother_name": f"coalesce({', '.join([*mother, 'name.mother_name'])})",
    }
    if "father" in mapping:
        fields["father_name"] = "father.canonical"
    if "parent" in mapping:
        fields |= {"parent_name": "parent.canonical", "parent_alias": "parent.alias"}
    if "spouse" in mapping:
        fields["spouse_name"] = "spouse.canonical"
    return fields


def _plain(mapping: dict[str, Any]) -> dict[str, str]:
    fields: dict[str, str] = {
        name: str(mapping[name]) for name in ("sex", "relationship", "marital_status") if name in mapping
    }
    fields |= {name: str(mapping[name]) for name in ("birth_year_about", "posyandu", "puskesmas") if name in mapping}
    fields = {name: _qualified(expression) for name, expression in fields.items()}
    if "birth_date" in mapping:
        fields["birth_date"] = f"t.{mapping['birth_date']}"
        fields["birth_date_swapped"] = f"t.{mapping['birth_date']}_other"
    elif "birth_date_if" in mapping:
        fields["birth_date"] = mapping["birth_date_if"]
    return fields


def _qualified(expression: str) -> str:
    return f"t.{expression}" if expression.isidentifier() else expression


def _residence(mapping: dict[str, Any]) -> dict[str, str]:
    fields: dict[str, str] = {}
    if mapping.get("regions"):
        fields |= {"kec_code": "t.kec_code", "village_code": "t.village_code"}
    for part in ("rt", "rw", "dusun"):
        found = [f"upper(t.{mapping[part]})"] if part in mapping else []
        found += [f"a.{part}"] if "address" in mapping else []
        if found:
            fields[part] = f"coalesce({', '.join(found)})"
    if "address" in mapping:
        fields["address"] = f"t.{mapping['address']}"
    return fields
