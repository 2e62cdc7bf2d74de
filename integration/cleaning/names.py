"""One written name, standardised: titles, patronymics and aliases split off, abbreviations and variants made one.

What is one name in two spellings is said by two tables a domain person can change: `name_variants.csv` (token →
canonical token) and `name_markers.csv` (titles, degrees, baby forms, ...). Names that merely sound alike keep their own
canonical form (SITI, SRI); the looseness is in the phonetic key. Source of the rules: domain §3.1 and §3.2.
"""

import csv
import re
import unicodedata
from collections import defaultdict
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from integration.cleaning.null_tokens import is_null_token
from integration.cleaning.phonetics import phonetic_key


class StandardName(NamedTuple):
    """What a written name says. Every text field is upper case and null when the cell does not say it.

    `canonical`: the comparison form, canonical tokens in written order; null for a baby form, a teknonym or nothing.
    `display`: the name as written, cleaned, without titles, degrees and aliases. `sorted_tokens`, `joined`: the
    canonical tokens sorted and joined by a blank, and in order without blanks (contracts §5 "name similarity").
    `first_key`, `name_key`: the phonetic key of the first token, and of all, sorted. `initials`: a token is a single
    letter. `token_count`: canonical tokens, 0 when null. `title`: titles and degrees taken off. `patronym`: canonical
    form of the father's (in a maternal register mostly the husband's) name after BIN, BINTI, B. `alias`: that of a
    second name, after ALIAS, AL., `@`, `/`, in brackets; of `AYAH / IBU` it is the second. `ordinal`: the digit of a
    twin (`X 1/2` is 1). `unknown_kind`: `baby` (BY NY X: no name yet, `mother_name` is X) or `teknonym` (PAK X: the
    parent of X, `child_name` is X), else null.
    """

    canonical: str | None = None
    display: str | None = None
    sorted_tokens: str | None = None
    joined: str | None = None
    first_key: str | None = None
    name_key: str | None = None
    initials: bool = False
    token_count: int = 0
    title: str | None = None
    patronym: str | None = None
    alias: str | None = None
    ordinal: int | None = None
    unknown_kind: str | None = None
    mother_name: str | None = None
    child_name: str | None = None


def standardise_name(written: str) -> StandardName:
    """Standardise one written name; any text is allowed, one that names nobody gives nulls.

    Choices where the written form does not decide:

    - A leading M. and A. become MUHAMMAD and AHMAD where another name follows (domain §3.2). A leading S. stays an
      initial: it is SITI as often as SRI, and a man's Slamet or Sugeng; the initial agrees with each at a lower weight.
    - PAK, BU, P., B. before one name is a teknonym, the name being the child's; before two or more it is a form of
      address, for a child is called by one name.
    - AL before a name that often follows the article (`name_markers.csv`) belongs to it (AL FATIH is ALFATIH), before
      any other it is `alias`. IBNU stays: in given names (IBNU HAJAR) it is far more frequent than as a patronymic.
    """
    text = written.upper()
    if not _PLAIN.fullmatch(text):
        text = _fold(written)
    elif _SPECIAL.isdisjoint(words := text.split(" ")):
        return _standard_name(words, text)
    return _NOBODY if is_null_token(text) else _parse(text)


class _Chunk(NamedTuple):
    """A word, or a degree with its inner dots (`S.PD`), and whether a comma stands before it."""

    text: str
    after_comma: bool


class _Part(NamedTuple):
    """A name or second name: its words, what is shown of it, and what was taken off."""

    words: list[str]
    display: list[str]
    titles: list[str]
    patronym: list[str]
    kind: str | None = None
    ordinal: int | None = None


def _parse(text: str) -> StandardName:
    text, ordinal = _take_ordinal(_DECEASED.sub(" ", text))
    parts = [part for chunks in _split_aliases(text) for part in _read_parts(chunks)]
    parts = [part for part in parts if part.kind or not _is_nobody(" ".join(map(_bare, part.words)))]
    if not parts:
        return _NOBODY
    main = parts[0]
    alias = next((_canonical(part.words) for part in parts[1:] if part.words), None)
    title = " ".join(main.titles) or None
    patronym = _canonical(main.patronym)
    display = " ".join(main.display)
    if main.kind is None:
        return _standard_name(main.words, display, title, patronym, alias, ordinal)
    relative = _canonical(main.words)
    return StandardName(
        display=display,
        title=title,
        patronym=patronym,
        alias=alias,
        ordinal=main.ordinal if ordinal is None else ordinal,
        unknown_kind=main.kind,
        mother_name=relative if main.kind == "baby" else None,
        child_name=relative if main.kind == "teknonym" else None,
    )


