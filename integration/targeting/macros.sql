-- True as soon as one is known true, false only if all are known false; null while that is open.
CREATE OR REPLACE TEMP MACRO any_true(statement) AS
    CASE WHEN bool_or(statement) THEN true WHEN count(*) = count(statement) THEN false END;

-- What the members say; that nobody does counts only where all members are known. Else what K1 says.
CREATE OR REPLACE TEMP MACRO members_else_k1(of_members, all_known, of_k1) AS
    CASE WHEN of_members THEN true WHEN NOT of_members AND all_known THEN false ELSE of_k1 END;

-- SIGA's codes: 1 yes, 2 no; 3 (not applicable) says neither.
CREATE OR REPLACE TEMP MACRO k1_says(code) AS CASE code WHEN '1' THEN true WHEN '2' THEN false END;

-- Orders links from the weakest to the strongest: by band, then by probability.
CREATE OR REPLACE TEMP MACRO link_strength(link) AS
    CASE link.band WHEN 'auto' THEN 20 WHEN 'review' THEN 10 ELSE 0 END + coalesce(link.probability, 0);
