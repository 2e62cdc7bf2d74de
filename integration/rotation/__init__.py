"""Replacing a key so that nobody becomes somebody else: which id became which, and how the home goes on with it."""

from integration.rotation.aliases import fill_target_aliases, follow_targets, rename_persons
from integration.rotation.lost_key import MEANS, refuse_what_is_there, replace_lost_key
from integration.rotation.rotate import ROTATABLE, KeyNotRotated, Rotated, rotate_key

__all__ = [
    "MEANS",
    "ROTATABLE",
    "KeyNotRotated",
    "Rotated",
    "fill_target_aliases",
    "follow_targets",
    "refuse_what_is_there",
    "rename_persons",
    "replace_lost_key",
    "rotate_key",
]
