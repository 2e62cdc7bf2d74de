"""What people are called: names as rows of words, so that a clerk's spelling is another row of words."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from integration.sampling.chance import Chance, Flags, Ints
from integration.sampling.text_columns import Text, joined, texts
from warehouse.yaml_file import read_yaml

TOKENS = Path(__file__).parents[2] / "warehouse" / "reference" / "names" / "name_tokens.csv"
COHORTS = Path(__file__).with_name("name_cohorts.yaml")
VARIANTS = Path(__file__).with_name("name_variants.csv")
MAX_WORDS = 4
POPULARITY = 2.2
"""Power of a word's weight: above 1, because the table's weights flatten how common the common words are."""

Names = NDArray[np.int16]
"""People x MAX_WORDS: positions in `Words.spelled`, -1 where there is no further word."""


@dataclass(frozen=True)
class Words:
    """All words a name can be written with."""

    spelled: list[str]
    sex: list[str]
    origin: list[str]
    weight: NDArray[np.float64]
    begins_only: Flags
    """Per word: another word must follow."""
    initial: Ints
    """Per word: the position of its initial with a dot (`M.`)."""
    variants: Ints
    """Words x 4: positions of other spellings, the word itself where it has none."""


@cache
def words() -> Words:
    """Read the token table and the variant table; each word is upper case, as offices write."""
    with TOKENS.open(encoding="utf-8", newline="") as file:
        tokens = list(csv.DictReader(file))
    spelled = [row["token"].upper() for row in tokens]
    with VARIANTS.open(encoding="utf-8", newline="") as file:
        pairs = [(row["word"], row["written"]) for row in csv.DictReader(file)]
    written = sorted({word for _, word in pairs} | {f"{word[0]}." for word in spelled})
    first = len(spelled)
    position = {word: first + number for number, word in enumerate(written)}
    every = spelled + written
    variants = np.repeat(np.arange(len(every))[:, None], 4, axis=1)
    of_word: dict[str, list[int]] = {}
    for word, other in pairs:
        of_word.setdefault(word, []).append(position[other])
    for number, word in enumerate(spelled):
        if word in of_word:
            variants[number] = np.resize(of_word[word], 4)
    beginnings = set(read_yaml(COHORTS)["beginnings"])
    return Words(
        spelled=every,
        sex=[row["sex"] for row in tokens],
        origin=[row["origin"] for row in tokens],
        weight=np.array([float(row["weight"]) for row in tokens]),
        begins_only=np.array([word in beginnings for word in every]),
        initial=np.array([position.get(f"{word[0]}.", number) for number, word in enumerate(every)]),
        variants=variants,
    )


def draw_names(male: Flags, birth_year: Ints, chance: Chance) -> Names:
    """Draw a name per person, fitting sex and year of birth; the same word never stands twice in one name."""
    vocabulary = words()
    n = len(male)
    names = np.full((n, MAX_WORDS), -1, dtype=np.int16)
    cohorts = read_yaml(COHORTS)["cohorts"]
    cohort_of = np.searchsorted([cohort["born_before"] for cohort in cohorts], birth_year, side="right")
    sexes, origins = np.array(vocabulary.sex), vocabulary.origin
    for number, cohort in enumerate(cohorts):
        of_origin = np.array([cohort["origins"][origin] for origin in origins])
        popularity = vocabulary.weight**POPULARITY
        of_all = {origin: popularity[np.array(origins) == origin].sum() for origin in set(origins)}
        weight = popularity * of_origin / np.array([of_all[origin] for origin in origins])
        for is_male, sex in ((True, "M"), (False, "F")):
            here = np.flatnonzero((cohort_of == number) & (male == is_male))
            usable = weight * np.isin(sexes, (sex, "U"))
            drawn = np.stack([chance.pick(len(here), usable) for _ in range(MAX_WORDS)], axis=1)
            count = 1 + chance.pick(len(here), cohort["words"])
            names[here] = _finished(drawn, count, vocabulary)
    return names


def _finished(drawn: Ints, count: Ints, vocabulary: Words) -> Names:
    """Cut names to their count of words, drop repeated words, and let no name end in a mere beginning."""
    for later in range(1, MAX_WORDS):
        for earlier in range(later):
            drawn[drawn[:, later] == drawn[:, earlier], later] = -1
    begins = vocabulary.begins_only[np.maximum(drawn, 0)] & (drawn >= 0)
    begins[:, 0] = False
    drawn[begins] = -1  # a beginning stands first only
    missing = drawn < 0
    order = np.argsort(missing, axis=1, kind="stable")
    drawn = np.take_along_axis(drawn, order, axis=1)
    alone = (count == 1) & vocabulary.begins_only[drawn[:, 0]]
    count = np.where(alone, 2, count)
    drawn[np.arange(MAX_WORDS)[None, :] >= count[:, None]] = -1
    return drawn.astype(np.int16)


def spell(names: Names) -> Text:
    """Return the names as text; a person without words has an empty one."""
    vocabulary = words().spelled
    return joined(" ", *(texts(vocabulary, names[:, column]) for column in range(MAX_WORDS)))
