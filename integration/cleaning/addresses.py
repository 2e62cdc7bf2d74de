"""Addresses of villages and towns, read into their parts: in the villages RT, RW and dusun are the useful ones."""

import csv
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from integration.cleaning.null_tokens import is_null_token


class Address(NamedTuple):
    """The parts of an address; each null where the text does not say it.

    `rt`, `rw`: three digits. `dusun`: dusun, dukuh, lingkungan or kampung, upper case without that word, a number at
    its end in Roman figures (KRAJAN II). `road`: without JL; GANG, PERUMAHAN and GRIYA are kept. `number`, `block`: of
    the house. `village`, `kecamatan`: upper case, not resolved.
    """

    rt: str | None = None
    rw: str | None = None
    dusun: str | None = None
    road: str | None = None
    number: str | None = None
    block: str | None = None
    village: str | None = None
    kecamatan: str | None = None


def read_address(written: str, is_village: Callable[[str], bool] | None = None) -> Address:
    """Read an address; any text is allowed, a null token gives all null. Source: domain §3.3.

    `is_village` says whether an upper-case name is a village of the kabupaten. It decides a lone DS (desa or dusun?)
    and what stands unmarked behind a dusun (`DSN KRAJAN, TUTUL`). Without it a lone DS is a dusun. Where a dusun is
    marked as well, DS is the desa. What stands alone and unmarked is a dusun: rural addresses have no road.
    """
    if is_null_token(written):
        return _EMPTY
    text = unicodedata.normalize("NFKC", written).upper().replace(";", ",")
    rt, rw, text = _take_rt_rw(text)
    found = _Parts()
    for segment in _segments(text):
        found.take(segment, is_village)
    return found.address(rt, rw, is_village)


class _Segment(NamedTuple):
    """Words under one marker; `part` is None where no marker stands before them."""

    part: str | None
    words: str


def _segments(text: str) -> list[_Segment]:
    segments: list[_Segment] = []
    part: str | None = None
    words: list[str] = []
    kept: list[str] = []

    def close(following: str | None = None) -> None:
        nonlocal part, words
        if words:
            segments.append(_Segment(part, " ".join(words)))
        part, words = following, []

    for item in _ITEM.findall(text):
        marker = _MARKERS.get(item)
        if item == ",":
            close()
        elif marker:
            if marker.part != part or words != kept:
                close(marker.part)
                kept = []
            if marker.kept:  # PERUM GRIYA ASRI: two markers of one road
                words.append(marker.kept)
                kept.append(marker.kept)
        elif part in ("number", "block") and words:
            close()
            words.append(item)
        elif _HOUSE_NUMBER.fullmatch(item) and words and part in (None, "road"):
            if part is None and _SMALL_NUMBER.fullmatch(item):
                words.append(item)
                continue
            part = "road"
            close("number")
            words.append(item)
            close()
        else:
            words.append(item)
    close()
    return segments


@dataclass
class _Parts:
    """The parts found so far, and the segments that only the others can decide."""

    known: dict[str, str] = field(default_factory=dict)
    either: list[str] = field(default_factory=list)
    unmarked: list[str] = field(default_factory=list)

    def take(self, segment: _Segment, is_village: Callable[[str], bool] | None) -> None:
        if segment.part is None:
            self.unmarked.append(segment.words)
        elif segment.part == "dusun_or_village":
            self.either.append(segment.words)
        else:
            self.known.setdefault(segment.part, segment.words)

    def address(self, rt: str | None, rw: str | None, is_village: Callable[[str], bool] | None) -> Address:
        known = self.known
        for name in self.either:
            if "dusun" in known or ("village" not in known and is_village is not None and is_village(name)):
                known.setdefault("village", name)
            else:
                known["dusun"] = name
        for words in self.unmarked:
            if _HOUSE_NUMBER.fullmatch(words) and not _has_letters(words):
                known.setdefault("number", words)
            elif "dusun" not in known:
                known["dusun"] = words
            elif "village" not in known and (village := _leading_village(words, is_village)):
                known["village"] = village
            else:
                known.setdefault("road", words)
        dusun = known.get("dusun")
        return Address(
            rt,
            rw,
            None if dusun is None else _roman_end(dusun),
            known.get("road"),
            known.get("number"),
            known.get("block"),
            known.get("village"),
            known.get("kecamatan"),
        )


