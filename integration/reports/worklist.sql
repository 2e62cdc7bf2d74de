-- Whom to visit this week, and what to say of them in words; one row per target.

-- The words for codes, and the sentences of the rules.
CREATE OR REPLACE TEMP MACRO say(code) AS coalesce($codes[code], code, $unknown);
CREATE OR REPLACE TEMP MACRO say_all(codes) AS
    array_to_string(list_transform(codes, lambda code: coalesce($codes[code], code)), ', ');
CREATE OR REPLACE TEMP MACRO reasons_said(codes) AS
    array_to_string(list_transform(codes, lambda code: coalesce($reasons[code], code)), '; ');
CREATE OR REPLACE TEMP MACRO gaps_said(codes) AS
    array_to_string(list_transform(codes, lambda code: coalesce($gaps[code], code)), '; ');
CREATE OR REPLACE TEMP MACRO factors_said(codes) AS
    array_to_string(list_transform(codes, lambda code: coalesce($factors[code], code)), '; ');
CREATE OR REPLACE TEMP MACRO yes_no(x) AS CASE WHEN x THEN $yes WHEN NOT x THEN $no ELSE $unknown END;
CREATE OR REPLACE TEMP MACRO whole(x) AS x::BIGINT::VARCHAR;
CREATE OR REPLACE TEMP MACRO one_decimal(x) AS replace(printf('%.1f', x::DOUBLE), '.', ',');
CREATE OR REPLACE TEMP MACRO on_day(x) AS strftime(x, '%d-%m-%Y');
-- As integration.explanation.masking.number does.
CREATE OR REPLACE TEMP MACRO masked(x) AS CASE WHEN $in_full THEN x ELSE x[:6] || '******' || x[13:] END;

-- Who was on the list a week before (nobody, where there is no such publication).
CREATE OR REPLACE TEMP TABLE listed_before AS
SELECT * FROM $before WHERE tier < 'P5';

CREATE OR REPLACE TEMP TABLE listed AS
SELECT
    n.*,
    NULL::VARCHAR AS people,
    CASE
        WHEN NOT $compared THEN ''
        WHEN b.target_id IS NULL THEN $new
        WHEN n.village_code IS DISTINCT FROM b.village_code
            THEN replace($arrived, '{village}', coalesce(b.village_name, $unknown))
        WHEN n.tier < b.tier THEN replace($up, '{tier}', b.tier)
        WHEN n.tier > b.tier THEN replace($down, '{tier}', b.tier)
        ELSE $same
    END AS change,
    $compared AND (b.target_id IS NULL OR n.village_code IS DISTINCT FROM b.village_code) AS is_new,
    false AS is_gone
FROM $now AS n
LEFT JOIN listed_before AS b USING (target_id)
WHERE n.tier < 'P5'
UNION ALL BY NAME
-- Who is on it no more, as he or she stood there then.
SELECT
    b.* REPLACE ($exit_tier AS tier, [] AS tier_reasons, [] AS gaps),
    NULL::VARCHAR AS people,
    CASE
        WHEN n.tier < 'P5' THEN replace($left_village, '{village}', coalesce(n.village_name, $unknown))
        WHEN n.tier = 'P5' THEN $monitored
        WHEN e.reason IS NOT NULL THEN replace($left, '{reason}', say(e.reason))
        ELSE $left_unknown
    END AS change,
    false AS is_new,
    true AS is_gone
FROM listed_before AS b
LEFT JOIN $now AS n USING (target_id)
LEFT JOIN $exits AS e ON e.target_id = b.target_id
WHERE n.target_id IS NULL OR n.tier = 'P5' OR n.village_code IS DISTINCT FROM b.village_code;
