"""From person records to descriptions: what one or more records of a dataset and role say of a person's identity.

A description is numbered by a hash of its content, so that nothing that follows depends on the order of rows and files,
and yesterday's number is today's. What the contents say is remembered (`linkage_memory.mention`), those of tonight and
no others.
"""

from integration.linkage.engine import Engine, table_of
from integration.linkage.statements import statements


def read_contents(engine: Engine, first: bool) -> None:
    """Bring `linkage_memory.mention` up to tonight's records; fill `record_description` and what follows from it.

    That is `fresh_content`, `gone_content` (what is said tonight and was not last night, and the reverse),
    `superseded(content_id)` (contents of persons of the spine for whom a newer one speaks), `disputed_number` and
    `row_mate`. The `first` night remembers nothing.
    """
    texts = statements("descriptions.sql")
    engine.sql("record_content", texts["record_content"])
    engine.sql("fresh_content", texts["every_content" if first else "fresh_content"])
    if not first:
        engine.sql("gone_content", texts["gone_content"])
    gone = "description_id IN (SELECT content_id FROM gone_content)"
    engine.sql("linkage_memory.mention", texts["mention"], replacing=gone)
    for name in ("disputed_number", "same_number", "superseded", "record_description", "row_mate"):
        engine.sql(name, texts[name])


def count_spine(engine: Engine) -> tuple[float, int]:
    """Give the size of the spine in steps of an eighth of a doubling (few more change no frequency), and as it is."""
    counted = table_of(
        engine,
        """SELECT pow(2, round(log2(greatest(count(*), 1)) * 8) / 8) AS size, count(*) AS persons
        FROM linkage_memory.mention ANTI JOIN superseded ON content_id = description_id WHERE in_spine""",
    )
    return float(counted["size"][0].as_py()), int(counted["persons"][0].as_py())
