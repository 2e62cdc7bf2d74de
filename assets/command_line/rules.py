"""`./padan rules`: what the rules in force say, whether a rules file is right, and what another one would change."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from assets.command_line.options import home_option
from integration.explanation.target_changes import TargetChanges, target_changes, write_list
from integration.rules import DEFAULT_RULES, Rules, load_rules, rules_in_force
from integration.rules.comparison import compare_rules
from integration.rules.rules import Statement
from warehouse.settings import Home
from warehouse.wall_clock import today

_NAMED = "A rules file, `shipped` for the one that comes with Padan, or `in-force` for the one that counts in the home."
_NO_TIER = "no target"


@click.group("rules", help=f"Read the rules of targeting, check a file of them, or compare two.\n\n{_NAMED}")
def command() -> None:
    """Hold the commands about rules."""


@command.command("show")
@click.argument("file", default="in-force")
@home_option
def show(file: str, home: Home) -> None:
    """Print a rules FILE in words: every threshold, clause, point and gap, with its sentence and its source."""
    click.echo("\n".join(_told(_rules(file, home))))


@command.command("check")
@click.argument("file")
@home_option
def check(file: str, home: Home) -> None:
    """Say whether FILE may be used; if not, where it is wrong, what was found and what may stand there."""
    rules = _rules(file, home)
    click.echo(
        f"{file} may be used: version {rules.rule_version}, in effect from {rules.effective_from}; "
        f"{len(rules.tiers)} tier clauses, {len(rules.score.lines)} score lines, {len(rules.gaps)} gaps."
    )


@command.command("diff")
@click.argument("old")
@click.argument("new")
@home_option
@click.option("--words-only", is_flag=True, help="Compare the files alone: look at no home.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.csv",
    help="Also list the targets that would change, by target_id, for your eyes alone.",
)
def diff(old: str, new: str, home: Home, words_only: bool, out: Path | None) -> None:
    """Say what NEW says otherwise than OLD, and what it would change among the targets of the home.

    The home is only read. Where there is none yet, the files alone are compared.
    """
    before, after = _rules(old, home), _rules(new, home)
    click.echo(f"{old} is {before.rule_version}, {new} is {after.rule_version}.\n")
    differences = compare_rules(before, after)
    click.echo("\n".join(one.sentence for one in differences) or "Both say the same.")
    if words_only:
        return
    if not home.database.exists() and out is None:
        click.echo(f"\nThe home {home.path} holds no data yet, on which to see what would change.")
        return
    changes = target_changes(
        home, before, after, say=lambda text: click.echo(f"computing the targets {text}", err=True)
    )
    click.echo("\n" + "\n".join(_changed(changes)))
    if out:
        number = write_list(changes, out)
        click.echo(f"\n{out} lists {number:,} targets with their health facts: only you can read it.")


def _rules(name: str, home: Home) -> Rules:
    if name == "shipped":
        return load_rules(DEFAULT_RULES)
    if name == "in-force":
        return rules_in_force(home.rules, today())
    return load_rules(Path(name))


def _told(rules: Rules) -> Iterator[str]:
    yield f"Rules {rules.rule_version}, in effect from {rules.effective_from}"
    yield f"domicile_rule {rules.domicile_rule}; krs_rule {rules.krs_rule}"
    yield f"    a family of the target group: {_bare(rules.krs_target)}"
    yield f"    and at risk: {_bare(rules.krs_risk)}"
    yield from ("", "Thresholds")
    yield from (f"    {name:42}{number:g}" for name, number in rules.thresholds.items())
    yield f"    {'vit_a_months':42}{', '.join(map(str, rules.vit_a_months))}"
    yield from ("", "Which answers count")
    yield from (f"    {name:42}{', '.join(map(str, answers)) or '-'}" for name, answers in rules.answers.items())
    yield from ("", "Risk factors")
    for factor in rules.risk_factors:
        yield from _statement(factor.code, factor.sentence, factor.when, factor.source)
    yield from ("", "Risk of death: the first level that holds")
    for level in rules.mortality_risk:
        yield from _of_subjects(level, level.level)
    yield from ("", "Tiers: the first clause that holds; P5 where none does")
    for clause in rules.tiers:
        yield from _of_subjects(clause, clause.tier)
    score = rules.score
    yield from (
        "",
        f"Score: at most {score.cap}; {score.each_gap} for each open gap, at most {score.gaps_at_most} of these",
    )
    for line in score.lines:
        yield from _of_subjects(line, f"+{line.points}")
    yield from ("", "Gaps: the agency of the first one leads")
    for gap in rules.gaps:
        yield from _of_subjects(gap, gap.agency)
    yield from ("", "Sources")
    yield from (f"    {key:12}{text}" for key, text in rules.sources.items())


def _of_subjects(one: Statement, what: str) -> Iterator[str]:
    return _statement(f"{one.code}  {what}", f"{one.sentence} ({', '.join(one.subjects)})", one.when, one.source)


def _statement(code: str, sentence: str, when: str, source: str) -> Iterator[str]:
    yield f"    {code:26}{sentence} [{source}]"
    yield f"    {'':26}{_bare(when)}"


def _bare(condition: str) -> str:
    return condition[1:-1]


def _changed(changes: TargetChanges) -> Iterator[str]:
    """Lay the counts out; a part without a change says so, so that nobody looks for what is missing."""
    yield f"What would change among the targets of {changes.period}:"
    yield from _table(("subject", "before", "after", "enter", "leave"), changes.subjects)
    moved = [row for row in changes.tiers if row[1] != row[2]]
    yield from _matrix(changes.tiers) if moved else ("", "No tier changes.")
    yield from _part(("reason", "gets it", "loses it"), changes.reasons, "No reason changes.")
    yield from _part(("gap", "opens", "closes"), changes.gaps, "No gap changes.")
    yield from _part(("krs before", "after", "families"), changes.krs, "No family's krs changes.")
    scored = [row for row in changes.scores if row[1] or row[2]]
    yield from _part(("subject", "score up", "down", "mean change"), scored, "No score changes.")
    yield from _part(("column of those that stay", "rows that differ"), changes.columns, "No column changes.")


def _matrix(tiers: Sequence[tuple[object, ...]]) -> Iterator[str]:
    """Give tier before (down) against tier after (across) for each kind of subject."""
    for subject in sorted({str(row[0]) for row in tiers}):
        counts = {(str(old or _NO_TIER), str(new or _NO_TIER)): n for one, old, new, n in tiers if one == subject}
        down, across = (sorted({tiers_of[side] for tiers_of in counts}) for side in (0, 1))
        lines = [(old, *(counts.get((old, new), 0) for new in across)) for old in down]
        yield from _table((f"{subject}: from, to", *across), lines)


def _part(heads: tuple[str, ...], lines: Sequence[tuple[object, ...]], otherwise: str) -> Iterator[str]:
    yield from _table(heads, lines) if lines else ("", otherwise)


def _table(heads: tuple[str, ...], lines: Sequence[tuple[object, ...]]) -> Iterator[str]:
    cells = [heads, *(tuple(_cell(value) for value in line) for line in lines)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(heads))]
    yield ""
    for first, *others in cells:
        aligned = (f"  {one:>{width}}" for one, width in zip(others, widths[1:], strict=True))
        yield f"{first:{widths[0]}}" + "".join(aligned)


def _cell(value: object) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int | float) else str(value)
