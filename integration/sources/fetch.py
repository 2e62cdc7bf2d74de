"""Fetching from the sources of a home into its inbox; a source that fails is a result, not an error."""

import datetime as dt

from integration.sources.fetch_files import FileFetch
from integration.sources.fetched import Fetched
from integration.sources.memory import Memory, fetching_folder
from integration.sources.months import months_asked, tells_months
from integration.sources.opening import open_peer, open_rows
from integration.sources.places import Source
from integration.sources.placing import put_back_all
from warehouse.database import home_error
from warehouse.errors import SourceFailed
from warehouse.progress import Say, silent
from warehouse.settings import Home
from warehouse.wall_clock import today


def fetch_source(
    home: Home, source: Source, *, months: list[str] | None = None, day: dt.date | None = None, say: Say = silent
) -> Fetched:
    """Fetch what is new at one source into `<home>/inbox/<agency>/<dataset>/<YYYY-MM>/`; `inbox_held` must hold it.

    `months` (`YYYY-MM`) are asked for, where each must be asked for, instead of those the source declares; `day` is
    today's, unless told. Nothing is changed or deleted at the source. Why a source could not be used is in the
    result's `trouble`; raises `HomeError` when the home cannot be written.
    """
    day = day or today()
    fetched, memory = Fetched(source), Memory(home, source)
    asked = months or months_asked(source, day)[: None if tells_months(source) else 1]
    try:
        home.fetching.mkdir(parents=True, exist_ok=True)
        put_back_all(fetching_folder(home, source), home.inbox / source.agency / source.dataset)
        try:
            if months and not tells_months(source):
                raise source.failed(
                    "it cannot be asked for a month: what lies there now is taken to be of this one; leave --month out"
                )
            if peer := open_peer(source, asked):
                with peer as opened:
                    FileFetch(home, source, opened, memory, day, say).run(fetched)
            else:
                from integration.sources.fetch_rows import fetch_rows

                with open_rows(source) as rows:
                    fetch_rows(home, source, rows, memory, asked, fetched, say)
        except SourceFailed as failed:
            fetched.trouble = failed
        memory.last = {
            "at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            "reached": fetched.trouble is None,
            "said": fetched.said,
        }
        memory.write()
    except OSError as error:
        raise home_error(home, error) from error
    return fetched
