"""An explanation as the operator reads it at the terminal; values are masked unless asked for in full."""

from collections.abc import Iterator, Sequence

from integration.explanation.competition import Candidate
from integration.explanation.descriptions import Decision, Described
from integration.explanation.graph import Branches, strongest_trees
from integration.explanation.masking import initials, shown, shown_columns
from integration.explanation.person import PairExplanation, PersonExplanation, Placement
from integration.explanation.unregistered import REASONS
from integration.explanation.waterfall import Term, Waterfall
from integration.linkage import Model

_MASKED = "Values are masked; --show-values shows them."
_IN_FULL = "Values are shown in full: do not pass this on."
_MOST_PLACEMENTS, _MOST_CANDIDATES, _MOST_EDGES = 40, 4, 10


def pair_text(found: PairExplanation, model: Model, *, in_full: bool) -> str:
    """Lay a pair out as its waterfall: what each comparison adds, what is capped, and what was decided."""
    pair = found.pair
    lines = [_IN_FULL if in_full else _MASKED, ""]
    lines += [*_side("A", found.a), *_side("B", found.b), "", f"{'bits':>8}"]
    lines.append(f"{pair.prior:+8.2f}  {_prior(pair, model)}")
    for term in pair.terms:
        values = [shown(term.comparison, side.said, in_full=in_full) or "—" for side in (found.a, found.b)]
        asked = "" if values == ["—", "—"] else f"  {values[0]} | {values[1]}"
        lines.append(f"{term.weight:+8.2f}  {term.comparison:14} {_level(term, pair):34}{asked}")
    if pair.capped:
        lines.append(
            f"{pair.capped:+8.2f}  family evidence beyond its cap of {pair.family_cap:+.2f}: it proves the family, not "
            "which of its members"
        )
    if pair.calibrated:
        shift, slope = pair.calibration
        lines.append(f"{pair.calibrated:+8.2f}  calibration: {shift:g} + {slope:g} times what stands above")
    if pair.on_a_name_alone:
        lines.append(
            f"{pair.on_a_name_alone:+8.2f}  nothing beside the name speaks for the pair: at most one to be reviewed"
        )
    lines.append(f"{pair.weight:8.2f}  probability {_chance(pair.probability)}, band {pair.band(model)}; {model.label}")
    lines += ["", *_outcome(found, model), *_decided(found.decisions, in_full=in_full)]
    return "\n".join(lines)


def person_text(found: PersonExplanation, model: Model, *, in_full: bool) -> str:
    """Lay a person out: each description with how it was placed and its runner-up, decisions, and the graph."""
    registered = any(one.described.registered for one in found.placements)
    records = sum(one.described.records for one in found.placements)
    lines = [
        f"{_name(found)}: {'in the civil register' if registered else 'not in the civil register'}; "
        f"{found.descriptions:,} descriptions of {records:,} rows. {model.label}",
        _IN_FULL if in_full else _MASKED,
    ]
    for placement in found.placements[:_MOST_PLACEMENTS]:
        lines += ["", *_placement(placement, found, model, in_full=in_full)]
    if found.descriptions > _MOST_PLACEMENTS:
        lines += ["", f"… and {found.descriptions - _MOST_PLACEMENTS:,} descriptions more"]
    lines += ["", *_decided(found.decisions, in_full=in_full), *_graph(found)]
    return "\n".join(lines)


def _name(found: PersonExplanation) -> str:
    return found.person_id or f"The person of description {found.placements[0].described.id}"


def _side(letter: str, side: Described) -> list[str]:
    person = f" of {side.person_id}" if side.person_id else ""
    return [f"{letter}  {side.id}  {side.source}{person}", f"   {_said_by(side)}"]


def _said_by(side: Described) -> str:
    more = side.records - len(side.some_rows)
    return ", ".join(side.some_rows) + (f" and {more:,} more" if more else "")


def _prior(pair: Waterfall, model: Model) -> str:
    if pair.with_register:
        return f"prior: {model.in_spine:.0%} of the rows speak of one of {pair.others:,.0f} register persons"
    return f"prior: {model.partners:g} of {pair.others:,.0f} people outside the register"


def _level(term: Term, pair: Waterfall) -> str:
    told = term.level
    if term.level == "household":
        told += f" ({pair.companions} of it placed there)"
    if term.frequency:
        told += f" {term.level_weight:+.2f}, 1 in {1 / term.frequency:,.0f} {term.rarity:+.2f}"
    return told


