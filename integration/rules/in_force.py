"""Which rules file counts on a day: the shipped one, or the newest of a home's own that is in effect."""

import datetime as dt
from pathlib import Path

from integration.rules.rule_file import RuleFile
from integration.rules.rules import Rules
from warehouse.errors import DeclarationError

DEFAULT_RULES = Path(__file__).with_name("rules.yaml")


def load_rules(path: Path = DEFAULT_RULES) -> Rules:
    """Read and check a rules file.

    Raises `DeclarationError` that names the file, the place in it, the value found and what may stand there.
    """
    file = RuleFile(path.name)
    return file.rules(file.read(path))


def rules_in_force(folder: Path, day: dt.date) -> Rules:
    """Give the rules that count on `day`: of the shipped file and those in `folder` the one newest in effect.

    The folder may be missing or empty; a file of it comes before the shipped one of the same day. A day before every
    file follows the shipped one. Raises `DeclarationError` for a wrong file, and where two of the folder begin on the
    same day.
    """
    own = [load_rules(path) for path in sorted(folder.glob("*.yaml"))]
    days = [rules.effective_from for rules in own]
    if twice := sorted({str(day) for day in days if days.count(day) > 1}):
        raise DeclarationError(
            f"Two rules files in {folder.name}/ take effect on {twice[0]}; give one of them another effective_from."
        )
    shipped = load_rules()
    in_effect = [rules for rules in (shipped, *own) if rules.effective_from <= day]
    return max(in_effect, key=lambda rules: (rules.effective_from, rules is not shipped), default=shipped)
