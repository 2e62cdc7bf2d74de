"""What is believed of a pair before looking at it, and how much the evidence of a family may add to that."""

import math

from integration.linkage.model import Model


def spine_prior(model: Model, spine: float) -> float:
    """Give the prior in bits of a record and one of the `spine` persons: its person is in there, and is this one."""
    return math.log2(model.in_spine / (1 - model.in_spine) / max(spine, 1))


def outside_people(model: Model, unplaced: int, spine: float) -> int:
    """Give how many people outside the spine to reckon with, of whom `unplaced` descriptions are at hand.

    In steps of an eighth of a doubling: a few more change no weight.
    """
    people = max(unplaced, model.others_at_least, int(spine) // 20, 2)
    return round(2 ** (round(math.log2(people) * 8) / 8))


def outside_prior(model: Model, people: int) -> float:
    """Give the prior in bits of two records outside the spine: each is the same as `partners` others."""
    return math.log2(model.partners / people)


def family_cap(model: Model, people: float) -> float:
    """Give the most that family evidence may weigh, in bits.

    Once the family is proven, the rivals are its other members, who are compared too, and somebody of it who is not in
    the spine: log2(size of the spine * share not in it / members / outsiders). Without a spine `people` counts all, and
    the rivals are the members alone.
    """
    families = max(people, 2 * model.family_members) / model.family_members
    if not model.spine:
        return math.log2(families)
    return math.log2(families * (1 - model.in_spine) / model.family_outsiders)
