"""The explanation of a target as the operator reads it at the terminal; values are masked unless asked for in full."""

from collections.abc import Iterator

from integration.contracts import contracts
from integration.explanation.target import Delivered, ExplainedColumn, Input, Outcome, TargetExplanation
from integration.explanation.target_columns import shown_value
from warehouse.tables import table

_DECLARED = {column.name: column for column in table("targeting.targeting").columns}
_RECORDED = {column.name: column for column in table("clean_records.person_record").columns}
_PARTS = {
    "krs": "Family at risk of stunting (krs): both must hold",
    "risk_factors": "Risk factors (risk_factors): all that hold",
    "mortality_risk": "Risk of death (mortality_risk_level): the first that holds",
    "tiers": "Tier (tier, tier_reasons): the first that holds gives it, all that hold are the reasons",
    "score": "Score (score): the sum of what holds, and of the open gaps",
    "gaps": "Gaps (gaps, gaps_unknown, lead_agency): the agency of the first one leads",
}
_HOLDS = {True: "yes", False: "no", None: "unknown"}


def target_text(found: TargetExplanation, *, in_full: bool) -> str:
    """Lay a target out: what was decided and by which clauses, then each column with its rule and its inputs."""
    row, rules = found.row, found.rules
    score = f"score {row['score']}, " if "score" in row else ""
    lines = [
        f"{row['target_id']}: {row['subject_type']} of {row['period']}, {row['tier']}, {score}by rules "
        f"{row['rule_version']}; from {found.read_from}.",
        "Values are shown in full: do not pass this on." if in_full else "Values are masked; --show-values shows them.",
    ]
    if not found.same_rules:
        lines.append(
            f"The rules that decided the row are gone from this home: it is explained by {rules.rule_version}, which "
            "may say otherwise."
        )
    if not found.recomputed:
        lines.append(
            "The home's working data have no such target any more: facts that the row does not hold stay open, and "
            "nothing was computed anew."
        )
    if found.differing:
        lines.append(
            f"Computed anew from what the home holds now, other values come out for {', '.join(found.differing)}: the "
            "row is of an earlier state, and what follows explains the present one."
        )
    lines += ["", "Rows it rests on"]
    lines += [f"    {one.source}" for one in found.rests_on] or ["    none that the home still holds"]
    for part, heading in _PARTS.items():
        lines += ["", heading, *_outcomes(found, part, in_full=in_full)]
        if part == "score":
            of_gaps = f"{rules.score.each_gap} for each open gap, of these {rules.score.gaps_at_most} at most"
            lines.append(f"    {of_gaps}; {rules.score.cap} in all at most")
    lines += ["", "Columns; > is the row that a value was taken from"]
    for column in found.columns:
        lines += _column(column, found, in_full=in_full)
    lines += ["", "Sources of the rules", *(f"    {key:12}{text}" for key, text in rules.sources.items())]
    return "\n".join(lines)


def _outcomes(found: TargetExplanation, part: str, *, in_full: bool) -> Iterator[str]:
    """Write the statements of one part; of those about other subjects only the codes."""
    others = []
    for one in found.outcomes:
        if one.part == part and one.about:
            yield from _outcome(one, in_full=in_full)
        elif one.part == part:
            others.append(one.code)
    if others:
        yield f"    not about {found.row['subject_type']}: {', '.join(others)}"


def _outcome(one: Outcome, *, in_full: bool) -> Iterator[str]:
    yield f"    {_HOLDS[one.holds]:8} {one.code:18} {one.gives:8} {one.sentence} [{one.source}]"
    facts = [f"{name} {_fact(name, value, in_full=in_full)}" for name, value in one.facts.items()]
    facts += [f"{name} not kept in the row" for name in one.missing]
    yield f"    {'':8} {one.condition}" + (f"; {', '.join(facts)}" if facts else "")


def _fact(name: str, value: object, *, in_full: bool) -> str:
    """Write a fact; those that are no column of the table speak of health."""
    if value is None:
        return "unknown"
    return shown_value(name, _DECLARED[name].privacy if name in _DECLARED else "health", value, in_full=in_full)


def _column(one: ExplainedColumn, found: TargetExplanation, *, in_full: bool) -> Iterator[str]:
    declared, origin = _DECLARED[one.name], one.origin
    label = f" ({declared.label})" if declared.label else ""
    yield f"  {one.name}{label}: {shown_value(one.name, declared.privacy, one.value, in_full=in_full)}"
    yield f"      {declared.meaning}"
    if rule := origin.rule(found.rules):
        yield f"      {rule}"
    if origin.choice:
        yield from (_input(read, of_records=origin.of_records, in_full=in_full) for read in one.inputs)
        if not one.inputs:
            yield "        no row says anything"


def _input(read: Input, *, of_records: bool, in_full: bool) -> str:
    values = ", ".join(
        f"{label} {shown_value(name, privacy, value, in_full=in_full)}"
        for name, value in read.values.items()
        for label, privacy in [_declared_as(read.delivered, name, of_records=of_records)]
    )
    mark = ">" if read.gives else " "
    rests = "" if read.delivered.rests else "; not among its source_refs"
    return f"      {mark} {read.delivered.source}: {values}{rests}"


def _declared_as(delivered: Delivered, name: str, *, of_records: bool) -> tuple[str, str]:
    """Give label and privacy of what was read, as the contract or the table declares them."""
    if of_records:
        return name, _RECORDED[name].privacy
    column = contracts()[delivered.dataset].column(name)
    return column.label, column.privacy