def _outcome(found: PairExplanation, model: Model) -> Iterator[str]:
    pair, a, b = found.pair, found.a, found.b
    if pair.forbidden:
        yield f"Forbidden as {pair.forbidden}, whatever its weight: {pair.forbidden_by}."
    if a.said["of_register"] and b.said["of_register"]:
        yield "Both are of the civil register, which holds each person once: they were never compared."
    elif pair.chosen and pair.verdict == "same":
        yield "The last run joined the two because people decided so; what stands above is the evidence alone."
    elif pair.chosen:
        yield "The last run joined the two by this pair."
    elif a.person_id and a.person_id == b.person_id:
        yield "Both are of one person, but other pairs joined them."
    else:
        yield "The last run did not join the two by this pair."
    if pair.stored is None and not (a.said["of_register"] and b.said["of_register"]):
        yield _not_kept(found, model)
    if found.candidate.closed and not pair.forbidden:
        yield f"Closed: {found.candidate.closed}."
    if found.candidate.chance is not None:
        yield f"B's chance among the open candidates of A: {_chance(found.candidate.chance)}; {model.auto} is joined."
    if found.keys:
        keys = ", ".join(f"{key.name} ({key.tried}{', too wide' if key.wide else ''})" for key in found.keys)
        yield f"Keys they share: {keys}."


def _not_kept(found: PairExplanation, model: Model) -> str:
    if not found.keys:
        return "They share no key, so they were never compared; what stands above was reckoned now."
    if all(key.wide for key in found.keys):
        return f"All keys they share are too wide (above {model.largest_block} persons): never compared, reckoned now."
    if found.pair.probability >= model.keep:
        return "They were not compared: A had been placed before the pass that uses these keys. Reckoned now."
    return f"They were compared and not kept: a pair less likely than {model.keep} is no candidate. Reckoned now."


def _chance(chance: float) -> str:
    if 0.0005 <= chance <= 0.9995:
        return f"{chance:.3f}"
    return f"{chance:.2g}" if chance < 0.5 else f"1 - {1 - chance:.2g}" if chance < 1 else "1"


def _placement(one: Placement, found: PersonExplanation, model: Model, *, in_full: bool) -> Iterator[str]:
    described = one.described
    facts = [shown(comparison, described.said, in_full=in_full) for comparison in shown_columns()]
    yield f"[{described.id}] {described.source}  {'; '.join(fact for fact in facts if fact)}"
    yield f"  {_said_by(described)}"
    if described.said["of_register"]:
        yield "  a row of the civil register: it names the person"
        return
    chosen = next((c for c in one.candidates if c.other == described.linked_to), None)
    others = [candidate for candidate in one.candidates if candidate is not chosen]
    if chosen:
        weight = f"{chosen.pair.weight:.2f} bits, probability {_chance(chosen.pair.probability)}"
        chance = "" if chosen.chance is None else f", chance {_chance(chosen.chance)}"
        how = "because people decided so; evidence alone" if described.method == "manual" else f"by {described.method}"
        yield f"  joined with {_whom(chosen.other, found, in_full=in_full)} {how}: {weight}{chance}"
        yield f"    {_evidence(chosen.pair, model)}"
    elif described.method == "manual":
        yield "  joined by a decision of people"
    if one.reason:
        yield f"  on nobody of the civil register: {one.reason.replace('_', ' ')}, {REASONS[one.reason]}"
        yield f"    keys with a value, and register persons under it: {_reach(one)}"
    for candidate in others[:_MOST_CANDIDATES]:
        yield from _other(candidate, chosen, found, in_full=in_full)
    if len(others) > _MOST_CANDIDATES:
        yield f"  … and {len(others) - _MOST_CANDIDATES:,} weaker or forbidden candidates"


def _whom(description: int, found: PersonExplanation, *, in_full: bool) -> str:
    described = found.known[description]
    name = shown("name", described.said, in_full=in_full) or "no name"
    born = shown("birth_date", described.said, in_full=in_full) or "no birth date"
    return f"{description} ({described.source}, {name}, {born})"


