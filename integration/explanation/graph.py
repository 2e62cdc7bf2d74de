"""A person as a drawing: the descriptions, the pairs that joined them, and the likely ones that were refused."""

import math
from collections.abc import Sequence

from integration.explanation.drawing import BLUE, GREEN, GREY, RED, Drawing
from integration.explanation.person import PersonExplanation

Branches = dict[int, list[tuple[float, int]]]
"""For each node of a tree the nodes under it, each with the weight of the pair that holds it there."""

_MOST_NODES = 40
_MOST_REFUSED = 12
_WIDTH, _HEIGHT = 980.0, 720.0


def strongest_trees(nodes: Sequence[int], pairs: Sequence[tuple[float, int, int]]) -> dict[int, Branches]:
    """Give for each connected part its first node, and the tree of its strongest pairs (weight, a, b) under that."""
    trees: dict[int, Branches] = {}
    seen: set[int] = set()
    for root in nodes:
        if root in seen:
            continue
        seen.add(root)
        branches: Branches = {root: []}
        while True:
            within = [
                (w, a, b) for w, x, y in pairs for a, b in ((x, y), (y, x)) if a in branches and b not in branches
            ]
            if not within:
                break
            weight, above, below = max(within)
            branches[above].append((weight, below))
            branches[below] = []
            seen.add(below)
        trees[root] = branches
    return trees


def cluster_graph(found: PersonExplanation) -> str:
    """Draw the person's descriptions as a graph: numbers, sources and weights in bits, nothing of what the rows say.

    What the register says stands in the middle; refused candidates outside, with dashed lines.
    """
    members = [one.described.id for one in found.placements[:_MOST_NODES]]
    refused = [pair for pair in found.refused if {pair.a, pair.b} & set(members)][:_MOST_REFUSED]
    outside = list(dict.fromkeys(side for pair in refused for side in (pair.a, pair.b) if side not in members))
    hub = [one for one in members if found.known[one].said["of_register"]][:1]
    place = _circle(hub, 0, 0) | _circle([one for one in members if one not in hub], 0.58, 0)
    place |= _circle(outside, 0.9, 0.35)

    more = found.descriptions - len(members)
    title = f"{found.person_id or 'Person of ' + str(members[0])}: {len(members)} descriptions"
    drawing = Drawing(_WIDTH, _HEIGHT, title + (f", and {more:,} more that are not drawn" if more else ""))
    drawing.legend(10, 40, {"civil register": GREEN, "other description": BLUE, "of somebody else, refused": GREY})
    inside = [pair for pair in found.joined if {pair.a, pair.b} <= set(members)]
    for pair in (*refused, *inside):
        (x1, y1), (x2, y2) = place[pair.a], place[pair.b]
        colour = GREY if pair.chosen else RED
        drawing.line(x1, y1, x2, y2, colour, width=1 + min(max(pair.weight, 0), 40) / 10, dashed=not pair.chosen)
        label = f"{pair.weight:.1f}" + (f" {pair.forbidden}" if pair.forbidden else "")
        drawing.text((x1 + x2) / 2, (y1 + y2) / 2 - 3, label, anchor="middle")
    for one, (x, y) in place.items():
        described = found.known[one]
        colour = GREY if one in outside else GREEN if described.said["of_register"] else BLUE
        drawing.dot(x, y, 7, colour)
        drawing.text(x, y + 20, described.source, anchor="middle")
        drawing.text(x, y + 33, str(one), anchor="middle")
    return drawing.svg()


def _circle(nodes: list[int], radius: float, turn: float) -> dict[int, tuple[float, float]]:
    """Place nodes round the middle; `radius` is a share of the way to the edge."""
    angles = [2 * math.pi * (place / len(nodes)) + turn for place in range(len(nodes))]
    half_width, half_height = _WIDTH / 2, (_HEIGHT - 60) / 2
    return {
        node: (
            half_width + radius * (half_width - 80) * math.cos(angle),
            half_height + 40 + radius * (half_height - 30) * math.sin(angle),
        )
        for node, angle in zip(nodes, angles, strict=True)
    }
