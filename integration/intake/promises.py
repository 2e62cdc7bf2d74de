"""By when each dataset was promised: as its contract says, unless the home's `promises.yaml` says otherwise.

dtsen_keluarga: {every: quarter, by_day: 25}
siga_krs: none
"""

from integration.contracts import Promise, contracts, promise
from warehouse.declared_file import DeclaredFile
from warehouse.settings import Home

NONE = "none"
"""What the home's file says of a dataset that nobody promised to go on delivering."""


def promises_of(home: Home | None = None) -> dict[str, Promise | None]:
    """Give the promise of each dataset, None where there is none; without a home, what the contracts say.

    Raises `DeclarationError` that names the place in `promises.yaml`, what was found and what may stand there.
    """
    promised = {dataset: contract.promise for dataset, contract in contracts().items()}
    if home is None or not home.promises.exists():
        return promised
    file = DeclaredFile(f"The promises {home.promises.name}")
    declared = file.keys("the file", file.read(home.promises), (), contracts())
    return promised | {
        dataset: None if said == NONE else promise(f"{file.file}, {dataset}", said)
        for dataset, said in declared.items()
    }
