"""Putting a new key in the place of one, with everybody's ids carried over."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass

import pyarrow as pa

from integration.persons.identifiers import keyed_ids
from integration.rotation.known_ids import write_keyed_texts, write_known_ids
from integration.rotation.mappings import write_aliases, write_mapping
from warehouse.access_log import record
from warehouse.attached import attach_publication
from warehouse.database import Connection, arrow, in_memory, no_run, rows
from warehouse.errors import PadanError
from warehouse.keys import fingerprint, fresh_key, is_lost, key_ring, replace_key, secret_key
from warehouse.progress import Say, silent
from warehouse.publication import publications
from warehouse.settings import Home

_IDS = {"person": "PF", "target": "TM"}
"""Which ids are made with a key, by the letter that they begin with."""
ROTATABLE = {
    "target": "target_id and event_id: lists of before are joined with later ones by the table target_alias",
    "person": "person_id and family_id, and with them target_id and event_id",
    "pseudonym": "what recipients get instead of ids and numbers: theirs of before can be joined with no later ones",
    "access_log": "the seal of the access log: lines of before stay sealed with the old key",
}
"""The keys that may be rotated, and what that changes."""


class KeyNotRotated(PadanError):
    """A key cannot be replaced."""


@dataclass(frozen=True)
class Rotated:
    """What a rotation did: fingerprints of both keys, and how many ids of each kind have a new one."""

    purpose: str
    before: str
    now: str
    renamed: Mapping[str, int]


def rotate_key(home: Home, purpose: str, say: Say = silent) -> Rotated:
    """Replace the key of a purpose; from the next night on ids are of the new key, and nobody is new because of it.

    Which id becomes which is written first, into `keys/mappings/`; then the key is replaced in one step. Killed in
    between, the home goes on with the old key and the mapping counts for nothing. Raises `KeyNotRotated` for a purpose
    that has no key or whose key must stay, and `HomeBusy` while a run goes on.
    """
    if purpose not in ROTATABLE:
        raise KeyNotRotated(
            f"The key {purpose!r} is none that can be rotated; these are: {', '.join(ROTATABLE)}. "
            "(What `erasure` hashed could not be recognised with another key, and who was erased would come back.)"
        )
    if not (home.keys / f"{purpose}.key").is_file() and not is_lost(home, purpose):
        raise KeyNotRotated(f"There is no key {purpose} in {home.keys} yet: nothing was made with it.")
    with no_run(home) as working:
        before, fresh = secret_key(home, purpose), fresh_key()
        renamed: dict[str, int] = {}
        if purpose in _IDS:
            renamed = _map_ids(home, purpose, fresh, working, say)
        told = {"purpose": purpose, "before": fingerprint(before), "now": fingerprint(fresh), "renamed": renamed}
        record(home, "key_rotation", None, detail=told)
        replace_key(home, purpose, fresh)
        if purpose == "access_log":
            record(home, "key_rotation", None, detail=told | {"done": True})  # the first line under the new seal
    return Rotated(purpose, fingerprint(before), fingerprint(fresh), renamed)


def _map_ids(home: Home, purpose: str, fresh: bytes, working: Connection | None, say: Say) -> dict[str, int]:
    """Write which id becomes which; give how many of each letter."""
    with ExitStack() as opened:
        con = working or opened.enter_context(in_memory())
        kept = []
        for number, one in enumerate(publications(home)):
            kept.append(f"kept_{number}")
            attach_publication(con, kept[-1], one)
        write_aliases(con, home)
        write_known_ids(con, kept, _IDS[purpose])
        old_ids, new_ids = _keyed_again(con, fresh)
        if purpose == "person":
            say("ids of targets, which are made of those of persons")
            con.register("renamed_person", pa.table({"old_id": old_ids, "new_id": new_ids}))
            write_keyed_texts(con, kept)
            named_old, named_new = _named_after(con, key_ring(home, "target"))
            con.unregister("renamed_person")
            old_ids, new_ids = pa.concat_arrays([old_ids, named_old]), pa.concat_arrays([new_ids, named_new])
        write_mapping(home, purpose, fresh, old_ids, new_ids)
        con.register("mapped", pa.table({"old_id": old_ids}))
        counted = rows(con, "SELECT old_id[1], count(*) FROM mapped GROUP BY 1 ORDER BY 1")
        con.unregister("mapped")
        return {str(letter): int(number) for letter, number in counted}


def _keyed_again(con: Connection, fresh: bytes) -> tuple[pa.Array, pa.Array]:
    old, new = [pa.array([], pa.string())], [pa.array([], pa.string())]
    for (letter,) in rows(con, "SELECT DISTINCT id[1] FROM known_id ORDER BY 1"):
        ids = arrow(con, f"SELECT id FROM known_id WHERE id[1] = '{letter}' ORDER BY id").column(0).combine_chunks()
        old.append(ids)
        new.append(keyed_ids(str(letter), fresh, ids.to_pylist()))
    return pa.concat_arrays(old), pa.concat_arrays(new)


def _named_after(con: Connection, ring: tuple[bytes, ...]) -> tuple[pa.Array, pa.Array]:
    """Give the ids of targets and deaths, and those that their persons' new ids give them."""
    old, new = [pa.array([], pa.string())], [pa.array([], pa.string())]
    for letter in "TM":
        found = arrow(
            con,
            f"""SELECT id, before || new_id AS text FROM keyed_text JOIN renamed_person ON old_id = entity
            WHERE letter = '{letter}' ORDER BY id""",
        )
        old.append(found.column("id").combine_chunks())
        new.append(keyed_ids(letter, ring, found.column("text").to_pylist()))
    return pa.concat_arrays(old), pa.concat_arrays(new)