def _evidence(pair: Waterfall, model: Model) -> str:
    spoken = sorted((term for term in pair.terms if term.weight), key=lambda term: -abs(term.weight))
    parts = [f"prior {pair.prior:+.1f}", *(f"{term.comparison} {term.level} {term.weight:+.1f}" for term in spoken)]
    others = {"family cap": pair.capped, "calibration": pair.calibrated, "a name alone": pair.on_a_name_alone}
    return ", ".join(parts + [f"{name} {bits:+.1f}" for name, bits in others.items() if bits])


def _reach(one: Placement) -> str:
    keys = (f"{key.name} {key.persons:,}{' (too wide)' if key.wide else ''}" for key in one.keys)
    return ", ".join(keys) or "none"


def _other(candidate: Candidate, chosen: Candidate | None, found: PersonExplanation, *, in_full: bool) -> Iterator[str]:
    chance = "" if candidate.chance is None else f", chance {_chance(candidate.chance)}"
    if candidate.pair.chosen:
        yield f"  also joined with {_whom(candidate.other, found, in_full=in_full)}: {candidate.pair.weight:.2f} bits"
        return
    yield f"  not {_whom(candidate.other, found, in_full=in_full)}: {candidate.pair.weight:.2f} bits{chance}"
    if candidate.closed:
        yield f"    {candidate.closed}"
    elif chosen:
        yield f"    {_difference(chosen.pair, candidate.pair)}"
    else:
        spoken = sorted(candidate.pair.terms, key=lambda term: term.weight)
        against = [term for term in spoken if term.weight < 0]
        yield f"    against it: {', '.join(f'{t.comparison} {t.level} {t.weight:+.1f}' for t in against) or 'nothing'}"


def _difference(chosen: Waterfall, other: Waterfall) -> str:
    """Tell in which comparisons a candidate speaks otherwise than the chosen one, the largest difference first."""
    pairs = zip(chosen.terms, other.terms, strict=True)
    apart = sorted(
        ((b.weight - a.weight, a, b) for a, b in pairs if abs(b.weight - a.weight) >= 0.05), key=lambda x: -abs(x[0])
    )
    told = [f"{b.comparison} {b.level} instead of {a.level} {bits:+.1f}" for bits, a, b in apart]
    return "against the joined one: " + (", ".join(told) or "no difference")


def _decided(decisions: Sequence[Decision], *, in_full: bool) -> list[str]:
    told = []
    for one in decisions:
        who = "" if one.decided_by is None else f", {one.decided_by if in_full else initials(one.decided_by)}"
        when = "" if one.decided_at is None else f", {one.decided_at:%Y-%m-%d}"
        told.append(f"People decided: {one.one} and {one.other} are {_VERDICTS[one.verdict]}{who}{when}.")
    return told


_VERDICTS = {"same": "one person", "different": "two persons"}


def _graph(found: PersonExplanation) -> Iterator[str]:
    """Draw the descriptions as a tree along the strongest pairs that joined them, and the likely ones refused."""
    yield "Graph (joined ─, refused ╌; weights in bits)"
    members = [one.described.id for one in found.placements]
    for root, branches in strongest_trees(members, [(pair.weight, pair.a, pair.b) for pair in found.joined]).items():
        yield _node(root, found)
        yield from _branches(root, "", branches, found)
    for pair in found.refused[:_MOST_EDGES]:
        inside, outside = (pair.a, pair.b) if pair.a in members else (pair.b, pair.a)
        other = found.known[outside]
        why = f"forbidden ({pair.forbidden})" if pair.forbidden else "not chosen"
        whose = f" of {other.person_id}" if other.person_id else ""
        yield f"{inside} ╌{pair.weight:.1f}╌ {outside} {other.source}{whose}: {why}"
    if len(found.refused) > _MOST_EDGES:
        yield f"… and {len(found.refused) - _MOST_EDGES:,} refused pairs more"


def _node(one: int, found: PersonExplanation) -> str:
    described = found.known[one]
    return f"{one} {described.source}, {described.records:,} row{'s' if described.records > 1 else ''}"


def _branches(node: int, lead: str, branches: Branches, found: PersonExplanation) -> Iterator[str]:
    for place, (weight, one) in enumerate(branches[node]):
        last = place == len(branches[node]) - 1
        yield f"{lead}{'└' if last else '├'}─{weight:.1f}─ {_node(one, found)}"
        yield from _branches(one, lead + ("   " if last else "│  "), branches, found)
