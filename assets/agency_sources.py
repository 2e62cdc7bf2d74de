"""One asset for each agency: what it delivers is fetched from its sources into the inbox, before anything is read.

Only a fault of the line is tried again. A source that stays down stops nothing: what is in force stays so, and the
check `fetched` says since when.
"""

from collections.abc import Iterator

import dagster as dg

from assets.metadata import OWNERS
from assets.night import Night, told_as_failure
from assets.unforeseen import places
from integration.contracts import contracts
from integration.sources import Fetched, Memory, Source, fetch_source, sources_of
from warehouse.database import rows
from warehouse.errors import HomeError
from warehouse.progress import Say

GROUP = "agency_sources"
CHECK = "fetched"
SECONDS_BEFORE_AGAIN = (15, 60)
"""What is waited before a source that could not be reached is tried for the second and the third time."""
_SAID_AT_MOST = 20
_COLUMNS = dg.TableSchema(
    columns=[
        dg.TableColumn("source", "VARCHAR", description="Agency and dataset", tags={"privacy": "none"}),
        dg.TableColumn("where", "VARCHAR", description="Where its deliveries come from", tags={"privacy": "none"}),
        dg.TableColumn("fetched", "VARCHAR", description="What came of this fetch", tags={"privacy": "none"}),
        dg.TableColumn(
            "newest", "VARCHAR", description="Newest month ever fetched, and when", tags={"privacy": "none"}
        ),
    ]
)


def source_key(agency: str) -> dg.AssetKey:
    """Give the key of the asset that is an agency's sources."""
    return dg.AssetKey([GROUP, agency])


def _fetching(agency: str) -> dg.AssetsDefinition:
    key = source_key(agency)

    @dg.multi_asset(
        name=f"{GROUP}__{agency}",
        specs=[
            dg.AssetSpec(
                key,
                group_name=GROUP,
                kinds={"file"},
                owners=[OWNERS[agency]],
                tags={"agency": agency},
                description="Deliveries fetched into the inbox from where sources.yaml says that they lie.",
                metadata={"dagster/column_schema": _COLUMNS},
            )
        ],
        check_specs=[
            dg.AssetCheckSpec(
                CHECK,
                asset=key,
                description="Each source of the agency could be reached and used.",
                metadata={"severity": "warn"},
            )
        ],
        pool="sources",
    )
    def fetching(
        context: dg.AssetExecutionContext, night: Night
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        say = night.say(context)
        with told_as_failure(night.place):
            sources = [one for one in sources_of(night.place).values() if one.agency == agency]
            if not night.reads_inbox:
                yield from _reported(key, [], f"not asked: this run reads {night.root}", [])
                return
            fetched = [_fetch(night, source, say) for source in sources]
            night.look_anew()
        passing = [one for one in fetched if one.trouble is not None and one.trouble.passing]
        if passing and context.retry_number < len(SECONDS_BEFORE_AGAIN):
            seconds = SECONDS_BEFORE_AGAIN[context.retry_number]
            say(f"{passing[0].said} It is tried again in {seconds} seconds.")
            raise dg.RetryRequested(max_retries=len(SECONDS_BEFORE_AGAIN), seconds_to_wait=seconds)
        wrong = [text for one in fetched for text in _wrong(night, one)]
        for text in [*(one.said for one in fetched if one.trouble is None), *wrong]:
            say(text)
        told = "; ".join(wrong) or ("each could be used" if fetched else "none is declared in sources.yaml")
        yield from _reported(key, [_record(night, one) for one in fetched], told, wrong)

    return fetching


def _fetch(night: Night, source: Source, say: Say) -> Fetched:
    """Fetch from one source; what nobody foresaw in a server's answer must not cost the night."""
    try:
        fetched = fetch_source(night.place, source, say=say)
    except HomeError:
        raise
    except Exception as error:
        fetched = Fetched(source)
        fetched.trouble = source.failed(
            f"an unforeseen {type(error).__name__} stopped the fetch at {places(error)[-1]}"
        )
    for text in fetched.passed_over[:_SAID_AT_MOST]:
        say(f"{source.name}: passed over: {text}")
    if len(fetched.passed_over) > _SAID_AT_MOST:
        say(f"{source.name}: passed over: {len(fetched.passed_over) - _SAID_AT_MOST:,} more")
    return fetched


def _wrong(night: Night, fetched: Fetched) -> list[str]:
    """Say what went wrong at a source, and what is in force instead."""
    if fetched.trouble is None and not fetched.refused:
        return []
    in_force = rows(
        night.connection,
        "SELECT period, received_at::DATE::VARCHAR FROM agency_extracts.delivery "
        "WHERE dataset = ? AND status = 'in_force' ORDER BY period DESC LIMIT 1",
        [fetched.source.dataset],
    )
    stays = "nothing of it is in force"
    if in_force:
        ((period, received),) = in_force
        stays = f"the delivery of {period}, received on {received}, stays in force"
    return [f"{fetched.said.rstrip('.')}; {stays}."]


def _record(night: Night, fetched: Fetched) -> dg.TableRecord:
    memory = Memory(night.place, fetched.source)
    newest = max(memory.deliveries, default=None)
    return dg.TableRecord(
        {
            "source": fetched.source.name,
            "where": fetched.source.place.where,
            "fetched": fetched.said,
            "newest": f"{newest}, on {memory.deliveries[newest]}" if newest else "never",
        }
    )


def _reported(
    key: dg.AssetKey, records: list[dg.TableRecord], told: str, wrong: list[str]
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    yield dg.MaterializeResult(
        asset_key=key,
        metadata={"sources": dg.MetadataValue.table(records, schema=_COLUMNS), "said": told},
    )
    yield dg.AssetCheckResult(
        asset_key=key, check_name=CHECK, passed=not wrong, severity=dg.AssetCheckSeverity.WARN, description=told
    )


SOURCES: list[dg.AssetsDefinition] = [
    _fetching(agency) for agency in dict.fromkeys(contract.agency for contract in contracts().values())
]
