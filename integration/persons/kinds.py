"""What a person and a family are known by from night to night."""

from integration.persons.lasting_ids import Kind

PERSON = Kind(
    name="person",
    letter="P",
    # What a record says is the same tomorrow. A register row says another thing as soon as the address changes: there
    # the NIK stands for it, and outweighs all else.
    units="""
        SELECT link.cluster AS unit, bit_xor(coalesce(part, description_id)) AS whole
        FROM matched_pairs.person_link AS link
        LEFT JOIN own_nik ON own_nik.cluster = description_id
        GROUP BY link.cluster""",
    # Two facts that agree are a hint, for the night when a row of somebody outside the register is corrected.
    parts="""
        SELECT unit, coalesce(part, description_id) AS part,
          CASE WHEN part IS NULL THEN 100 ELSE 1000000 END AS weight, match_method AS how
        FROM person_changed
        JOIN matched_pairs.person_link AS link ON link.cluster = unit
        LEFT JOIN own_nik ON own_nik.cluster = description_id
        UNION ALL
        SELECT DISTINCT unit, part, 1, NULL
        FROM (
          SELECT unit, unnest([number_of(nik || ' ' || name), number_of(nik || ' ' || birth_date),
                               number_of(name || ' ' || birth_date || ' ' || village)]) AS part
          FROM person_changed
          JOIN matched_pairs.person_link AS link ON link.cluster = unit
          JOIN matched_pairs.description USING (description_id)
          WHERE unit NOT IN (SELECT cluster FROM own_nik)
        )
        WHERE part IS NOT NULL""",
    times="SELECT description_id AS part FROM matched_pairs.record_description",
    texts="""
        SELECT unit, coalesce('nik ' || nik, 'description ' || unit) AS text
        FROM person_nameless
        LEFT JOIN own_nik ON cluster = unit""",
)

FAMILY = Kind(
    name="family",
    letter="F",
    units="""
        SELECT family AS unit, bit_xor(part) AS whole FROM family_member GROUP BY family""",
    # The card is a hint: a family that gets another one keeps its id as long as most of its members stay.
    parts="""
        SELECT unit, part, 100 AS weight, written AS how
        FROM family_changed
        JOIN family_member ON family = unit
        UNION ALL
        SELECT unit, number_of('kk ' || unit), 1, NULL
        FROM family_changed
        WHERE is_kk(unit)""",
    times="SELECT NULL::BIGINT AS part LIMIT 0",
    texts="""
        SELECT unit, CASE WHEN is_kk(unit) THEN 'kk ' || lpad(unit::VARCHAR, 16, '0') ELSE first_member END AS text
        FROM family_nameless
        JOIN (SELECT family, 'member ' || min(person_id) AS first_member FROM family_member GROUP BY family)
          ON family = unit""",
)
