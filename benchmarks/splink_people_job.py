"""Splink 5 on Padan's person records; runs in the peers' environment, called by `splink_people.py`.

    PEER_PYTHON splink_people_job.py RECORDS.parquet CLUSTERS.parquet

RECORDS has the columns of `splink_people.py`. CLUSTERS gets unique_id, clustering, cluster. The last line of standard
output is JSON: what it cost until the pairs were scored, what each clustering added, and how many pairs were scored.
"""

import json
import logging
import sys

import splink.comparison_level_library as cll  # type: ignore[import-not-found]
import splink.comparison_library as cl  # type: ignore[import-not-found]
from resource_use import measured_part
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

THRESHOLDS = (0.95, 0.99, 0.999)
RECORDS, CLUSTERS = sys.argv[1:3]

# The best for Splink of what was tried: levels for a NIK with one or two wrong digits cost it precision (brothers and
# sisters differ by so much), and so does training on pairs of one birth date and village; the card alone as a blocking
# rule doubles the pairs for the same F1.
SETTINGS = SettingsCreator(
    link_type="link_and_dedupe",
    comparisons=[
        cl.NameComparison("name", jaro_winkler_thresholds=[0.95, 0.9, 0.8]),
        cl.DateOfBirthComparison("birth_date", input_is_string=False),
        cl.ExactMatch("nik"),
        cl.LevenshteinAtThresholds("kk", 1),
        cl.JaroWinklerAtThresholds("mother", [0.95, 0.88]).configure(term_frequency_adjustments=True),
        cl.CustomComparison(
            output_column_name="residence",
            comparison_levels=[
                cll.NullLevel("village"),
                cll.CustomLevel("village_l = village_r AND rt_l = rt_r AND rw_l = rw_r"),
                cll.CustomLevel("village_l = village_r AND rw_l = rw_r"),
                cll.ExactMatchLevel("village"),
                cll.ElseLevel(),
            ],
        ),
        cl.ExactMatch("sex"),
    ],
    blocking_rules_to_generate_predictions=[
        block_on("nik"),
        block_on("kk", "birth_date"),
        block_on("kk", "substr(name, 1, 3)"),
        block_on("kk", "regexp_extract(name, '[^ ]*$')"),
        block_on("birth_date", "village"),
        block_on("birth_date", "substr(name, 1, 3)"),
        block_on("name", "village"),
        block_on("mother", "birth_date"),
        block_on("mother", "village", "substr(name, 1, 1)"),
    ],
    retain_matching_columns=False,
)
# Each leaves out of the training only what it blocks on; together they train everything.
TRAINING_BLOCKS = (block_on("nik"), block_on("birth_date", "substr(name, 1, 3)"), block_on("kk", "name"))

api = DuckDBAPI()
database = api.duckdb_con
with measured_part() as scoring:
    database.execute("CREATE TABLE people AS FROM read_parquet(?)", [RECORDS])
    linker = Linker(api.register("people"), SETTINGS, log_level=logging.ERROR)
    sure = [block_on("nik"), block_on("name", "birth_date")]
    linker.training.estimate_probability_two_random_records_match(sure, recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e7)
    for block in TRAINING_BLOCKS:
        linker.training.estimate_parameters_using_expectation_maximisation(block)
    blocked = linker.inference.compute_blocked_pairs_for_predict()
    pairs = len(blocked.as_duckdbpyrelation())
    scored = linker.inference.predict(threshold_match_probability=min(THRESHOLDS))
    blocked.drop_table_from_database_and_remove_from_cache()

# A child may be measured in two posyandu in one month; the other sources hold each person once.
once = "SELECT DISTINCT source_dataset FROM people WHERE source_dataset NOT LIKE 'dinkes_balita%' ORDER BY 1"
sources = [source for (source,) in database.execute(once).fetchall()]
database.execute("CREATE TABLE result (unique_id BIGINT, clustering VARCHAR, cluster VARCHAR)")
clusterings = {}
for threshold in THRESHOLDS:
    for kind in ("clusters", "one-to-one"):
        with measured_part() as clustering:
            if kind == "clusters":
                found = linker.clustering.cluster_pairwise_predictions_at_threshold(scored, threshold)
            else:
                found = linker.clustering.cluster_using_single_best_links(scored, sources, threshold)
        name = f"{kind} at {threshold}"
        clusterings[name] = clustering.__dict__
        database.execute(
            f"INSERT INTO result SELECT unique_id, ?, cluster_id::VARCHAR FROM {found.physical_name}", [name]
        )
        found.drop_table_from_database_and_remove_from_cache()
database.execute(f"COPY result TO '{CLUSTERS}' (FORMAT parquet)")
print(json.dumps({"scoring": scoring.__dict__, "clusterings": clusterings, "pairs": pairs}))
