"""The tables of the monthly report, made from one publication and the earlier ones."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from integration.indicators import load_indicators, load_programmes
from integration.reports.figures import Figure, figures
from integration.reports.gap_counts import GapRegion, gap_counts
from integration.reports.month_words import SheetWords, month_words
from integration.reports.sheet import Column, Sheet
from integration.reports.snapshot import Snapshot
from integration.reports.written import Cell, month, words
from integration.rules import Rules
from warehouse.database import Connection, rows
from warehouse.tables import stage_tables


@dataclass(frozen=True)
class MonthSource:
    """What a monthly report is made from: the publication, those of earlier periods (oldest first), and the rules."""

    connection: Connection
    now: Snapshot
    earlier: Sequence[Snapshot]
    rules: Rules
    figures: list[Figure]
    past: dict[str, dict[tuple[str, str], Figure]]
    """Period, then region and indicator code, of the kabupaten's indicators in earlier publications."""


def month_source(connection: Connection, now: Snapshot, earlier: Sequence[Snapshot], rules: Rules) -> MonthSource:
    """Read the indicators of the publication and of the earlier ones that have them."""
    past = {
        str(one.publication.facts["period"]): {
            (figure.region_code, figure.indicator_code): figure for figure in figures(connection, one, ["kab"])
        }
        for one in earlier
        if one.has("report_month")
    }
    return MonthSource(connection, now, earlier, rules, figures(connection, now), past)


def month_sheets(source: MonthSource) -> list[Sheet]:
    """Give all tables of the report, in the order of `month.yaml`."""
    by_name: dict[str, Callable[[MonthSource, SheetWords], Sheet]] = {
        "summary": _summary,
        "trend": _trend,
        "death_kinds": _death_kinds,
        "help": _help,
        "gaps": _gaps,
        "definitions": _definitions,
        "caveats": _caveats,
    }
    return [
        _with_missing_told(source, said, by_name.get(name, _by_kind(said))(source, said))
        for name, said in month_words().sheets.items()
    ]


def _by_kind(said: SheetWords) -> Callable[[MonthSource, SheetWords], Sheet]:
    if said.level:
        return _long
    return _declared if said.table else _wide


def _with_missing_told(source: MonthSource, said: SheetWords, sheet: Sheet) -> Sheet:
    """Say above an empty table whether the publication does not have what it is made of."""
    if sheet.rows:
        return sheet
    needed = said.table or "report_month"
    told = month_words().nothing_known
    if not source.now.has(needed):
        table = words().tables.get(needed, needed)
        told = month_words().not_in_publication.format(table=table, version=source.now.publication.version)
    return replace(sheet, notes=(*sheet.notes, told))


def _sheet(said: SheetWords, columns: Iterable[Column], found: list[tuple[Cell, ...]]) -> Sheet:
    return Sheet(said.tab, said.title, said.notes, tuple(columns), found, said.on_page)


def _column(name: str, kind: str = "text", width: float = 12) -> Column:
    return Column(month_words().columns[name], kind, width)


def is_one_of(figure: Figure, beginnings: Sequence[str]) -> bool:
    """Say whether an indicator's code begins with one of these."""
    return figure.indicator_code.startswith(tuple(beginnings))


def _summary(source: MonthSource, said: SheetWords) -> Sheet:
    latest = source.past[max(source.past)] if source.past else {}
    targets = {one.code: one.target for one in load_indicators().indicators}

    def row(figure: Figure) -> tuple[Cell, ...]:
        was = latest.get((figure.region_code, figure.indicator_code))
        target = targets.get(figure.indicator_code)
        return (
            figure.place,
            figure.indicator_code,
            figure.indicator,
            figure.told(figure.value),
            words().units[figure.unit],
            figure.told(figure.numerator),
            figure.told(figure.denominator),
            figure.coverage,
            _said(figure.data_quality),
            was.told(was.value) if was else None,
            None if was is None or was.value is None or figure.value is None else figure.value - was.value,
            target.value if target else None,
            target.year if target else None,
        )

    chosen = [one for one in source.figures if one.region_level == "kab" and is_one_of(one, month_words().headline)]
    columns = [
        _column("region", width=22),
        _column("code", width=8),
        _column("indicator", width=46),
        _column("value", "rate"),
        _column("unit"),
        _column("numerator", "count"),
        _column("denominator", "count"),
        _column("coverage", "share"),
        _column("data_quality", width=14),
        _column("previous", "rate"),
        _column("difference", "rate"),
        _column("target", "rate"),
        _column("target_year", "year", 8),
    ]
    return _sheet(said, columns, [row(figure) for figure in chosen])


