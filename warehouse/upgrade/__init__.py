"""Opening a home that an older Padan wrote: what it remembers is brought into today's shape, once."""

from warehouse.upgrade.bring_up import bring_up_to_date
from warehouse.upgrade.layout import LAYOUT, WrittenBy, refuse_newer, written_by

__all__ = ["LAYOUT", "WrittenBy", "bring_up_to_date", "refuse_newer", "written_by"]