def _is_nobody(phrase: str) -> bool:
    return phrase in _MARKERS["unknown"] or is_null_token(phrase)


def _standard_name(
    words: list[str],
    display: str,
    title: str | None = None,
    patronym: str | None = None,
    alias: str | None = None,
    ordinal: int | None = None,
) -> StandardName:
    read = [_read_first_token(words[0], len(words) > 1), *map(_read_token, words[1:])]
    canonical = " ".join([token for token, _ in read])
    keys = " ".join([key for _, key in read]).split(" ")
    tokens = canonical.split(" ")
    first_key = keys[0]
    token_count = len(tokens)
    initials = len(min(tokens, key=len)) == 1
    joined = "".join(tokens)
    tokens.sort()
    keys.sort()
    return StandardName(
        canonical,
        display,
        " ".join(tokens),
        joined,
        first_key,
        " ".join(keys),
        initials,
        token_count,
        title,
        patronym,
        alias,
        ordinal,
    )


@lru_cache(maxsize=1 << 18)
def _read_token(word: str) -> tuple[str, str]:
    """Give the canonical tokens of one word, mostly one, and their phonetic keys, each joined by a blank."""
    canonical = _variant(_bare(word))
    return canonical, " ".join(map(phonetic_key, canonical.split(" ")))


@lru_cache(maxsize=1 << 18)
def _read_first_token(word: str, others: bool) -> tuple[str, str]:
    """As `_read_token`, in first place, where some abbreviations are clear; an initial only before `others`."""
    bare = _bare(word)
    return _read_token(_FIRST_VARIANTS.get(bare, bare) if others or len(bare) > 1 else bare)


def _variant(token: str) -> str:
    if token in _VARIANTS:
        return _VARIANTS[token]
    for start, end, least, canonical in _PATTERNS:
        rest = token[len(start) : len(token) - len(end)]
        if len(rest) >= least and token.startswith(start) and token.endswith(end):
            found = canonical.replace("*", _VARIANTS.get(rest, rest) if start else rest)
            return _VARIANTS.get(found, found)
    return token


def _canonical(words: list[str]) -> str | None:
    if not words:
        return None
    return " ".join([_read_first_token(words[0], len(words) > 1)[0], *(_read_token(word)[0] for word in words[1:])])


# ---------------------------------------------------------------------------------------------- from text to parts


def _fold(text: str) -> str:
    """Upper case without accents, apostrophes and invisible characters; a 0 or 1 between letters is the letter."""
    if not text.isascii():
        for _ in range(2):  # upper case can bring characters that decompose again
            text = unicodedata.normalize("NFKD", text).upper()
            text = "".join(sign for sign in text if unicodedata.category(sign) not in _INVISIBLE)
        text = text.translate(_APOSTROPHES)
    else:
        text = text.upper()
        if "'" in text or "`" in text:
            text = text.translate(_APOSTROPHES)
    if any(digit in text for digit in "01"):
        text = _DIGIT_AS_LETTER.sub(lambda found: "O" if found[0] == "0" else "I", text)
    return text.strip()


def _take_ordinal(text: str) -> tuple[str, int | None]:
    found = _ORDINAL.search(text)
    if found is None or not found.start():
        return text, None
    return text[: found.start()], int(found[1])


def _split_aliases(text: str) -> list[list[_Chunk]]:
    """Split into the name and its second names; what stands after a closing bracket belongs to the name again."""
    parts: list[list[_Chunk]] = [[]]
    current = parts[0]
    after_comma = False
    for item in _ITEM.findall(text):
        if item == ",":
            after_comma = True
            continue
        if item in ")]":
            current = parts[0]
        elif item in "([/\\|@&" or _bare(item) in _MARKERS["alias"]:
            current = []
            parts.append(current)
        elif _is_degree(chunk := _Chunk(item, after_comma)):
            current.append(chunk)
        else:
            first, *others = _WORD.findall(item)
            current.append(_Chunk(first, after_comma))
            current += [_Chunk(word, after_comma=False) for word in others]
        after_comma = False
    return parts


