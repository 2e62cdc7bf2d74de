"""Writing learned weights into a model file: its text stays as people wrote it, only m, u, prior and version change."""

import re
from collections.abc import Mapping

from warehouse.errors import DeclarationError

_COMPARISON = re.compile(r"^  - name: (\w+)\s*$", re.MULTILINE)
_LEVEL = re.compile(r"\{level: (\w+),[^\n]*\}")


def with_weights(
    text: str, version: str, weights: Mapping[tuple[str, str], tuple[float, float]], prior: Mapping[str, float]
) -> str:
    """Give the text of a model file with other weights.

    `weights`: (m, u) for each (comparison, level). `prior`: new values of words under `prior`. Comparisons must stand
    as `  - name: NAME` and levels as `{level: NAME, when: ..., m: ..., u: ...}`, each in one line. Raises
    `DeclarationError` for a level that cannot be found there.
    """
    start = text.index("\ncomparisons:")
    heads = list(_COMPARISON.finditer(text, start))
    pieces, missing = [text[: heads[0].start()]], set(weights)
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        body = text[head.start() : following.start() if following else len(text)]
        comparison = head.group(1)

        def weighed(line: re.Match[str], comparison: str = comparison) -> str:
            key = (comparison, line.group(1))
            if key not in weights:
                return line.group(0)
            missing.discard(key)
            m, u = weights[key]
            return _put(_put(line.group(0), "m", m), "u", u)

        pieces.append(_LEVEL.sub(weighed, body))
    if missing:
        raise DeclarationError(
            f"The model has no line for the levels {sorted(missing)}: each must stand in one line as "
            "{level: NAME, when: ..., m: ..., u: ...}."
        )
    changed = re.sub(r"^version: .*$", f"version: {version}", "".join(pieces), count=1, flags=re.MULTILINE)
    for word, value in prior.items():
        changed = re.sub(rf"\b{word}: [0-9.e+-]+", f"{word}: {value:.9f}", changed, count=1)
    return changed


def _put(line: str, word: str, value: float) -> str:
    """Replace `word: number` in a level's line, or add it where the level was not trained yet."""
    number = f"{value:.4g}"
    # YAML takes 1.0e-07 for a number, but 1e-07 for a text.
    number = number.replace("e", ".0e") if "e" in number and "." not in number else number
    written = f"{word}: {number}"
    if re.search(rf"\b{word}: [0-9.e+-]+", line):
        return re.sub(rf"\b{word}: [0-9.e+-]+", written, line, count=1)
    return f"{line[:-1]}, {written}}}"
