"""A small world to aim at: families, their people, and the rows that agencies delivered about them."""

import datetime as dt
from collections import defaultdict
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from integration.contracts import contracts
from integration.privacy.tombstones import Tombstones
from integration.rules import DEFAULT_RULES, load_rules
from integration.targeting.build import build_targeting
from warehouse.database import Connection
from warehouse.tables.declaration import stage_tables, table

PERIOD_END = dt.date(2025, 2, 28)
VILLAGE = "35.09.27.2006"
KEY = b"a key for tests only, thirty two"
TABLES = [
    table(name)
    for name in (
        "clean_records.person_record",
        "clean_records.family_record",
        "persons.person",
        "persons.family",
        "persons.person_source",
        "persons.family_source",
        "persons.person_alias",
        "persons.family_alias",
        "targeting.published_target",
    )
]
_METHOD = {"dukcapil_penduduk": ("register", 1.0, "auto")}


def months_before(months: int, day: dt.date = PERIOD_END) -> dt.date:
    """Give the first day of a month: who is born then has exactly that many completed months on `day`."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return dt.date(year, month + 1, 1)


class World:
    """Collects rows of every input table; `targets()` builds the targeting table of them."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.row_no = 1

    def family(self, family_id: str = "F1", **values: Any) -> str:
        """Add a family of the register; its card is a source."""
        self.rows["persons.family"].append(
            {
                "family_id": family_id,
                "registered": True,
                "no_head": False,
                "head_name": "SAMSUL ARIFIN",
                "kec_code": VILLAGE[:8],
                "village_code": VILLAGE,
                **values,
            }
        )
        return family_id

    def person(self, person_id: str, family_id: str | None = "F1", *, in_register: bool = True, **values: Any) -> str:
        """Add a person, with the register row that names them."""
        person = {
            "person_id": person_id,
            "family_id": family_id,
            "registered": in_register,
            "nik_status": "valid",
            "name": person_id,
            "sex": "P",
            "sex_conflict": False,
            "birth_date_conflict": False,
            "duplicate_in_source": False,
            **values,
        }
        self.rows["persons.person"].append(person)
        if in_register:
            self._delivered("dukcapil_penduduk", {"self": person_id}, family_id, birth_date=person.get("birth_date"))
        return person_id

    def head(self, person_id: str = "FATHER", family_id: str = "F1", **values: Any) -> str:
        """Add a married man of 40."""
        born = dt.date(1985, 1, 1)
        return self.person(person_id, family_id, **{"sex": "L", "birth_date": born, "relationship": "1", **values})

    def wife(self, person_id: str = "MOTHER", family_id: str = "F1", **values: Any) -> str:
        """Add a wife of 30, who is neither too young nor too old."""
        born = dt.date(1994, 8, 12)
        return self.person(person_id, family_id, **{"birth_date": born, "relationship": "3", **values})

    def child(self, person_id: str = "CHILD", family_id: str | None = "F1", months: int = 20, **values: Any) -> str:
        """Add a child of the family with so many completed months."""
        born = months_before(months)
        return self.person(person_id, family_id, **{"birth_date": born, "relationship": "4", **values})

    def h1(self, person_id: str, *, link: tuple[str, float | None, str] = ("nik_exact", 0.999, "auto"), **values: Any):
        """Add a weighing of a child."""
        values = {"measured_on": dt.date(2025, 2, 11), "name": "X", **values}
        self._delivered("dinkes_balita", {"self": person_id}, None, link=link, **values)

    def h2(self, person_id: str, **values: Any) -> None:
        """Add a pregnancy."""
        values = {"registered_on": dt.date(2025, 1, 15), "pregnancy_status": "HAMIL", **values}
        self._delivered("dinkes_ibu_hamil", {"self": person_id}, None, **values)

    def s1(self, family_id: str, head: str, **values: Any) -> None:
        """Add a DTSEN row of a family, told by its head."""
        self._delivered("dtsen_keluarga", {"head": head}, family_id, **values)

    def s3(self, family_id: str, head: str, **values: Any) -> None:
        """Add a P3KE row of a family."""
        self._delivered("p3ke_keluarga", {"head": head}, family_id, **values)

    def k1(self, family_id: str, head: str, wife: str | None = None, **values: Any) -> None:
        """Add a verification of a family; `wife` is named by it where given."""
        roles = {"head": head} | ({"wife": wife} if wife else {})
        self._delivered("siga_krs", roles, family_id, **values)

    def h3(self, person_id: str, kind: str | None, died_on: dt.date, **values: Any) -> None:
        """Add a death that the health office reports."""
        self._delivered("dinkes_kematian", {"self": person_id}, None, delivered_kind=kind, died_on=died_on, **values)

    def c2(self, person_id: str, mutation: str, event_on: dt.date, **values: Any) -> None:
        """Add a birth, death or move that the civil register reports."""
        self._delivered("dukcapil_mutasi", {"self": person_id}, None, mutation=mutation, event_on=event_on, **values)

    def _delivered(
        self,
        dataset: str,
        roles: dict[str, str],
        family_id: str | None,
        *,
        link: tuple[str, float | None, str] = ("nik_exact", 0.999, "auto"),
        village_code: str = VILLAGE,
        **values: Any,
    ) -> None:
        self.row_no += 1
        snapshot = values.get("snapshot_date", PERIOD_END)
        row = {
            "source_file_id": f"{dataset}-file",
            "source_file": f"{dataset}.csv",
            "source_row_no": self.row_no,
            "kab_code": "35.09",
            "snapshot_date": snapshot,
        }
        household = f"{dataset}-{family_id or self.row_no}"
        place = {"kec_code": village_code[:8], "village_code": village_code}
        self.rows[f"clean_records.{dataset}"].append({**row, "period": "2025-02", **place, **values})
        method, probability, band = _METHOD.get(dataset, link)
        for role, person_id in roles.items():
            record_id = len(self.rows["clean_records.person_record"])
            self.rows["clean_records.person_record"].append(
                {
                    **row,
                    "record_id": record_id,
                    "content_id": record_id,
                    "dataset": dataset,
                    "role": role,
                    "recorded_on": values.get("measured_on") or snapshot,
                    "nik_status": "valid",
                    "kk_status": "missing",
                    "household_ref": household,
                    "birth_date": values.get("birth_date"),
                    "birth_date_swapped": values.get("birth_date_swapped"),
                    "kec_code": village_code[:8],
                    "village_code": village_code,
                    "posyandu": values.get("posyandu"),
                }
            )
            self.rows["persons.person_source"].append(
                {
                    **row,
                    "record_id": record_id,
                    "content_id": record_id,
                    "dataset": dataset,
                    "role": role,
                    "person_id": person_id,
                    "registered": True,
                    "match_method": method,
                    "match_probability": probability,
                    "match_band": band,
                }
            )
        known = {(one["dataset"], one["household_ref"]) for one in self.rows["persons.family_source"]}
        if family_id and (dataset, household) not in known:
            self.rows["clean_records.family_record"].append({**row, "dataset": dataset, "household_ref": household})
            self.rows["persons.family_source"].append(
                {"family_id": family_id, "dataset": dataset, "household_ref": household, "linked_by": "kk"}
            )

    def load(self) -> Connection:
        """Give a connection that holds all of it."""
        con = duckdb.connect()
        for schema in ("agency_extracts", "clean_records", "persons", "targeting"):
            con.execute(f"CREATE SCHEMA {schema}")
        con.execute(_regions())
        con.execute(stage_tables("agency_extracts")["delivery"].ddl())
        for declared in TABLES:
            con.execute(declared.ddl())
        for contract in contracts().values():
            con.execute(_typed_ddl(contract))
        for name, found in ((name, found) for name, found in self.rows.items() if found):
            columns = {column for row in found for column in row}
            known = {name for (name,) in con.execute(f"SELECT column_name FROM (DESCRIBE {name})").fetchall()}
            kept = {one: [row.get(one) for row in found] for one in sorted(columns & known)}
            con.register("given", pa.table(kept))
            con.execute(f"INSERT INTO {name} BY NAME SELECT * FROM given")
            con.unregister("given")
        return con

    def s2(self, person_id: str, **values: Any) -> None:
        """Add a DTSEN row of a member."""
        self._delivered("dtsen_anggota", {"self": person_id}, None, **values)

    def before(self, subject_type: str, entity_id: str, tier: str, period: str = "2025-01", **values: Any) -> None:
        """Remember a target of an earlier publication."""
        self.rows["targeting.published_target"].append(
            {
                "period": period,
                "period_kind": "week" if "W" in period else "month",
                "version": f"version of {period}",
                "kab_code": "35.09",
                "target_id": f"T{subject_type}{entity_id}",
                "subject_type": subject_type,
                "entity_id": entity_id,
                "village_code": VILLAGE,
                "tier": tier,
                **values,
            }
        )

    def build(
        self,
        rules: Path = DEFAULT_RULES,
        period_end: dt.date = PERIOD_END,
        period: str = "2025-02",
        erased: Tombstones | None = None,
    ) -> Connection:
        """Build the tables of the stage and give the connection that holds them."""
        con = self.load()
        build_targeting(
            con,
            period=period,
            period_end=period_end,
            target_key=KEY,
            run_id="run",
            rules=load_rules(rules),
            erased=erased,
        )
        return con

    def targets(self, rules: Path = DEFAULT_RULES, period_end: dt.date = PERIOD_END) -> dict[str, dict[str, Any]]:
        """Build and give the rows by `subject_type:person or family`."""
        con = self.build(rules, period_end)
        found = con.sql("SELECT * FROM targeting.targeting").to_arrow_table().to_pylist()
        rows = {f"{row['subject_type']}:{row['person_id'] or row['family_id']}": row for row in found}
        assert len(rows) == len(found)
        return rows


