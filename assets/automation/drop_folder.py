"""A night as soon as something new lies complete in the folder of deliveries, not only at two."""

import json
import os
import time
from pathlib import Path

import dagster as dg

from assets.automation.jobs import BY_DROP_FOLDER, TRIGGER, nightly
from integration.sources.drop_folder import lying, watched
from warehouse.settings import Home, remembered_extracts

QUIET_SECONDS = 60
"""For which everything there must have looked the same, by this machine's clock, before it counts as complete."""


# Off until somebody switches it on, as the schedule. The run key is a digest of what lies there: the same files are
# asked for once, whatever happens to sensor, daemon or machine.
@dg.sensor(
    name="drop_folder",
    job=nightly,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.STOPPED,
    description="Asks for the nightly job when something new lies in the folder of deliveries and was left alone.",
)
def drop_folder(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Look at what lies there, and say what is waited for."""
    home = Home.from_environment()
    where = watched(home, Path(os.environ.get("PADAN_EXTRACTS") or remembered_extracts(home)).absolute())
    there = lying(home, where)
    places = " and ".join(str(folder) for folder in where.folders)
    now = time.time()
    seen = json.loads(context.cursor or "{}")
    since = seen.get("since", now) if seen.get("digest") == there.digest else now
    since = min(since, now)  # the clock may have been put back
    asked = seen.get("asked")

    def remember(asked_for: str | None) -> None:
        context.update_cursor(json.dumps({"digest": there.digest, "since": since, "asked": asked_for}))

    remember(asked)
    if not there.files:
        return dg.SkipReason(f"Waiting for a first delivery in {places}.")
    if there.digest == asked:
        return dg.SkipReason(f"The {there.files:,} files in {places} were asked for; waiting for something new.")
    if there.unfinished is not None:
        return dg.SkipReason(f"Waiting until {there.unfinished} has its final name: somebody is writing it.")
    if now - since < QUIET_SECONDS:
        left = f"left alone for {now - since:.0f} of {QUIET_SECONDS} seconds"
        return dg.SkipReason(f"Something new lies in {places}, {left}: it may still be written.")
    remember(there.digest)
    return dg.RunRequest(run_key=there.digest, tags={TRIGGER: BY_DROP_FOLDER})
