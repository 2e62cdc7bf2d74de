"""The page inside each snapshot: what it is, for whom, until when it may be kept."""

import datetime as dt
import string
from pathlib import Path
from typing import Any

from warehouse.entitlements import Treatment, Unit, View
from warehouse.entitlements.masks import masks

_PAGE = Path(__file__).with_name("readme.txt")


def readme(unit: Unit, facts: dict[str, Any], views: list[View]) -> str:
    """Give the text of the page from the manifest's facts and the views that the snapshot holds."""
    recipient = unit.recipient
    return string.Template(_PAGE.read_text(encoding="utf-8")).substitute(
        agency=recipient.agency,
        role=recipient.role,
        unit=unit.name,
        place="seluruh kabupaten" if unit.kecamatan is None else f"kecamatan {unit.kecamatan}",
        purpose=recipient.purpose.says,
        purpose_code=recipient.purpose.code,
        legal_basis=recipient.legal_basis,
        publication=facts["publication"],
        period=facts["period"],
        policy=facts["policy"],
        keep_until=dt.date.fromisoformat(facts["keep_until"]).isoformat(),
        formats=", ".join(recipient.formats),
        tables="\n".join(f"  {name}: {count} baris" for name, count in facts["tables"].items()),
        treatments="\n".join(_treatments(view) for view in views),
        not_in_xlsx=", ".join(facts["not_in_xlsx"]) or "tidak ada",
        encrypted="Berkas dienkripsi untuk penerima (age): age -d -i KUNCI BERKAS.age" if recipient.encrypt_to else "",
    )


def _treatments(view: View) -> str:
    """Say of a view which columns are not shown as they are."""
    changed = [
        f"    {one.name}: {one.treatment}, {masks()[one.mask].says}"
        for one in view.columns(Treatment.MASKED, Treatment.PSEUDONYMISED)
        if one.mask
    ]
    return "\n".join([f"  {view.shown_as}:", *(changed or ["    semua kolom seperti adanya"])])