def _regions() -> str:
    return f"""CREATE TABLE clean_records.region AS SELECT * FROM (VALUES
        ('35', 1, 'JAWA TIMUR', NULL, NULL, NULL, 'JAWATIMUR'),
        ('35.09', 2, 'JEMBER', '35', '35.09', NULL, 'JEMBER'),
        ('35.09.27', 3, 'KALISAT', '35.09', '35.09', '35.09.27', 'KALISAT'),
        ('{VILLAGE}', 4, 'GLAGAHWERO', '35.09.27', '35.09', '35.09.27', 'GLAGAHWERO'),
        ('35.09.27.2001', 4, 'AJUNG', '35.09.27', '35.09', '35.09.27', 'AJUNG')
    ) AS r (code, level, name, parent_code, kab_code, kec_code, compare_name)"""


def _typed_ddl(contract: Any) -> str:
    texts = ("delivery_id", "source_file_id", "source_file", "kab_code", "period", "kec_code", "village_code")
    extra = dict.fromkeys(texts, "VARCHAR") | {"source_row_no": "BIGINT", "snapshot_date": "DATE"}
    own: dict[str, str] = {}
    for column in contract.columns:
        own[column.name] = column.sql_type
        if column.type in ("nik", "kk"):
            own[f"{column.name}_status"] = "VARCHAR"
        if column.type == "date":
            own[f"{column.name}_ambiguous"] = "BOOLEAN"
        if column.keep_outside:
            own[f"{column.name}_outside"] = "DOUBLE"
    columns = ", ".join(f"{name} {type_}" for name, type_ in {**extra, **own}.items())
    return f"CREATE TABLE {contract.typed_table} ({columns})"


__all__ = ["KEY", "PERIOD_END", "VILLAGE", "World", "months_before"]
