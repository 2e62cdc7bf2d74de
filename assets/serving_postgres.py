"""What agencies query with their own tools: the publication in PostgreSQL, where one is configured."""

from collections.abc import Iterator

import dagster as dg

from assets.metadata import DATA_TEAM
from assets.night import Night
from assets.unforeseen import places
from warehouse.entitlements import policy_in_force
from warehouse.errors import PadanError
from warehouse.postgres import DSN_VARIABLE, Loaded, configured_dsn, load_postgres
from warehouse.publication import current_publication

GROUP = "targeting"
KEY = dg.AssetKey([GROUP, "postgres"])
CHECK = "postgres_loaded"


@dg.multi_asset(
    name="targeting__postgres",
    specs=[
        dg.AssetSpec(
            KEY,
            deps=[[GROUP, "publication"]],
            group_name=GROUP,
            kinds={"postgres"},
            owners=[DATA_TEAM],
            description=f"The publication in PostgreSQL, cut by the access policy, where {DSN_VARIABLE} names a "
            "server; swapped in one short transaction.",
        )
    ],
    check_specs=[
        dg.AssetCheckSpec(
            CHECK,
            asset=KEY,
            description="PostgreSQL, where configured, serves the newest publication.",
            metadata={"severity": "warn"},
        )
    ],
    pool="warehouse",
)
def postgres(
    context: dg.AssetExecutionContext, night: Night
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Load what is published; a server that is down or refuses stops nothing, and the next run catches up."""
    say = night.say(context)
    dsn = configured_dsn()
    if dsn is None:
        yield from _reported(f"{DSN_VARIABLE} names no server; nothing to load", passed=True)
        return
    try:
        home = night.place
        done = load_postgres(home, current_publication(home), policy_in_force(home), dsn, say=say)
    except PadanError as error:
        yield from _reported(f"not loaded: {error}", passed=False)
    except Exception as error:  # the publication stands and must not be told as failed for the server's sake
        kind, place = type(error).__name__, places(error)[-1]
        yield from _reported(f"not loaded: an unforeseen {kind} stopped the load at {place}.", passed=False)
    else:
        yield from _reported(_told(done), passed=True)


def _reported(said: str, *, passed: bool) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    yield dg.MaterializeResult(asset_key=KEY, metadata={"loaded": said})
    yield dg.AssetCheckResult(
        asset_key=KEY, check_name=CHECK, passed=passed, severity=dg.AssetCheckSeverity.WARN, description=said
    )


def _told(done: Loaded) -> str:
    """Say what is in force now, and which rights changed, by number: the log of the run has each."""
    readers = ", ".join(done.recipients) or "nobody"
    return f"{done.version} for {readers}; {len(done.given)} rights new, {len(done.taken)} taken back"
