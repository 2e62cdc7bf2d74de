"""The phonetic key of a name token: what stays of it when Madurese, Javanese and old spellings are heard, not read."""

import re
from functools import lru_cache

# In this order (domain §3.2): each spelling → the sound it shares with others.
_SOUNDS = (
    ("OE", "U"),
    ("TJ", "C"),
    ("NJ", "NY"),
    ("KH", "H"),
    ("CH", "H"),
    ("SY", "S"),
    ("SJ", "S"),
    ("DZ", "J"),
    ("DJ", "J"),
    ("Z", "J"),
    ("PH", "P"),
    ("F", "P"),
    ("V", "P"),
    ("Q", "K"),
    ("X", "S"),
)
_H_AFTER_FIRST = re.compile(r"(?<!^)H")
_JAVANESE_A = re.compile(r"(?:(?<=[^AIUEO])|(?<=^))[AO]([^AIUEO])[AO]$")
_Y_AS_VOWEL = re.compile(r"Y(?![AIUEO])")
_GLIDE_Y = re.compile(r"(?<!^)[IE][IY]*(?=[AUO])")
_GLIDE_W = re.compile(r"(?<!^)[UO][UW]*(?=[AIE])")
_DOUBLE = re.compile(r"(.)\1+")


@lru_cache(maxsize=1 << 18)
def phonetic_key(token: str) -> str:
    """Give the key of one upper-case token; equal keys sound alike, unequal ones may still be one name.

    KH, CH→H; SY, SJ, SH→S; DZ, DJ, Z, initial J and Y→J; F, V, PH→P; Q, final G→K; OE→U; TJ→C; TH→T; DH→D; H dropped
    except in first place; E as I, O as U; IY, UW before a vowel as Y, W; a final O as A, with the A/O before it
    (PURNAMA, PURNOMO); doubled letters once. Not empty unless `token` is. Source: domain §3.2.
    """
    key = token
    for spelling, sound in _SOUNDS:
        if spelling in key:
            key = key.replace(spelling, sound)
    if key.startswith("Y") and len(key) > 1:
        key = "J" + key[1:]
    if len(key) > 1:
        key = _DOUBLE.sub(r"\1", key)
        key = _Y_AS_VOWEL.sub("I", key)
        key = _GLIDE_Y.sub("Y", key)
        key = _GLIDE_W.sub("W", key)
    key = _H_AFTER_FIRST.sub("", key)
    key = _JAVANESE_A.sub(r"A\1A", key)
    if key.endswith("O") and len(key) > 1:
        key = key[:-1] + "A"
    if key.endswith("G") and len(key) > 1:
        key = key[:-1] + "K"
    key = key.replace("E", "I").replace("O", "U")
    return _DOUBLE.sub(r"\1", key)
