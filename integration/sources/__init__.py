"""Where deliveries come from: `sources.yaml` of a home, and fetching from what it names into the inbox."""

from integration.sources.checking import Checked, check_source
from integration.sources.fetch import fetch_source
from integration.sources.fetched import Fetched
from integration.sources.memory import Memory
from integration.sources.places import Source
from integration.sources.placing import inbox_held
from integration.sources.sources_file import sources_of

__all__ = ["Checked", "Fetched", "Memory", "Source", "check_source", "fetch_source", "inbox_held", "sources_of"]