def _read_parts(chunks: list[_Chunk]) -> list[_Part]:
    """Read one name; more than one part when AL introduces a second."""
    chunks, degrees = _strip_degrees(chunks)
    words = [word for chunk in chunks for word in _WORD.findall(chunk.text)]
    titles: list[str] = []
    while True:
        words, found = _strip_titles(words)
        titles += found
        if len(words) > 1 and _is_address_form(words):
            titles.append(_bare(words[0]))
            words = words[1:]
        else:
            break
    words, second = _join_articles(words)
    if not second:
        return [_read_words(words, titles + degrees)]
    # The name before AL has an end of its own now, where degrees may stand.
    rest, more_degrees = _strip_degrees([_Chunk(word, after_comma=False) for word in words])
    first = _read_words([chunk.text for chunk in rest], titles + more_degrees + degrees)
    return [first, *_read_parts([_Chunk(word, after_comma=False) for word in second])]


def _read_words(words: list[str], titles: list[str]) -> _Part:
    display = words
    if " ".join(map(_bare, words)) in _MARKERS["no_name_yet"]:
        return _Part([], display, titles, [], "baby")
    first = _bare(words[0]) if words else ""
    if first in _MARKERS["baby"] and not (len(words) > 1 and _bare(words[1]) in _MARKERS["given_after_anak"]):
        return _read_baby_form(words, titles)
    kind = None
    if first in _MARKERS["teknonym"] and (len(words) > 1 or len(first) > 1):
        kind = "teknonym"
        words = _strip_titles(words[1:])[0]
    words, patronym = _split_patronym(words)
    return _Part(words, display, titles, patronym, kind)


def _read_baby_form(words: list[str], titles: list[str]) -> _Part:
    mother = words[1:]
    while mother and _bare(mother[0]) in _MARKERS["baby_of"] | _MARKERS["baby"] | _MARKERS["teknonym"]:
        mother = mother[1:]
    mother = [word for word in _strip_titles(mother)[0] if _bare(word) not in _MARKERS["twin"]]
    ordinal = None
    if len(mother) > 1 and mother[-1] in _ROMAN:
        ordinal = _ROMAN[mother[-1]]
        mother = mother[:-1]
    mother, patronym = _split_patronym(mother)
    return _Part(mother, words, titles, patronym, "baby", ordinal)


def _strip_degrees(chunks: list[_Chunk]) -> tuple[list[_Chunk], list[str]]:
    """Take academic degrees off the ends, as long as something is left; `S. KEP` is one, like `S.KEP`."""
    degrees: list[str] = []
    while len(chunks) > 1:
        last = chunks[-1]
        pair = _Chunk(chunks[-2].text + last.text, chunks[-2].after_comma)
        if _is_degree(last) or _bare(last.text) in _MARKERS["title_anywhere"]:
            degrees.insert(0, _bare(last.text))
            chunks = chunks[:-1]
        elif len(chunks) > 2 and chunks[-2].text.endswith(".") and len(_bare(last.text)) > 1 and _is_degree(pair):
            degrees.insert(0, _bare(pair.text))
            chunks = chunks[:-2]
        elif "." in chunks[0].text[:-1] and _is_degree(chunks[0]):
            degrees.insert(0, _bare(chunks[0].text))
            chunks = chunks[1:]
        else:
            break
    return chunks, degrees


def _is_degree(chunk: _Chunk) -> bool:
    bare = _bare(chunk.text)
    if bare in _MARKERS["degree"]:
        return True
    return bare in _MARKERS["degree_if_marked"] and (chunk.after_comma or "." in chunk.text)


def _strip_titles(words: list[str]) -> tuple[list[str], list[str]]:
    titles: list[str] = []
    while len(words) > 1 and _bare(words[0]) in _MARKERS["title"]:
        titles.append(_bare(words[0]))
        words = words[1:]
    if len(words) > 1:
        inner = [word for word in words if _bare(word) in _MARKERS["title_anywhere"]]
        if inner and len(inner) < len(words):
            titles += [_bare(word) for word in inner]
            words = [word for word in words if word not in inner]
    return words, titles


def _is_address_form(words: list[str]) -> bool:
    """PAK, BU and the like before two names or more: the person's own (a child is called by one)."""
    if _bare(words[0]) not in _MARKERS["teknonym"]:
        return False
    rest = _join_articles(_strip_titles(words[1:])[0])[0]
    return len(_split_patronym(rest)[0]) > 1


