"""Erasing again whom the home knows as erased: an older backup that was restored brings their rows back."""

from collections.abc import Iterator

from integration.explanation.subjects import UnknownSubject
from integration.privacy.data_subject import DataSubject, attached, data_subject
from integration.privacy.erasure import columns_of, erase
from integration.privacy.tombstones import Tombstones, of_nik, of_person, tombstones
from warehouse.database import rows
from warehouse.publication import Publication, publications
from warehouse.settings import Home

_BASIS = "erased before; a restore had brought it back"
_NAMED = (("person_id", "nik"), ("mother_person_id", "mother_nik"))
"""The columns by which a published row names a person; both of a row name the same one."""


def still_published(home: Home) -> list[DataSubject]:
    """Give whom the home knows as erased and a publication that is kept still shows.

    Raises `HomeError` where the memory of who was erased is damaged, `HomeBusy` while a run writes to the home.
    """
    known = tombstones(home)
    if not known:
        return []
    niks: dict[str, str | None] = {}
    heads: dict[str, str] = {}
    for publication in publications(home):
        for person, nik, target in _shown(publication, known):
            if person:
                niks[person] = nik or niks.get(person)
            elif nik and target:  # a family bears the NIK of its head, whose id is no target's
                heads[nik] = target
    found = [_subject(home, person, nik) for person, nik in niks.items()]
    of_persons = {one.nik for one in found}
    return found + [
        DataSubject(None, (), (), (), (target,), nik) for nik, target in heads.items() if nik not in of_persons
    ]


def erase_again(home: Home) -> int:
    """Take everybody whom the home knows as erased out of publications and snapshots; give how many were there.

    Raises `HomeBusy` while a run writes to the home.
    """
    again = still_published(home)
    for subject in again:
        erase(home, subject, _BASIS)
    return len(again)


def _shown(publication: Publication, known: Tombstones) -> Iterator[tuple[str | None, str | None, str | None]]:
    """Give person_id, NIK and target_id of the rows of a publication that name somebody who was erased."""
    with attached(publication) as con:
        for table, columns in columns_of(publication).items():
            for person, nik in _NAMED:
                erased = [of_person(person, known)] if person in columns else []
                erased += [of_nik(nik, known)] if nik in columns else []
                if not erased:
                    continue
                said = ", ".join(one if one in columns else "NULL" for one in (person, nik, "target_id"))
                yield from rows(con, f"SELECT DISTINCT {said} FROM published.{table} WHERE {' OR '.join(erased)}")


def _subject(home: Home, person: str, nik: str | None) -> DataSubject:
    """Give the person by every name that the home has for them; one of whom it has none is known by this id alone."""
    try:
        return data_subject(home, person)
    except UnknownSubject:
        return DataSubject(person, (person,), (), (), (), nik)
