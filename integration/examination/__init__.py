"""Looking over a home: what is as it should be, what somebody should know, and what has to be put right."""

from integration.examination.examine import examine, repaired
from integration.examination.finding import Finding, Repair, State

__all__ = ["Finding", "Repair", "State", "examine", "repaired"]