def _long(source: MonthSource, said: SheetWords) -> Sheet:
    columns = [
        _column("region_code", width=14),
        _column("region", width=22),
        _column("code", width=8),
        _column("indicator", width=46),
        _column("numerator", "count"),
        _column("denominator", "count"),
        _column("value", "rate"),
        _column("unit"),
        _column("coverage", "share"),
        _column("data_quality", width=14),
        _column("note", width=40),
    ]
    found: list[tuple[Cell, ...]] = [
        (
            one.region_code,
            one.region_name,
            one.indicator_code,
            one.indicator,
            one.told(one.numerator),
            one.told(one.denominator),
            one.told(one.value),
            words().units[one.unit],
            one.coverage,
            _said(one.data_quality),
            words().notes.get(one.source_note or "", one.source_note),
        )
        for one in source.figures
        if one.region_level == said.level
    ]
    return _sheet(said, columns, found)


def _wide(source: MonthSource, said: SheetWords) -> Sheet:
    """One row per kabupaten and kecamatan, one column per indicator and one for the coverage beside it."""
    chosen = [one for one in source.figures if one.region_level != "desa" and is_one_of(one, said.indicators)]
    shown = sorted({one.indicator_code: one for one in chosen}.items(), key=lambda item: _order(item[0], said))
    covered = {one.indicator_code for one in chosen if one.coverage is not None}
    columns = [_column("region_code", width=12), _column("region", width=22)]
    for code, one in shown:
        columns.append(Column(f"{one.indicator} ({code}, {words().units[one.unit]})", one.kind, 16))
        if code in covered:
            columns.append(Column(f"{month_words().columns['coverage']} {code}", "share", 10))
    by_region: dict[str, dict[str, Figure]] = {}
    for one in chosen:
        by_region.setdefault(one.region_code, {})[one.indicator_code] = one
    found = []
    for region, of_region in by_region.items():
        cells: list[Cell] = [region, next(iter(of_region.values())).place]
        for code, _ in shown:
            figure = of_region.get(code)
            cells.append(figure.told(figure.value) if figure else words().unknown)
            if code in covered:
                cells.append(figure.coverage if figure else None)
        found.append(tuple(cells))
    return _sheet(said, columns, found)


def _order(code: str, said: SheetWords) -> tuple[int, str]:
    return next(n for n, beginning in enumerate(said.indicators) if code.startswith(beginning)), code


def _trend(source: MonthSource, said: SheetWords) -> Sheet:
    periods = sorted(source.past)
    columns = [
        _column("region", width=22),
        _column("code", width=8),
        _column("indicator", width=46),
        _column("unit"),
        *(Column(month(period), "rate") for period in (*periods, str(source.now.publication.facts["period"]))),
    ]
    found: list[tuple[Cell, ...]] = []
    for one in source.figures:
        if one.region_level == "kab":
            past = [source.past[period].get((one.region_code, one.indicator_code)) for period in periods]
            told: list[Cell] = [was.told(was.value) if was else words().unknown for was in past]
            found.append(
                (one.place, one.indicator_code, one.indicator, words().units[one.unit], *told, one.told(one.value))
            )
    return _sheet(said, columns, found)


