"""The report of a whole night, from agencies' files on."""

from recomputed import Recount, agrees

from warehouse.database import reader, rows


def test_every_number_of_a_night_agrees_with_the_one_recomputed(night_run) -> None:
    with reader(night_run.home) as con:
        period_end = rows(con, "SELECT DISTINCT period_end FROM targeting.targeting")[0][0]
        measured, families = rows(
            con,
            """
            SELECT
                max(numerator) FILTER (indicator_code = 'I02'), max(denominator) FILTER (indicator_code = 'I17')
            FROM targeting.report_month_full
        """,
        )[0]

        agrees(con, Recount(con, period_end))

        assert measured > 0
        assert families > 0
