"""The answer to a person who asks what is held of them: a page to read and print, and the same as JSON."""

import html
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from integration.privacy.data_subject import DataSubject
from integration.privacy.held import held_of
from integration.reports.folder import whole_folder
from warehouse.settings import Home
from warehouse.wall_clock import today

PAGE, DATA = "jawaban.html", "jawaban.json"
_CSS = Path(__file__).with_name("subject_access.css")


def write_subject_access(home: Home, subject: DataSubject, out: Path | None = None) -> Path:
    """Write all that is held of a person into `<out>/<person_id>`, a folder for its owner alone; give the folder.

    `out` is `<home>/subject_access` unless given. What is about others is masked (`integration/privacy/held.py`).
    """
    folder = (out or home.path / "subject_access") / subject.name
    said = held_of(home, subject)
    day = today().isoformat()
    with whole_folder(folder, {"kind": "subject_access", "written_on": day}) as build:
        (build / DATA).write_text(json.dumps(said, indent=1, ensure_ascii=False, default=str), encoding="utf-8")
        (build / PAGE).write_text("\n".join(_page(said, day)) + "\n", encoding="utf-8")
    return folder


def _page(said: Mapping[str, Any], day: str) -> Iterator[str]:
    yield f'<!doctype html><html lang="id"><meta charset="utf-8"><title>Data tentang {_text(said["person_id"])}</title>'
    yield f"<style>{_CSS.read_text(encoding='utf-8')}</style>"
    yield f"<h1>Data pribadi yang disimpan tentang {_text(said['person_id'])}</h1>"
    yield f'<p class="note">Dibuat {day}. Data orang lain disamarkan. Rahasia: untuk yang berhak saja.</p>'
    yield "<h2>Siapa yang menjawab</h2>" + _pairs(said["answers"])
    yield "<h2>Orang ini sebagaimana dikenal</h2>" + _pairs(said["person"])
    if said["earlier_ids"]:
        yield f"<p>ID sebelumnya: {_text(', '.join(said['earlier_ids']))}</p>"
    yield "<h2>Keluarga</h2>" + _pairs(said["family"])
    yield f"<h2>Baris yang dikirim lembaga ({len(said['delivered'])})</h2>"
    for row in said["delivered"]:
        yield f"<h3>{_text(row['agency'])}: {_text(row['dataset'])} {_text(row['period'])}</h3>"
        yield f'<p class="note">{_text(row["file"])}, baris {row["row"]}; diterima {_text(row["received_at"])[:10]}.'
        yield f"Dianggap milik orang ini karena: {_text(row['why'])} (peluang {_text(row['probability'])}).</p>"
        yield _pairs(row["cells"])
    if said["refused_rows"]:
        yield "<h2>Baris yang ditolak</h2>" + _table(said["refused_rows"])
    if said["named_in_rows_of_others"]:
        yield "<h2>Disebut dalam baris orang lain</h2>" + _pairs(said["named_in_rows_of_others"])
    yield "<h2>Yang diterbitkan</h2>"
    for one in said["published"]:
        for name, lines in one["rows"].items():
            yield f"<h3>{_text(one['period'])}: {_text(name)} ({_text(one['version'])})</h3>"
            yield "".join(_pairs(line) for line in lines)
    yield "<h2>Siapa yang dapat melihatnya</h2>" + _table(
        [
            {
                "Sejak": one["built_at"][:10],
                "Lembaga": one["agency"],
                "Satuan": one["unit"],
                "Tampilan": one["view"],
                "Tujuan": one["purpose"],
                "Utuh": ", ".join(one["shown"].get("clear", ())),
                "Disamarkan": ", ".join((*one["shown"].get("masked", ()), *one["shown"].get("pseudonymised", ()))),
            }
            for one in said["received_by"]["could_have_seen"]
        ]
    )
    yield "<h2>Siapa yang membukanya</h2>" + _table(
        [
            {
                "Waktu": one["at"][:19],
                "Oleh": one["unit"] or one["who"],
                "Tindakan": one["action"],
                "Tujuan": one["purpose"],
            }
            for one in said["received_by"]["named"]
        ]
    )
    yield "".join(f'<p class="note">Tidak diketahui: {_text(one)}</p>' for one in said["received_by"]["cannot_be_said"])
    yield "<h2>Tujuan dan dasar hukum</h2>" + _table(said["purposes"])
    yield "<h2>Lama penyimpanan</h2>" + _table(said["retention"])
    if said["decisions"]:
        yield "<h2>Keputusan petugas tentang pencocokan</h2>" + _table(said["decisions"])
    if said["history"]:
        yield "<h2>Riwayat ID</h2>" + _table(said["history"])
    if said["corrections"]:
        yield "<h2>Permintaan perbaikan</h2>" + _table(said["corrections"])
    yield "</html>"


def _pairs(said: Mapping[str, Any]) -> str:
    known = [(name, value) for name, value in said.items() if value not in (None, "", [])]
    if not known:
        return "<p>-</p>"
    return "<table>" + "".join(f"<tr><th>{_text(n)}</th><td>{_text(v)}</td></tr>" for n, v in known) + "</table>"


def _table(lines: Sequence[Mapping[str, Any]]) -> str:
    if not lines:
        return "<p>-</p>"
    head = "".join(f"<th>{_text(name)}</th>" for name in lines[0])
    body = "".join("<tr>" + "".join(f"<td>{_text(value)}</td>" for value in one.values()) + "</tr>" for one in lines)
    return f"<table><tr>{head}</tr>{body}</table>"


def _text(value: object) -> str:
    if isinstance(value, list | tuple):
        value = ", ".join(map(str, value))
    return "" if value is None else html.escape(str(value))
