-- Each family record and the family it speaks of.
SELECT
  id AS family_id,
  dataset,
  household_ref,
  CASE WHEN card.family IS NOT NULL THEN 'kk' ELSE coalesce(household_family.linked_by, loose_household.linked_by) END
    AS linked_by
FROM (
  SELECT dataset, household_ref, coalesce(kk_number(no_kk, 'valid'), household_number(dataset, household_ref)) AS household
  FROM clean_records.family_record
) AS listed
LEFT JOIN card ON card.family = household
LEFT JOIN household_family USING (household)
LEFT JOIN loose_household USING (household)
JOIN family_key ON unit = coalesce(card.family, household_family.family, loose_household.family)
