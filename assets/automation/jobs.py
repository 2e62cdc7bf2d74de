"""The jobs: the whole night, and each agency's own data alone."""

import os
from pathlib import Path

import dagster as dg

from assets.agency_promises import promise_key
from assets.agency_sources import source_key
from assets.late_months import ONE_MONTH
from assets.run_log import QUIET
from integration.contracts import AGENCIES, contracts
from warehouse.tables import stage_tables

TRIGGER = "padan/trigger"
"""Run tag: what started the run, one of the four below."""
BY_PERSON, BY_SCHEDULE, BY_DROP_FOLDER, BY_COMMAND = "person", "schedule", "drop folder", "command line"


def run_tags(home: Path, as_of: str | None = None, *, weekly: bool = False) -> dict[str, str]:
    """Give the tags of every run on a home: its name, and the period that was asked for; nothing about a person."""
    asked = as_of or "newest delivery"
    return {"padan/home": home.name, "padan/period": f"week of {asked}" if weekly else asked}


_TAGS = {
    **run_tags(
        Path(os.environ.get("PADAN_HOME", "data")),
        os.environ.get("PADAN_AS_OF"),
        weekly=os.environ.get("PADAN_WEEKLY") == "1",
    ),
    TRIGGER: BY_PERSON,
}

nightly = dg.define_asset_job(
    "nightly",
    selection=dg.AssetSelection.all(),
    description="Everything: read what was delivered, match, target, check, publish.",
    executor_def=dg.in_process_executor,
    config=QUIET,
    run_tags=_TAGS,
)

one_month = dg.define_asset_job(
    ONE_MONTH,
    selection=dg.AssetSelection.groups("clean_records", "matched_pairs", "persons", "targeting"),
    description="One month from what is in force for it; started by the night for a late delivery, and by `backfill`.",
    executor_def=dg.in_process_executor,
    config=QUIET,
)


def _of_agency(agency: str) -> dg.AssetSelection:
    """Give what an agency delivers, from sources to typed rows, and the register of deliveries; with checks."""
    datasets = [contract.dataset for contract in contracts().values() if contract.agency == agency]
    keys = [
        source_key(agency),
        *(dg.AssetKey([group, dataset]) for dataset in datasets for group in ("agency_extracts", "clean_records")),
        *(promise_key(dataset) for dataset in datasets),
        *(dg.AssetKey([table.schema, table.name]) for table in stage_tables("agency_extracts").values()),
    ]
    return dg.AssetSelection.assets(*keys) | dg.AssetSelection.checks_for_assets(*keys)


AGENCY_JOBS = [
    dg.define_asset_job(
        agency,
        selection=_of_agency(agency),
        description=f"The data of {agency} alone: fetch, take in, type and check; publishes nothing.",
        executor_def=dg.in_process_executor,
        config=QUIET,
        run_tags={**_TAGS, "padan/agency": agency},
    )
    for agency in AGENCIES
]
