"""What each agency may read, cut from the publication by the access policy."""

import dagster as dg

from assets.metadata import DATA_TEAM
from assets.night import Night, told_as_failure
from warehouse.entitlements import policy_in_force
from warehouse.entitlements.archive import archive_policy
from warehouse.publication import current_publication
from warehouse.snapshots import build_snapshots

GROUP = "targeting"


@dg.asset(
    key=[GROUP, "agency_snapshots"],
    deps=[[GROUP, "publication"]],
    group_name=GROUP,
    kinds={"duckdb", "parquet", "xlsx"},
    owners=[DATA_TEAM],
    description="For each recipient of the access policy, and each kecamatan where it is entitled: its rows and "
    "columns, masked, as DuckDB, Parquet and XLSX; pointed to once all of them are written.",
    pool="warehouse",
)
def agency_snapshots(context: dg.AssetExecutionContext, night: Night) -> dg.MaterializeResult[None]:
    """Give every recipient its snapshots of what is published; who is entitled no more loses them."""
    say = night.say(context)
    with told_as_failure(night.place):
        policy = policy_in_force(night.place)
        archive_policy(night.place)
        built = build_snapshots(night.place, current_publication(night.place), policy, afresh=night.afresh, say=say)
    say(f"{len(built.standing)} snapshots by the policy {policy.label}, {len(built.withdrawn)} withdrawn")
    if policy.ungranted:
        say(f"granted to nobody, as the policy does not know them: {', '.join(policy.ungranted)}")
    return dg.MaterializeResult(
        metadata={
            "version": built.version,
            "policy": policy.label,
            "snapshots": len(built.standing),
            "made": len(built.made),
            "withdrawn": ", ".join(built.withdrawn) or "none",
            "not granted to anyone": ", ".join(policy.ungranted) or "none",
        }
    )
