-- An id that lives again needs no alias; what pointed to one that was merged points to where that went.
DELETE FROM persons.{kind}_alias WHERE old_{kind}_id IN (SELECT id FROM {kind}_event);

UPDATE persons.{kind}_alias SET {kind}_id = other_id FROM {kind}_event WHERE event = 'merged' AND {kind}_id = id;

INSERT INTO persons.{kind}_alias SELECT id, other_id FROM {kind}_event WHERE event = 'merged';

INSERT INTO persons.{kind}_history
SELECT id, event, other_id, {on}, how, {run_id} FROM {kind}_event;

UPDATE persons.{kind}_whole SET held_until = {on}
WHERE held_until IS NULL AND whole NOT IN (SELECT whole FROM {kind}_unit);

DELETE FROM persons.{kind}_whole WHERE whole IN (SELECT whole FROM {kind}_changed);

INSERT INTO persons.{kind}_whole
SELECT whole, id, {on}, NULL FROM {kind}_changed JOIN {kind}_key USING (unit);

CREATE OR REPLACE TEMP TABLE held_now AS
SELECT part, id, weight > 1 AS is_own FROM {kind}_part JOIN {kind}_key USING (unit);

UPDATE persons.{kind}_anchor AS held SET held_until = {on}
FROM held_now
WHERE held.part = held_now.part AND is_own AND held.{kind}_id <> id AND held_until IS NULL;

UPDATE persons.{kind}_anchor AS held SET held_until = NULL
FROM held_now
WHERE held.part = held_now.part AND held.{kind}_id = id AND held_until IS NOT NULL;

INSERT INTO persons.{kind}_anchor
SELECT part, id, {on}, NULL::DATE
FROM held_now
ANTI JOIN persons.{kind}_anchor AS held ON held.part = held_now.part AND held.{kind}_id = held_now.id;
