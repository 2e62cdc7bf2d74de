"""How badly clerks and systems damage each dataset: rates read from `noise_profiles.yaml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from warehouse.errors import DeclarationError

PROFILES = Path(__file__).with_name("noise_profiles.yaml")
BASE_PROFILE = "default"


@dataclass(frozen=True)
class NoiseProfile:
    """Damage rates (shares, 0 to 1) by section of the file (`toddlers`, `register` …) and kind of damage."""

    name: str
    sections: Mapping[str, Mapping[str, float]]

    def rate(self, section: str, damage: str) -> float:
        """Return the share of cells damaged so; a damage that the section does not list does not happen."""
        return float(self.sections[section].get(damage, 0.0))

    @classmethod
    def named(cls, name: str) -> "NoiseProfile":
        """Read a profile of `noise_profiles.yaml`; what it leaves out is as in `default`.

        Raises DeclarationError when there is no such profile, it names a damage that `default` does not know, or a
        rate is not a share.
        """
        profiles = yaml.safe_load(PROFILES.read_text(encoding="utf-8"))
        if name not in profiles:
            known = ", ".join(profiles)
            raise DeclarationError(f"There is no noise profile '{name}'. Known are {known}; choose one of them.")
        everywhere = {damage for section in profiles[BASE_PROFILE].values() for damage in section}
        sections = {section: dict(rates) for section, rates in profiles[BASE_PROFILE].items()}
        for section, rates in (profiles[name] or {}).items():
            for damage, rate in rates.items():
                if section not in sections or damage not in everywhere or not 0 <= rate <= 1:
                    raise DeclarationError(
                        f"Noise profile '{name}' sets {section}.{damage} to {rate}. Wanted is a section and a damage "
                        f"that '{BASE_PROFILE}' names and a share from 0 to 1; correct {PROFILES.name}."
                    )
                sections[section][damage] = rate
        return cls(name, sections)