def _leading_village(words: str, is_village: Callable[[str], bool] | None) -> str | None:
    """Find the longest beginning that is a village; what follows is its kecamatan (`TUTUL BALUNG JEMBER`)."""
    if is_village is None:
        return None
    parts = words.split()
    beginnings = (" ".join(parts[:end]) for end in range(len(parts), 0, -1))
    return next((name for name in beginnings if is_village(name)), None)


def _take_rt_rw(text: str) -> tuple[str | None, str | None, str]:
    """Give RT, RW and the text with a comma where they stood."""
    for pattern in _RT_RW:
        found = pattern.search(text)
        if found is None:
            continue
        parts = found.groupdict()
        before = parts.get("before") or ""
        if _ROAD_OR_NUMBER.search(before):  # then it is a house number
            continue
        rest = f"{text[: found.start()]}{before},{text[found.end() :]}"
        return _three_digits(parts.get("rt")), _three_digits(parts.get("rw")), rest
    return None, None, text


def _three_digits(number: str | None) -> str | None:
    return number.zfill(3) if number and int(number) else None


def _roman_end(dusun: str) -> str:
    name, _, number = dusun.rpartition(" ")
    return f"{name} {_ROMAN[int(number) - 1]}" if name and _SMALL_NUMBER.fullmatch(number) else dusun


def _has_letters(words: str) -> bool:
    return any(sign.isalpha() for sign in words)


class _Marker(NamedTuple):
    part: str
    kept: str


def _read_markers() -> dict[str, _Marker]:
    with Path(__file__).with_name("address_markers.csv").open(encoding="utf-8", newline="") as lines:
        return {row["written"]: _Marker(row["part"], row["kept"]) for row in csv.DictReader(lines)}


_MARKERS = _read_markers()
_EMPTY = Address()
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")
_ITEM = re.compile(r"[^\W_]+(?:['’/\-][^\W_]+)*|,")
_HOUSE_NUMBER = re.compile(r"\d{1,4}[A-Z]?(?:[/\-]\d{1,3}[A-Z]?)?", re.ASCII)
_SMALL_NUMBER = re.compile(r"[1-9]", re.ASCII)
_ROAD_OR_NUMBER = re.compile(
    r"\b(?:" + "|".join(w for w, m in _MARKERS.items() if m.part in ("road", "number")) + r")\b"
)
_SEPARATOR = r"[\s.:,/\-]*"
_RT_RW = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        rf"\bRT\s*[./]?\s*RW{_SEPARATOR}0*(?P<rt>\d{{1,3}})\s*[./,\-]\s*0*(?P<rw>\d{{1,3}})\b",
        rf"\bRT{_SEPARATOR}0*(?P<rt>\d{{1,3}}){_SEPARATOR}RW{_SEPARATOR}0*(?P<rw>\d{{1,3}})\b",
        rf"\bRW{_SEPARATOR}0*(?P<rw>\d{{1,3}}){_SEPARATOR}RT{_SEPARATOR}0*(?P<rt>\d{{1,3}})\b",
        rf"\bRT{_SEPARATOR}0*(?P<rt>\d{{1,3}})\s*[/\-]\s*0*(?P<rw>\d{{1,3}})\b",
        rf"\bRT{_SEPARATOR}0*(?P<rt>\d{{1,3}})\b",
        rf"\bRW{_SEPARATOR}0*(?P<rw>\d{{1,3}})\b",
        r"(?<![\w/.\-])(?P<rt>0\d\d)\s*/\s*(?P<rw>0\d\d)(?![\w/\-])",
        # Without zeros a pair is RT/RW only where it stands by itself, or last: elsewhere it is a house number.
        r"(?:^|,)\s*0*(?P<rt>\d{1,3})\s*/\s*0*(?P<rw>\d{1,3})\s*(?=,|$)",
        r"(?P<before>(?:^|,)[^,]*)(?<![\w/.\-])0*(?P<rt>\d{1,2})/0*(?P<rw>\d{1,2})\s*$",
    )
)
