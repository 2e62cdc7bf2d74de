"""What a run leaves on the terminal: counts only, no person."""

import click
import duckdb

from warehouse.database import reader, rows
from warehouse.publication import Publication
from warehouse.settings import Home


def show_intake(home: Home) -> None:
    """Show the files in force, reconciled: read + refused + skipped = physical rows; and every refused delivery."""
    with reader(home) as connection:
        counts = rows(
            connection,
            """
            SELECT dataset, max(period), count(*), sum(physical_rows), sum(read_rows), sum(refused_rows),
                sum(skipped_title + skipped_header + skipped_blank + skipped_footer),
                bool_and(manifest_rows IS NOT NULL), max(received_at)::DATE::VARCHAR
            FROM agency_extracts.source_file JOIN agency_extracts.delivery USING (delivery_id)
            WHERE status = 'in_force' GROUP BY dataset ORDER BY dataset
            """,
        )
        refused = rows(
            connection, "SELECT reason FROM agency_extracts.delivery WHERE status = 'refused' ORDER BY reason"
        )
        reasons = rows(
            connection,
            """
            SELECT q.dataset, coalesce(q.column_name, 'line'), q.reason_code, count(*)
            FROM agency_extracts.quarantine AS q
            JOIN agency_extracts.source_file USING (source_file_id)
            JOIN agency_extracts.delivery AS d USING (delivery_id)
            WHERE d.status = 'in_force' GROUP BY ALL ORDER BY ALL
            """,
        )
    if not counts:
        click.echo("\nNo delivery is in force.")
    else:
        click.echo(
            "\nDeliveries in force            newest    received  files     physical =      read +  refused +  skipped"
        )
    for dataset, period, files, physical, read, lost, skipped, verified, received in counts:
        mark = "" if verified else "  counts unverified: no manifest"
        of = f"{dataset:26} {period:>7}  {received} {files:6,}"
        click.echo(f"  {of} {physical:12,} {read:11,} {lost:10,} {skipped:10,}{mark}")
    for dataset, column, reason, number in reasons:
        click.echo(f"  in quarantine: {dataset}, {column}: {reason}, {number:,} row(s)")
    for (sentence,) in refused:
        click.echo(f"  REFUSED {sentence}")


def show_targets(publication: Publication) -> None:
    """Show how many targets of each kind stand in each tier, and how to look at them."""
    with duckdb.connect(str(publication.database), read_only=True) as connection:
        tiers = rows(
            connection,
            """
            SELECT tier, count(*) FILTER (subject_type = 'balita'), count(*) FILTER (subject_type = 'ibu'),
                count(*) FILTER (subject_type = 'keluarga')
            FROM targeting GROUP BY tier ORDER BY tier
            """,
        )
    click.echo("\n  tier     balita        ibu   keluarga")
    for tier, balita, mothers, families in tiers:
        click.echo(f"  {tier:4} {balita:10,} {mothers:10,} {families:10,}")
