"""The matching run from person records to who is whom and what people should decide."""

from dataclasses import dataclass

from integration.linkage import memory
from integration.linkage.decisions import read_decisions, remember_decisions
from integration.linkage.descriptions import count_spine, read_contents
from integration.linkage.duckdb_engine import DuckDBEngine
from integration.linkage.engine import number
from integration.linkage.entities import describe, with_frequencies
from integration.linkage.households import match_households
from integration.linkage.model import Model
from integration.linkage.outcome import write_outcome
from integration.linkage.outside import match_outside
from integration.linkage.passes import Night
from integration.linkage.prior import family_cap, spine_prior
from integration.linkage.spine import match_with_spine
from warehouse.database import Connection
from warehouse.progress import Say, silent
from warehouse.tables import table
from warehouse.tables.filling import ensure


@dataclass(frozen=True)
class MatchSummary:
    """What a matching run did, in numbers.

    `compared` counts tonight's comparisons only; `left_out` those never made because too many records share the key:
    lost recall, at most. `changed` is how many descriptions were new or looked at with other eyes than yesterday.
    """

    records: int
    register_persons: int
    descriptions: int
    changed: int
    compared: int
    left_out: int
    placed: int
    unplaced: int
    review: int


def match_records(con: Connection, model: Model, say: Say = silent, *, afresh: bool = False) -> MatchSummary:
    """Find out who is whom in `clean_records.person_record` and write the tables of the stage `matched_pairs`.

    First every description is looked for in the civil register, then once more with the families found as evidence;
    what is left is compared with itself. Only what changed since the last night is worked on, unless `afresh`; the
    result is the same, and does not depend on the order of rows and files.
    """
    ensure(con, table("matched_pairs.decision"))
    recalled = memory.recall(con, model, afresh=afresh)
    engine = DuckDBEngine(con)
    with engine.working():
        return _match(engine, model, recalled, say)


def _match(engine: DuckDBEngine, model: Model, recalled: memory.Memory, say: Say) -> MatchSummary:
    first = recalled.spine_size is None
    read_contents(engine, first)
    size, persons = count_spine(engine)
    if not first and size != recalled.spine_size:
        # Every frequency is reckoned with the size of the spine: another one makes all entities others.
        memory.forget(engine.connection)
        first = True
        read_contents(engine, first)
    describe(engine, model, size, first)
    changed = number(engine, "SELECT count(*) FROM fresh_entity")
    descriptions = number(engine, "SELECT count(*) FROM linkage_memory.entity WHERE NOT in_spine")
    say(f"{persons:,} register persons; {descriptions:,} descriptions; {changed:,} new or seen otherwise than before")
    read_decisions(engine)
    remember_decisions(engine, first)
    night = Night(first, spine_prior(model, size), family_cap(model, size), say)
    blocks = match_with_spine(engine, model, night)
    blocks += match_households(engine, model, night)
    with_frequencies(engine, "outsider", "linkage_memory.left_over SEMI JOIN unplaced USING (entity_id)", size)
    blocks += match_outside(engine, model, "outsider", "unplaced", size, say)
    write_outcome(engine, model, first)
    memory.keep(engine.connection, model, size)
    return MatchSummary(
        records=number(engine, "SELECT count(*) FROM record_description"),
        register_persons=persons,
        descriptions=descriptions,
        changed=changed,
        compared=blocks.pairs,
        left_out=blocks.left_out,
        placed=number(engine, "SELECT count(*) FROM linkage_memory.link"),
        unplaced=number(engine, "SELECT count(*) FROM unplaced"),
        review=number(engine, "SELECT count(*) FROM matched_pairs.review_queue"),
    )
