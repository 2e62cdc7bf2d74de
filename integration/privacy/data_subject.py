"""The person that a request is about, by every name that the home has for them."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from integration.explanation.subjects import UnknownSubject
from warehouse.attached import attach_publication
from warehouse.database import Connection, in_memory, literal, reader, rows, table_exists
from warehouse.entitlements import published_tables
from warehouse.publication import Publication, publications
from warehouse.settings import Home

_PERSON = re.compile(r"P[A-Z2-7]{16}")
_TARGET = re.compile(r"T[A-Z2-7]{16}")


@dataclass(frozen=True)
class DataSubject:
    """A person: today's `person_id`, every id they had (`ids`, today's among them), the families that bear their name.

    `target_ids` are theirs in the publications that are kept, `family_targets` those of the families that they head.
    `nik` is their valid one; None where none is known. For a family without a known head `person_id` is None.
    """

    person_id: str | None
    ids: tuple[str, ...]
    headed: tuple[str, ...]
    target_ids: tuple[str, ...]
    family_targets: tuple[str, ...]
    nik: str | None

    @property
    def name(self) -> str:
        """The id by which the access log may speak of them."""
        return self.person_id or (self.target_ids or self.family_targets)[0]

    def own_rows(self, table: str) -> str | None:
        """Give the condition for rows of a published table that are about them; None where none can be."""
        columns = published_tables()[table].column_names if table in published_tables() else ()
        conditions = [
            f"{column} IN ({_listed(ids)})"
            for column, ids in (
                ("person_id", self.ids),
                ("mother_person_id", self.ids),
                ("target_id", (*self.target_ids, *self.family_targets)),
            )
            if column in columns
        ]
        return " OR ".join(conditions) or None


def data_subject(home: Home, asked: str) -> DataSubject:
    """Find the person that a person_id or a target_id names: in the working database, else in what was published.

    Raises `UnknownSubject` where nobody is meant, `HomeBusy` while a run writes.
    """
    if not _PERSON.fullmatch(asked) and not _TARGET.fullmatch(asked):
        raise UnknownSubject(f"{asked!r} was asked for. Wanted is a person_id (P…) or a target_id (T…), 17 characters.")
    with published(home) as con:
        named = [asked] if asked.startswith("P") else _of_target(con, asked)
        named_families = [] if asked.startswith("P") else _family_of_target(con, asked)
        niks = _published_nik(con, named)
        today, ids, headed, nik = _in_database(home, named, named_families)
        if not ids and not headed:
            ids, headed = tuple(named), tuple(named_families)
        nik = nik or (niks[0] if niks else None)
        targets = _targets(con, f"person_id IN ({_listed(ids)})")
        families = _targets(con, f"subject_type = 'keluarga' AND family_id IN ({_listed(headed)})")
    if not targets and not families and today is None:
        raise UnknownSubject(f"{asked} is neither in the working database of {home.path} nor in what it published.")
    return DataSubject(today or (ids[0] if ids else None), ids, headed, targets, families, nik)


@contextmanager
def published(home: Home) -> Iterator[Connection]:
    """Open a database with a view `published_targeting` of the targets in every publication kept, and its version."""
    with in_memory() as con:
        parts = [
            f"SELECT {literal(one.version)} AS version, target_id, subject_type, person_id, family_id, nik "
            f"FROM read_parquet({literal(one.folder / 'targeting.parquet')})"
            for one in publications(home)
            if (one.folder / "targeting.parquet").is_file()
        ]
        con.execute(
            "CREATE VIEW published_targeting AS "
            + (
                " UNION ALL ".join(parts)
                or "SELECT '' AS version, '' AS target_id, '' AS subject_type, '' AS person_id, '' AS family_id, "
                "'' AS nik WHERE false"
            )
        )
        yield con


@contextmanager
def attached(publication: Publication) -> Iterator[Connection]:
    """Open a database with views `published_<table>` of one publication, each with the columns of today."""
    with in_memory() as con:
        attach_publication(con, "published", publication)
        yield con


def _of_target(con: Connection, target: str) -> list[str]:
    return _texts(con, f"SELECT DISTINCT person_id FROM published_targeting WHERE target_id = {literal(target)}")


def _family_of_target(con: Connection, target: str) -> list[str]:
    return _texts(
        con,
        f"""SELECT DISTINCT family_id FROM published_targeting
        WHERE subject_type = 'keluarga' AND target_id = {literal(target)}""",
    )


def _published_nik(con: Connection, ids: Iterable[str]) -> list[str]:
    return _texts(
        con,
        f"SELECT nik FROM published_targeting WHERE person_id IN ({_listed(ids)}) ORDER BY version DESC LIMIT 1",
    )


def _targets(con: Connection, condition: str) -> tuple[str, ...]:
    return tuple(_texts(con, f"SELECT DISTINCT target_id FROM published_targeting WHERE {condition} ORDER BY 1"))


def _in_database(
    home: Home, named: list[str], families: list[str]
) -> tuple[str | None, tuple[str, ...], tuple[str, ...], str | None]:
    """Give today's person_id, every id, the families headed and the NIK, as the working database has them."""
    if not home.database.exists():
        return None, (), (), None
    with reader(home) as con:
        if not table_exists(con, "persons", "person"):
            return None, (), (), None
        heads = _texts(con, f"SELECT head_person_id FROM persons.family WHERE family_id IN ({_listed(families)})")
        asked = _listed([*named, *heads])
        today = _texts(
            con,
            f"""SELECT person_id FROM persons.person_alias WHERE old_person_id IN ({asked})
            UNION SELECT person_id FROM persons.person WHERE person_id IN ({asked}) ORDER BY 1""",
        )
        if not today:
            return None, (), (), None
        person = today[0]
        old = _texts(con, f"SELECT old_person_id FROM persons.person_alias WHERE person_id = {literal(person)}")
        headed = _texts(con, f"SELECT family_id FROM persons.family WHERE head_person_id = {literal(person)}")
        nik = _texts(con, f"SELECT nik FROM persons.person WHERE person_id = {literal(person)}")
        return person, tuple(dict.fromkeys([person, *named, *old])), tuple(headed), nik[0] if nik else None


def _texts(con: Connection, query: str) -> list[str]:
    return [text for (text,) in rows(con, query) if text is not None]


def _listed(texts: Iterable[str]) -> str:
    return ", ".join(map(literal, texts)) or "NULL"
