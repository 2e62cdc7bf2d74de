"""The second pass: a record whose household members were placed is looked for in the family they were placed in."""

from integration.linkage.engine import Engine

_LARGEST_HOUSEHOLD = 300
_LARGEST_FAMILY = 100
"""Descriptions of a household, persons of a family: a card that more carry is no household, but a number misused."""

_HOUSEHOLD_LINK = """
SELECT DISTINCT a.household, b.family, link.b
FROM unplaced
JOIN linkage_memory.left_over AS u USING (entity_id)
JOIN member AS a ON a.household = u.household
JOIN {link} AS link ON link.a = a.entity_id
JOIN linkage_memory.entity AS b ON b.entity_id = link.b
"""

# The families in which somebody of the household was placed, and the pairs of keys, each once.
_FAMILY_PAIR = """
WITH suggested AS (
  SELECT u.entity_id AS a, m.entity_id AS b
  FROM unplaced AS u
  JOIN linkage_memory.left_over AS e USING (entity_id)
  JOIN (SELECT DISTINCT household, family FROM household_link) AS h ON h.household = e.household
  JOIN spine_member AS m ON m.family = h.family
),
compared AS (
  SELECT a, b FROM suggested
  UNION
  SELECT a, b FROM {known} WHERE a IN (SELECT entity_id FROM unplaced)
)
SELECT compared.a, compared.b, count(DISTINCT household_link.b)::UTINYINT AS companions
FROM compared
JOIN linkage_memory.left_over AS ea ON ea.entity_id = compared.a
JOIN linkage_memory.entity AS eb ON eb.entity_id = compared.b
LEFT JOIN household_link
  ON household_link.household = ea.household AND household_link.family = eb.family AND household_link.b <> compared.b
GROUP BY compared.a, compared.b
"""


def read_members(engine: Engine) -> None:
    """Fill `member(entity_id, household)` of the households that hold somebody of `unplaced`."""
    engine.sql(
        "member",
        f"""SELECT entity_id, household
        FROM linkage_memory.entity
        WHERE NOT in_spine AND household IN (
          SELECT household FROM unplaced JOIN linkage_memory.left_over USING (entity_id))
        QUALIFY count(*) OVER (PARTITION BY household) <= {_LARGEST_HOUSEHOLD}""",
    )


def pair_with_families(engine: Engine, link: str, known: str) -> None:
    """Fill `family_pair(a, b, companions)`: those of `unplaced` with whom keys or their household suggest.

    That is each person of `known(a, b)`, and each member of a family in which others of their household were placed.
    `companions` counts the other persons of b's family whom somebody else of a's household was joined to. The person
    b does not count: a family is never its own evidence.
    """
    engine.sql("household_link", _HOUSEHOLD_LINK.format(link=link))
    engine.sql(
        "spine_member",
        f"""SELECT entity_id, family
        FROM linkage_memory.entity
        WHERE in_spine AND family IN (SELECT family FROM household_link)
        QUALIFY count(*) OVER (PARTITION BY family) <= {_LARGEST_FAMILY}""",
    )
    engine.sql("family_pair", _FAMILY_PAIR.format(known=known))