def _join_articles(words: list[str]) -> tuple[list[str], list[str]]:
    """Join an article to the name it belongs to; where AL introduces a second name, give that apart."""
    joined: list[str] = []
    place = 0
    while place < len(words):
        word = words[place]
        following = words[place + 1] if place + 1 < len(words) else ""
        if following and joined and _introduces_alias(word, _bare(following)):
            return joined, words[place + 1 :]
        if following and _is_article(word, _bare(following)):
            joined.append(f"{word} {following}")
            place += 1
        else:
            joined.append(word)
        place += 1
    return joined, []


def _introduces_alias(word: str, following: str) -> bool:
    return _bare(word) in _MARKERS["alias_dotted"] and ("." in word or following not in _ARTICLE_NAMES)


def _is_article(word: str, following: str) -> bool:
    if "." in word or len(following) < 3:
        return False
    return word in _MARKERS["article"] or (word in _MARKERS["article_assimilated"] and following.startswith(word[1:]))


def _split_patronym(words: list[str]) -> tuple[list[str], list[str]]:
    for place in range(1, len(words)):
        if _bare(words[place]) in _MARKERS["patronymic"]:
            return words[:place], _strip_relation(words[place + 1 :])
        if words[place] in _DOTTED_PATRONYMICS and place + 1 < len(words):
            return words[:place], _strip_relation(words[place + 1 :])
    return words, []


def _strip_relation(words: list[str]) -> list[str]:
    while len(words) > 1 and _bare(words[0]) in _MARKERS["teknonym"] | _MARKERS["patronymic"]:
        words = words[1:]
    return _strip_titles(words)[0]


def _bare(word: str) -> str:
    return word if word.isalpha() else word.translate(_NO_PUNCTUATION)


# ---------------------------------------------------------------------------------------------------------- tables


def _read_markers() -> dict[str, frozenset[str]]:
    markers = defaultdict(set)
    with Path(__file__).with_name("name_markers.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            markers[row["kind"]].add(row["token"])
    return {kind: frozenset(tokens) for kind, tokens in markers.items()}


def _read_variants() -> tuple[dict[str, str], dict[str, str], list[tuple[str, str, int, str]]]:
    anywhere, first, patterns = {}, {}, []
    with Path(__file__).with_name("name_variants.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            token, canonical = row["token"], row["canonical"]
            if "*" in token:
                start, end = token.split("*")
                patterns.append((start, end, 4 if start else 3, canonical))
            elif row["place"] == "first":
                first[token] = canonical
            else:
                anywhere[token] = canonical
    return anywhere, first, patterns


_MARKERS = _read_markers()
_VARIANTS, _FIRST_VARIANTS, _PATTERNS = _read_variants()
_ARTICLE_NAMES = _MARKERS["after_article"]
_DOTTED_PATRONYMICS = frozenset(f"{marker}." for marker in _MARKERS["patronymic_dotted"])
_SPECIAL = frozenset(
    word
    for kind, tokens in _MARKERS.items()
    if kind not in ("after_article", "degree_if_marked", "given_after_anak")
    for phrase in tokens
    for word in phrase.split()
)
"""A name without any of these words, dots or marks needs no parsing: nine names in ten."""

_NOBODY = StandardName()
_PLAIN = re.compile(r"[A-Z]+(?: [A-Z]+)*")
_ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4}
_INVISIBLE = frozenset({"Mn", "Me", "Cf", "Cc", "Co", "Cs", "Cn"})
_APOSTROPHES = str.maketrans("", "", "'`´’‘ʼʻʹ′＇\ufffd")
_NO_PUNCTUATION = str.maketrans("", "", ".- ")
_DIGIT_AS_LETTER = re.compile(r"(?<=[A-Z])[01](?=[A-Z])")
_ORDINAL = re.compile(r"[\s(]*(?<!\d)([1-9])(?:\s*/\s*[1-9])?[\s).]*$", re.ASCII)
_DECEASED = re.compile(rf"(?<![^\W\d_])(?:{'|'.join(_MARKERS['deceased'])})(?![^\W\d_])\.?")
_ITEM = re.compile(r"[^\W\d_]+(?:[.\-]+[^\W\d_]+)*\.?|[,/\\|@&(\[)\]]")
_WORD = re.compile(r"(?:(?:AL|EL|A[SZRTDN]|ASY|ASH|ATH|ADZ)-)?[^\W\d_]+\.?")
