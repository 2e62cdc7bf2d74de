"""The second pass: a record whose household members were placed is looked for in the family they were placed in."""

from warehouse.database import Connection

_HOUSEHOLD_LINK = """
CREATE OR REPLACE TEMP TABLE household_link AS
SELECT DISTINCT a.household, b.family, link.b
FROM link
JOIN entity AS a ON a.entity_id = link.a
JOIN entity AS b ON b.entity_id = link.b
"""

_FAMILY_PAIR = """
CREATE OR REPLACE TEMP TABLE family_pair AS
WITH unplaced AS (
  SELECT entity_id, household FROM entity WHERE NOT of_register AND entity_id NOT IN (SELECT a FROM link)
),
household_family AS (SELECT DISTINCT household, family FROM household_link),
compared AS (
  SELECT a, b FROM pair JOIN unplaced ON entity_id = a
  UNION
  SELECT unplaced.entity_id, member.entity_id
  FROM unplaced
  JOIN household_family USING (household)
  JOIN entity AS member ON member.of_register AND member.family = household_family.family
)
SELECT compared.a, compared.b, count(DISTINCT household_link.b) AS companions
FROM compared
JOIN entity AS ea ON ea.entity_id = compared.a
JOIN entity AS eb ON eb.entity_id = compared.b
LEFT JOIN household_link
  ON household_link.household = ea.household AND household_link.family = eb.family AND household_link.b <> compared.b
GROUP BY compared.a, compared.b
"""


def pair_with_families(con: Connection) -> None:
    """Fill `family_pair(a, b, companions)`: the records not in `link` yet, with whom their household suggests.

    That is each register person they share a key with (`pair`), and each member of a family in which others of their
    household were placed.
    `companions` counts the other persons of b's family whom somebody else of a's household was joined to. The person
    b does not count: a family is never its own evidence.
    """
    con.execute(_HOUSEHOLD_LINK)
    con.execute(_FAMILY_PAIR)
