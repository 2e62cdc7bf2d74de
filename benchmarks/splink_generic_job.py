"""Splink 5 de-duplicating the records of `generic_population.py`; runs in the peers' environment.

    PEER_PYTHON splink_generic_job.py RECORDS.parquet CLUSTERS.parquet

CLUSTERS gets record_id, clustering, entity. The last line of standard output is JSON: what it cost until the pairs
were scored, what each clustering added, and how many pairs were scored.
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

# The best for Splink of what was tried: Splink's comparison of both names at once costs a fifth more and finds less, a
# level for names exchanged and further blocking rules change nothing, and so do term frequencies while training.
SETTINGS = SettingsCreator(
    link_type="dedupe_only",
    unique_id_column_name="record_id",
    comparisons=[
        cl.NameComparison("given_name"),
        cl.NameComparison("surname"),
        cl.DateOfBirthComparison("birth_date", input_is_string=False),
        cl.CustomComparison(
            output_column_name="address",
            comparison_levels=[
                cll.And(cll.NullLevel("postcode"), cll.NullLevel("locality")),
                cll.ExactMatchLevel("postcode").configure(tf_adjustment_column="postcode"),
                cll.LevenshteinLevel("postcode", 1),
                cll.ExactMatchLevel("locality").configure(tf_adjustment_column="locality"),
                cll.JaroWinklerLevel("locality", 0.92),
                cll.ElseLevel(),
            ],
        ),
    ],
    blocking_rules_to_generate_predictions=[
        block_on("surname", "birth_date"),
        block_on("given_name", "birth_date"),
        block_on("birth_date", "postcode"),
        block_on("given_name", "surname", "locality"),
        block_on("surname", "postcode", "substr(given_name, 1, 1)"),
        block_on("given_name", "postcode"),
    ],
    retain_matching_columns=False,
)
# Blocks wide enough to hold pairs that disagree elsewhere: with narrower ones EM never sees that people move.
TRAINING_BLOCKS = (block_on("given_name", "surname"), block_on("birth_date", "substr(locality, 1, 2)"))

api = DuckDBAPI()
database = api.duckdb_con
with measured_part() as scoring:
    database.execute(
        "CREATE TABLE people AS SELECT * REPLACE (birth_date::DATE AS birth_date) FROM read_parquet(?)", [RECORDS]
    )
    linker = Linker(api.register("people"), SETTINGS, log_level=logging.ERROR)
    sure = [block_on("given_name", "surname", "birth_date"), block_on("birth_date", "postcode")]
    linker.training.estimate_probability_two_random_records_match(sure, recall=0.8)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e7)
    for block in TRAINING_BLOCKS:
        linker.training.estimate_parameters_using_expectation_maximisation(
            block, estimate_without_term_frequencies=True
        )
    blocked = linker.inference.compute_blocked_pairs_for_predict()
    pairs = len(blocked.as_duckdbpyrelation())
    scored = linker.inference.predict(threshold_match_probability=min(THRESHOLDS))
    blocked.drop_table_from_database_and_remove_from_cache()

database.execute("CREATE TABLE result (record_id BIGINT, clustering VARCHAR, entity BIGINT)")
clusterings = {}
for threshold in THRESHOLDS:
    with measured_part() as clustering:
        found = linker.clustering.cluster_pairwise_predictions_at_threshold(scored, threshold)
    name = f"clusters at {threshold}"
    clusterings[name] = clustering.__dict__
    database.execute(f"INSERT INTO result SELECT record_id, ?, cluster_id FROM {found.physical_name}", [name])
    found.drop_table_from_database_and_remove_from_cache()
database.execute(f"COPY result TO '{CLUSTERS}' (FORMAT parquet)")
print(json.dumps({"scoring": scoring.__dict__, "clusterings": clusterings, "pairs": pairs}))
