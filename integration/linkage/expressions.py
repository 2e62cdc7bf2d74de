"""What an expression in a model may be made of, and which columns it looks at."""

import re

from integration.linkage.engine import Engine, table_of
from integration.linkage.model import Model
from warehouse.errors import DeclarationError

FUNCTIONS = frozenset((
    "abs", "coalesce", "concat_ws", "contains", "damerau_levenshtein", "date_diff", "day", "greatest", "hamming",
    "jaccard", "jaro_similarity", "jaro_winkler_similarity", "least", "left", "len", "length", "levenshtein",
    "likeness", "list_concat", "list_contains", "list_distinct", "list_has_all", "list_has_any", "list_value", "lower",
    "make_date", "month", "nullif", "replace", "reverse", "right", "split_part", "starts_with", "strftime",
    "string_split", "substring", "trim", "upper", "year",
))  # fmt: skip
WORDS = frozenset((
    "and", "or", "not", "is", "null", "in", "true", "false", "between", "case", "when", "then", "else", "end",
    "distinct", "from", "cast", "as", "integer", "double", "varchar", "date",
))  # fmt: skip
QUOTED = re.compile(r"'([^']*)'")
_NAME = re.compile(r"(?<![\w.])([a-z_][a-z_0-9]*)(\.[a-z_][a-z_0-9]*)?", re.IGNORECASE)


def columns_of(expression: str, *, of_a_pair: bool) -> set[str]:
    """Give the columns an expression looks at: `a.name` and `b.name` of a pair, else bare names.

    Of a pair a name that says no side is given as it stands, for nothing bears it.
    """
    found = set()
    for first, second in _NAME.findall(QUOTED.sub("''", expression)):
        if second:
            found.add(second[1:] if of_a_pair and first in ("a", "b") else first + second)
        elif first.lower() not in FUNCTIONS | WORDS:
            found.add(f"{first} (of neither a. nor b.)" if of_a_pair else first)
    return found


def check_columns(engine: Engine, model: Model, entities: str) -> None:
    """Raise `DeclarationError` where a feature or field of the model looks at a column that the entities lack."""
    held = set(table_of(engine, f"SELECT * FROM {entities} LIMIT 0").column_names)
    looked_at = [(f"features.{name}", columns_of(text, of_a_pair=True)) for name, text in model.features.items()]
    looked_at += [(f"fields.{name}", columns_of(text, of_a_pair=False)) for name, text in model.fields.items()]
    for place, columns in looked_at:
        if unknown := sorted(columns - held):
            raise DeclarationError(
                f"The model {model.label}, {place}: it looks at the column {unknown[0]}, which the records do not "
                f"have. They have {', '.join(sorted(held - {'entity_id'}))}."
            )
