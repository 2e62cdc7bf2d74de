"""How badly clerks and systems damage each dataset: rates read from `noise_profiles.yaml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from warehouse.errors import DeclarationError
from warehouse.yaml_file import read_yaml

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
        """Read a profile of `noise_profiles.yaml`; what it leaves out is as in the profile that its `as` names.

        Without `as` that is `default`. Raises DeclarationError when there is no such profile, one of the file names a
        damage that `default` does not know or a profile that does not stand above it, or a rate is not a share.
        """
        declared = read_yaml(PROFILES)
        if name not in declared:
            known = ", ".join(declared)
            raise DeclarationError(f"There is no noise profile '{name}'. Known are {known}; choose one of them.")
        damages = {damage for section in declared[BASE_PROFILE].values() for damage in section}
        profiles: dict[str, dict[str, dict[str, float]]] = {}
        for profile, own in declared.items():
            base = own.pop("as", BASE_PROFILE)
            if profile != BASE_PROFILE and base not in profiles:
                raise DeclarationError(
                    f"Noise profile '{profile}' is to be as '{base}', and no such profile stands above it. "
                    f"Correct {PROFILES.name}."
                )
            sections = {section: dict(rates) for section, rates in profiles.get(base, own).items()}
            for section, rates in own.items():
                for damage, rate in rates.items():
                    if section not in sections or damage not in damages or not 0 <= rate <= 1:
                        raise DeclarationError(
                            f"Noise profile '{profile}' sets {section}.{damage} to {rate}. Wanted is a section and a "
                            f"damage that '{BASE_PROFILE}' names and a share from 0 to 1; correct {PROFILES.name}."
                        )
                    sections[section][damage] = rate
            profiles[profile] = sections
        return cls(name, profiles[name])
