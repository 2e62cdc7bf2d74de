"""What each recipient may read, as files: cut, masked, versioned, and pointed to in one step."""

from warehouse.snapshots.build import build_snapshots
from warehouse.snapshots.reading import StandingSnapshot, current_snapshot, standing_snapshots

__all__ = ["StandingSnapshot", "build_snapshots", "current_snapshot", "standing_snapshots"]
