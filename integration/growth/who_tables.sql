-- One row per sex and day with every index for age, so that one join serves them all. Arm circumference begins at 91
-- days: before, its columns are null.
CREATE OR REPLACE TEMP TABLE who_for_age AS
SELECT
    sex, x AS age_days,
    height.l AS height_l, height.m AS height_m, height.s AS height_s,
    weight.l AS weight_l, weight.m AS weight_m, weight.s AS weight_s,
    bmi.l AS bmi_l, bmi.m AS bmi_m, bmi.s AS bmi_s,
    arm.l AS arm_l, arm.m AS arm_m, arm.s AS arm_s
FROM read_csv('$folder/length_height_for_age.csv', $by_day) AS height
JOIN read_csv('$folder/weight_for_age.csv', $by_day) AS weight USING (sex, x)
JOIN read_csv('$folder/bmi_for_age.csv', $by_day) AS bmi USING (sex, x)
LEFT JOIN read_csv('$folder/arm_circumference_for_age.csv', $by_day) AS arm USING (sex, x);

-- One row per sex, position and millimetre: the values there, and how far it is to those of the next millimetre.
-- The last step of a table has no next: a child of exactly that length needs none, a longer one is out of range.
CREATE OR REPLACE TEMP TABLE who_weight_for_height AS
WITH steps AS (
    SELECT 'L' AS position, * FROM read_csv('$folder/weight_for_length.csv', $by_millimetre)
    UNION ALL
    SELECT 'H' AS position, * FROM read_csv('$folder/weight_for_height.csv', $by_millimetre)
)
SELECT
    sex, position, round(x * 10)::INTEGER AS millimetres, l, m, s,
    coalesce(lead(l) OVER longer - l, 0) AS l_step,
    coalesce(lead(m) OVER longer - m, 0) AS m_step,
    coalesce(lead(s) OVER longer - s, 0) AS s_step,
    max(x) OVER (PARTITION BY sex, position) AS longest
FROM steps
WINDOW longer AS (PARTITION BY sex, position ORDER BY x);