def _declared(source: MonthSource, said: SheetWords) -> Sheet:
    """Show a published table as it is declared; a row that is suppressed, or of few people, shows no number at all."""
    assert said.table is not None  # noqa: S101 - a fault of ours
    declared = stage_tables("targeting").get(said.table)
    if declared is None:
        return _sheet(said, [_column("region")], [])
    shown = [column for column in declared.columns if column.label and column.name != "period"]
    numeric = {"BIGINT": "count", "INTEGER": "count", "DOUBLE": "rate"}
    columns = [
        Column(one.label, "share" if one.max == 1 else numeric.get(one.type, "text"), 14 if one.type in numeric else 22)
        for one in shown
    ]
    names = ", ".join(f'"{one.name}"' for one in shown)
    found = rows(
        source.connection,
        f"SELECT {names} FROM {source.now.view(said.table)} WHERE period = ? ORDER BY ALL",
        [source.now.publication.facts["period"]],
    )
    people = [place for place, one in enumerate(shown) if one.name in said.people]
    flag = next((place for place, one in enumerate(shown) if one.name == "suppressed"), None)
    below = load_indicators().hidden_below

    def told(row: tuple[Cell, ...]) -> tuple[Cell, ...]:
        small = any(isinstance(n := row[place], int) and 0 < n < below for place in people)
        hidden = small or (flag is not None and bool(row[flag]))
        return tuple(
            _said(cell) if column.kind == "text" else _told(None if hidden else cell, hidden=hidden)
            for cell, column in zip(row, columns, strict=True)
        )

    return _sheet(said, columns, [told(row) for row in found])


def _said(cell: object) -> Cell:
    """Give a word for a code or a truth value."""
    if isinstance(cell, bool):
        return words().yes if cell else words().no
    return words().unknown if cell is None else words().codes.get(str(cell), str(cell))


def _help(source: MonthSource, said: SheetWords) -> Sheet:
    counts = ("eligible", "reached", "excluded", "included", "unknown", "eligibility_unknown")
    declared = {column.name: column for column in stage_tables("targeting")["programme_reach"].columns}
    names = {one.code: one.name for one in load_programmes()}
    found = rows(
        source.connection,
        f"""SELECT region_code, region_name, programme, agency, suppressed, source_note, {", ".join(counts)}
        FROM {source.now.view("programme_reach")}
        WHERE region_level IN ('kab', 'kec') AND period = ?
        ORDER BY region_level = 'kec', region_code, agency, programme""",
        [source.now.publication.facts["period"]],
    )
    columns = [
        _column("region_code", width=12),
        _column("region", width=22),
        Column(declared["programme"].label, width=30),
        _column("agency"),
        *(Column(declared[name].label, "count", 14) for name in counts),
        _column("note", width=40),
    ]
    return _sheet(
        said,
        columns,
        [
            (code, place, names.get(one, one), agency, *(_told(n, hidden=hidden) for n in numbers), note)
            for code, place, one, agency, hidden, note, *numbers in found
        ],
    )


def _told(number: Cell, *, hidden: bool) -> Cell:
    return number if number is not None else words().hidden if hidden else words().unknown


def _death_kinds(source: MonthSource, said: SheetWords) -> Sheet:
    """Count deaths by kind; a group that sums up to a published number is shown only as a whole, or not at all."""
    columns = [
        _column("region", width=22),
        _column("subject", width=34),
        _column("this_month", "count"),
        _column("twelve_months", "count"),
    ]
    period = str(source.now.publication.facts["period"])
    year, _, rest = period.partition("-")
    if not source.now.has("mortality_event") or not rest.isdigit():
        return _sheet(said, columns, [])
    counted: dict[str, dict[str, tuple[int, int]]] = {}
    for kab, kind, in_month, in_year in rows(
        source.connection,
        f"""SELECT kab_code, kind, count(*) FILTER (period = ?), count(*)
        FROM {source.now.view("mortality_event")}
        WHERE period > ? AND period <= ?
        GROUP BY ALL ORDER BY ALL""",
        [period, f"{int(year) - 1}-{rest}", period],
    ):
        counted.setdefault(kab, {})[kind] = (in_month, in_year)
    of_kab = {(one.region_code, one.indicator_code): one for one in source.figures if one.region_level == "kab"}
    names = {one.region_code: one.place for one in of_kab.values()}
    below = load_indicators().hidden_below

    def why_not(kab: str, counts: Sequence[int], indicators: Sequence[str]) -> str | None:
        """Say why these counts are not shown; None where they are."""
        found = [of_kab[kab, code] for code in indicators if (kab, code) in of_kab]
        if any(0 < count < below for count in counts) or any(one.suppressed for one in found):
            return words().hidden
        return next((str(one.told(None)) for one in found if one.value is None), None)

    found: list[tuple[Cell, ...]] = []
    for kab, by_kind in counted.items():
        for group in month_words().death_groups:
            in_month, in_year = zip(*(by_kind.get(kind, (0, 0)) for kind in group.kinds), strict=True)
            untold = why_not(kab, in_month, group.this_month), why_not(kab, in_year, group.twelve_months)
            for kind, *counts in zip(group.kinds, in_month, in_year, strict=True):
                label = month_words().death_words.get(kind) or words().codes.get(kind, kind)
                found.append((names.get(kab, kab), label, *(told or n for told, n in zip(untold, counts, strict=True))))
    return _sheet(said, columns, found)


