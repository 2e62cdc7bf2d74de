"""Replacing a key so that nobody becomes somebody else: which id became which, and how the home goes on with it."""

from integration.rotation.aliases import fill_target_aliases, follow_targets, rename_persons
from integration.rotation.rotate import ROTATABLE, KeyNotRotated, Rotated, rotate_key

__all__ = [
    "ROTATABLE",
    "KeyNotRotated",
    "Rotated",
    "fill_target_aliases",
    "follow_targets",
    "rename_persons",
    "rotate_key",
]
