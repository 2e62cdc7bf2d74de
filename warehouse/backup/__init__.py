"""A copy of a home that stands on its own, and making a home of it again."""

from warehouse.backup.backup import BackedUp, back_up
from warehouse.backup.manifest import NoBackup
from warehouse.backup.restore import Restored, restore

__all__ = ["BackedUp", "NoBackup", "Restored", "back_up", "restore"]