def open_gaps(source: MonthSource) -> list[GapRegion]:
    """Count the open gaps of each kabupaten and kecamatan; hidden where an indicator of the same people is."""
    hidden = {
        gap: {one.region_code for one in source.figures if one.suppressed and one.indicator_code == indicator}
        for gap, indicator in month_words().gap_indicators.items()
    }
    codes = [gap.code for gap in source.rules.gaps]
    return gap_counts(source.connection, source.now, codes, hidden, load_indicators().hidden_below)


def _gaps(source: MonthSource, said: SheetWords) -> Sheet:
    columns = [
        _column("region_code", width=12),
        _column("region", width=22),
        *(Column(f"{gap.agency}: {gap.sentence} ({gap.code})", "count", 16) for gap in source.rules.gaps),
    ]
    found: list[tuple[Cell, ...]] = [
        (one.code, one.name or words().unknown, *(words().hidden if n is None else n for n in one.counts.values()))
        for one in open_gaps(source)
    ]
    return _sheet(said, columns, found)


def _definitions(source: MonthSource, said: SheetWords) -> Sheet:
    """Say what each number means and on what it rests: from the declarations the numbers are computed by."""
    kinds, rules = month_words().definitions, source.rules
    columns = [
        _column("subject", width=24),
        _column("code", width=24),
        _column("definition", width=80),
        _column("source", width=50),
        _column("limits", width=50),
    ]
    found: list[tuple[Cell, ...]] = [
        (kinds["indicator"], one.code, f"{one.name}: {one.definition}", one.source, one.limits)
        for one in load_indicators().indicators
    ]
    found += [(kinds["programme"], one.code, one.name, one.source, one.limits) for one in load_programmes()]
    found += [
        (f"{kinds['tier']} {one.tier}", one.code, one.sentence, rules.sources[one.source], None) for one in rules.tiers
    ]
    found += [
        (f"{kinds['gap']}, {one.agency}", one.code, one.sentence, rules.sources[one.source], None) for one in rules.gaps
    ]
    found += [(kinds["factor"], one.code, one.sentence, rules.sources[one.source], None) for one in rules.risk_factors]
    return _sheet(said, columns, found)


def _caveats(source: MonthSource, said: SheetWords) -> Sheet:
    found, facts = month_words().found, source.now.publication.facts
    told = list(month_words().caveats)
    told.append(
        found["hidden"].format(
            hidden=sum(one.suppressed for one in source.figures),
            unknown=sum(one.value is None and not one.suppressed for one in source.figures),
            all=len(source.figures),
        )
    )
    told += sorted(
        {note for one in source.figures if (note := words().notes.get(one.source_note or "", one.source_note))}
    )
    for snapshot in (source.now,):
        if missing := [
            words().tables[name] for name in words().tables if not snapshot.has(name) and name != "data_dictionary"
        ]:
            told.append(found["missing"].format(version=snapshot.publication.version, tables=", ".join(missing)))
    for snapshot in source.earlier:
        if not snapshot.has("report_month"):
            told.append(found["earlier"].format(period=month(str(snapshot.publication.facts["period"]))))
    if not source.earlier:
        told.append(found["first"])
    published = ", ".join(facts.get("rule_versions", []))
    if published != source.rules.rule_version:
        told.append(found["rules"].format(published=published or words().unknown, used=source.rules.rule_version))
    told.append(found["model"].format(model=facts.get("matching_model", words().unknown)))
    told += [found["delivery"].format(**delivery) for delivery in facts.get("deliveries", [])]
    return _sheet(said, [_column("note", width=120)], [(one,) for one in told])
