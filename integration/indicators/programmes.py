"""The programmes as `programmes.yaml` declares them."""

from dataclasses import dataclass
from pathlib import Path

from integration.indicators.conditions import CountingFile
from integration.indicators.indicators import load_indicators
from integration.rules.facts import AGENCIES
from warehouse.declared_file import Found

PROGRAMMES = Path(__file__).with_name("programmes.yaml")
_NEEDED = {"code", "name", "agency", "of", "eligible", "reached", "others", "within", "source", "verified"}
_FURTHER = {"hidden_with", "limits"}


@dataclass(frozen=True)
class Programme:
    """One programme: who is `eligible` and who is `reached`, SQL conditions over the view of the subject.

    `speaks_of_others`: whether `reached` is known of those not eligible too. `verified`: whether the rule was read in
    its source. `within`: indicators of the same people; `hidden_with`: a programme for the same people.
    """

    code: str
    name: str
    agency: str
    subject: str
    eligible: str
    reached: str
    speaks_of_others: bool
    within: tuple[str, ...]
    hidden_with: str | None
    source: str
    verified: bool
    limits: str | None


def load_programmes(path: Path = PROGRAMMES) -> tuple[Programme, ...]:
    """Read and check a file of programmes.

    Raises `DeclarationError` that names the file, the place in it, what was found and what may stand there.
    """
    with _ProgrammeFile(path.name) as file:
        return file.programmes(file.read(path))


class _ProgrammeFile(CountingFile):
    def programmes(self, declared: Found) -> tuple[Programme, ...]:
        self.keys("the file", declared, {"version", "programmes"})
        self.text("version", declared["version"])
        found = tuple(map(self._programme, self.entries("programmes", declared["programmes"], _NEEDED, _FURTHER)))
        leading = tuple(one.code for one in found if one.hidden_with is None)
        for one in found:
            if one.hidden_with is not None:
                self.one_of(f"programmes, {one.code}, hidden_with", one.hidden_with, leading)
        return found

    def _programme(self, entry: Found) -> Programme:
        place = f"programmes, {entry['code']}"
        subject = self.one_of(f"{place}, of", entry["of"], ("balita", "ibu", "families"))
        return Programme(
            code=self.text(f"{place}, code", entry["code"]),
            name=self.text(f"{place}, name", entry["name"]),
            agency=self.one_of(f"{place}, agency", entry["agency"], AGENCIES),
            subject=subject,
            eligible=self.condition_of(subject, f"{place}, eligible", entry["eligible"]),
            reached=self.condition_of(subject, f"{place}, reached", entry["reached"]),
            speaks_of_others=self.yes_or_no(f"{place}, others", entry["others"]),
            within=self._within(f"{place}, within", entry["within"]),
            hidden_with=self.text(f"{place}, hidden_with", entry["hidden_with"]) if "hidden_with" in entry else None,
            source=self.text(f"{place}, source", entry["source"]),
            verified=self.yes_or_no(f"{place}, verified", entry["verified"]),
            limits=self.text(f"{place}, limits", entry["limits"]) if "limits" in entry else None,
        )

    def _within(self, place: str, found: Found) -> tuple[str, ...]:
        known = tuple(one.code for one in load_indicators().indicators)
        if not isinstance(found, list):
            raise self.error(place, f"{found!r} was found; it must be a list of indicators")
        return tuple(self.one_of(place, code, known) for code in found)
