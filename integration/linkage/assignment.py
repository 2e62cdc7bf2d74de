"""Who gets whom: each record at most one person, and a person at most one record of a snapshot that holds each once."""

from integration.linkage.model import PersonModel
from warehouse.database import Connection, value

_MOST_ROUNDS = 20


def begin(con: Connection, model: PersonModel) -> None:
    """Create the empty table `link(a, b)` and `exclusive_snapshot`, the exclusive snapshots each description is in."""
    con.execute("CREATE OR REPLACE TEMP TABLE link (a BIGINT, b BIGINT)")
    con.execute("CREATE OR REPLACE TEMP TABLE exclusive (dataset VARCHAR, role VARCHAR, repeats BOOLEAN)")
    for source in model.exclusive:
        con.execute("INSERT INTO exclusive VALUES (?, ?, ?)", [source.dataset, source.role, source.repeats])
    con.execute(
        """CREATE OR REPLACE TEMP TABLE exclusive_snapshot AS
        SELECT entity_id, dense_rank() OVER (ORDER BY dataset, role, snapshot_date) AS snapshot, repeats
        FROM entity_snapshot JOIN exclusive USING (dataset, role)"""
    )


def assign(con: Connection, model: PersonModel, weighed: str) -> None:
    """Add to `link` what can be joined without asking, from the table `weighed` of pairs with a register person.

    A record speaks of one person of the register or of nobody in it, so the chance of a person is 2^weight over 1 (for
    nobody) plus the sum of all of them: two namesakes share one half each. Rounds of proposals: every free record
    proposes to its best person still open to it, if that chance reaches the auto band; of the records of one
    exclusive snapshot that propose to the same person the strongest is taken. A taken person is no rival any more, so
    that the second of two twins becomes clear once the first is placed. Both sides of an accepted pair prefer it to
    whatever was open, which is the stable solution of the assignment; the optimal one (largest sum) would let a
    doubtful pair push a certain one aside. Ends when a round changes nothing; ties go by content, never by row order.
    """
    for _ in range(_MOST_ROUNDS):
        con.execute(_OPEN.format(weighed=weighed, repeats_when=model.repeats_when, keep=model.weight_of(model.keep)))
        con.execute(_PROPOSAL.format(auto=model.auto))
        con.execute(_ACCEPTED)
        con.execute("INSERT INTO link SELECT a, b FROM accepted")
        if value(con, "SELECT count(*) FROM accepted") == 0:
            break


# Pairs whose record is free and whose person is not taken yet by another record of the same exclusive snapshot.
_OPEN = """
CREATE OR REPLACE TEMP TABLE open_pair AS
WITH taken AS (
  SELECT DISTINCT link.b, snapshot FROM link JOIN exclusive_snapshot ON entity_id = link.a
),
closed AS (
  SELECT DISTINCT w.a, w.b, repeats
  FROM {weighed} AS w
  JOIN exclusive_snapshot AS s ON s.entity_id = w.a
  JOIN taken ON taken.b = w.b AND taken.snapshot = s.snapshot
)
SELECT w.a, w.b, w.weight, ({repeats_when}) AS repeat
FROM {weighed} AS w
LEFT JOIN closed ON closed.a = w.a AND closed.b = w.b
WHERE forbidden IS NULL
  AND weight >= {keep}
  AND w.a NOT IN (SELECT a FROM link)
  AND (closed.a IS NULL OR closed.repeats AND ({repeats_when}))
"""

_PROPOSAL = """
CREATE OR REPLACE TEMP TABLE proposal AS
SELECT a, b, weight, repeat
FROM (
  SELECT
    *,
    pow(2, weight) / (1 + sum(pow(2, weight)) OVER (PARTITION BY a)) AS chance,
    row_number() OVER (PARTITION BY a ORDER BY weight DESC, b) AS place
  FROM open_pair
)
WHERE place = 1 AND chance >= {auto}
"""

_ACCEPTED = """
CREATE OR REPLACE TEMP TABLE accepted AS
SELECT a, b FROM proposal
WHERE a NOT IN (
  SELECT p.entity_id
  FROM (SELECT * FROM proposal JOIN exclusive_snapshot ON entity_id = a) AS p
  QUALIFY NOT (p.repeat AND p.repeats)
    AND row_number() OVER (PARTITION BY p.b, p.snapshot ORDER BY p.weight DESC, p.a) > 1
)
"""
