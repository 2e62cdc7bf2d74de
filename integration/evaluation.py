"""How well the matching agrees with a known truth: for measuring, never for the program to read while it works."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from integration.linkage.calibration import Reliability, reliability
from warehouse.database import Connection, count, literal, rows
from warehouse.errors import HomeError

_ROWS = "rows.parquet"


@dataclass(frozen=True)
class Score:
    """Precision, recall and F1, each from 0 to 1; 1 where there was nothing to judge."""

    precision: float
    recall: float

    @classmethod
    def of(cls, right: int, found: int, true: int) -> "Score":
        """Score `right` of all `found`, and of all that are `true`."""
        return cls(precision=right / found if found else 1.0, recall=right / true if true else 1.0)

    @property
    def f1(self) -> float:
        """The harmonic mean of the two."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True)
class DatasetLinks:
    """One dataset and role against the register, in source rows."""

    dataset: str
    role: str
    rows: int
    right: int
    wrong: int
    missed: int
    wrong_unregistered: int
    rightly_none: int


@dataclass(frozen=True)
class Evaluation:
    """All scores of a home against a truth; `found` is the share of true rows that `person_source` has."""

    found: float
    pairwise: Score
    register: Score
    datasets: tuple[DatasetLinks, ...]

    def as_text(self) -> str:
        """Lay the scores out for the terminal."""
        head = (
            f"{'dataset':20} {'role':5} {'rows':>9} {'right':>9} {'wrong':>7} {'missed':>7} "
            f"{'wrongly a register person':>26} {'rightly none':>13}"
        )
        lines = [
            f"{d.dataset:20} {d.role:5} {d.rows:9,} {d.right:9,} {d.wrong:7,} {d.missed:7,} "
            f"{d.wrong_unregistered:26,} {d.rightly_none:13,}"
            for d in self.datasets
        ]
        scores = [
            f"{name}  precision {score.precision:.4f}  recall {score.recall:.4f}  F1 {score.f1:.4f}"
            for name, score in (("pairwise, all rows   ", self.pairwise), ("against the register ", self.register))
        ]
        return "\n".join([f"rows of the truth found: {self.found:.2%}", head, *lines, *scores])


def evaluate(connection: Connection, truth: Path, links: str = "persons.person_source") -> Evaluation:
    """Score `links` against `rows.parquet` of a truth folder (dataset, file, row, role, pid).

    `links` is a table with the columns dataset, source_file, source_row_no, role, person_id.

    Pairwise: of all pairs of source rows put together, the share truly one person, and the share of true pairs put
    together. Against the register: is each row attached to its own registered person, or rightly to none? A row of
    the truth that the home does not have counts as missed. Raises `HomeError` when the folder holds no truth.
    """
    path = _rows_of(truth)
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE judged_row AS
        SELECT t.dataset, t.role, t.pid, g.person_id IS NOT NULL AS found,
            coalesce(g.person_id, 'missing ' || t.dataset || t.file || t.row || t.role) AS person_id
        FROM read_parquet({literal(path)}) AS t
        LEFT JOIN (SELECT *, parse_filename(source_file) AS file FROM {links}) AS g
            ON g.dataset = t.dataset AND g.file = parse_filename(t.file)
            AND g.source_row_no = t.row AND g.role = t.role
        """
    )
    # A register person is known by the person_id that the truth's register row carries, and the other way round; an
    # identifier that two register rows share stands for nobody.
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE attached_row AS
        WITH registered AS (SELECT DISTINCT pid, person_id FROM judged_row WHERE dataset = 'dukcapil_penduduk'),
        by_person AS (SELECT pid, min(person_id) AS person_id FROM registered GROUP BY pid),
        by_id AS (
            SELECT person_id, CASE WHEN count(DISTINCT pid) = 1 THEN min(pid) ELSE -1 END AS pid
            FROM registered GROUP BY person_id
        )
        SELECT j.dataset, j.role, j.pid, p.pid IS NOT NULL AS is_registered, i.pid AS attached_to,
            j.person_id = p.person_id AS right_id
        FROM judged_row AS j
        LEFT JOIN by_person AS p ON p.pid = j.pid
        LEFT JOIN by_id AS i ON i.person_id = j.person_id
        WHERE j.dataset <> 'dukcapil_penduduk'
        """
    )
    datasets = tuple(
        DatasetLinks(*row)
        for row in rows(
            connection,
            """
            SELECT dataset, role, count(*),
                count(*) FILTER (is_registered AND right_id AND attached_to = pid),
                count(*) FILTER (attached_to IS NOT NULL AND attached_to <> pid),
                count(*) FILTER (is_registered AND attached_to IS NULL),
                count(*) FILTER (NOT is_registered AND attached_to IS NOT NULL),
                count(*) FILTER (NOT is_registered AND attached_to IS NULL)
            FROM attached_row GROUP BY dataset, role ORDER BY dataset, role
            """,
        )
    )
    right, wrong = sum(d.right for d in datasets), sum(d.wrong for d in datasets)
    registered_rows = sum(d.rows - d.rightly_none - d.wrong_unregistered for d in datasets)
    ((found,),) = rows(connection, "SELECT coalesce(avg(found::INT), 0) FROM judged_row")
    return Evaluation(
        found=float(found),
        pairwise=Score.of(*(count(connection, pairs_together("judged_row", same)) for same in _PAIRWISE)),
        register=Score.of(right, right + wrong, registered_rows),
        datasets=datasets,
    )


def home_reliability(connection: Connection, truth: Path) -> dict[str, Reliability]:
    """Compare the probabilities that a home states with a truth folder: of links, and of the pairs asked about.

    Links that people decided state none and are left out. A pair that waits because a rule forbids it, or because the
    place is taken, states what was believed before that: it stands for itself. Raises `HomeError`.
    """
    connection.execute(f"CREATE OR REPLACE TEMP TABLE true_person AS {true_persons(truth)}")
    found = {}
    for name, stated in _STATED.items():
        pairs = connection.execute(
            f"""
            SELECT probability::DOUBLE AS probability, x.person = y.person AS same
            FROM ({stated}) AS stated
            JOIN true_person AS x ON x.description_id = stated.a
            JOIN true_person AS y ON y.description_id = stated.b
            """
        ).fetchnumpy()
        found[name] = reliability(np.asarray(pairs["probability"]), np.asarray(pairs["same"], dtype=np.bool_))
    return found


_STATED = {
    "linked": """
        SELECT description_id AS a, linked_to AS b, match_probability AS probability
        FROM matched_pairs.person_link WHERE linked_to IS NOT NULL AND match_method <> 'manual'
    """,
    "in review, for its probability": """
        SELECT description_a AS a, description_b AS b, match_probability AS probability
        FROM matched_pairs.review_queue WHERE reason = 'middling_probability'
    """,
    "in review, for another reason": """
        SELECT description_a AS a, description_b AS b, match_probability AS probability
        FROM matched_pairs.review_queue WHERE reason <> 'middling_probability'
    """,
}
"""Where a home states how probable it is that two descriptions (a, b) are one person."""


def true_persons(truth: Path) -> str:
    """Give the query of each description's true person as (description_id, person), for a home that was matched.

    A description that stands for rows of several persons is of none of them and left out. Raises `HomeError` when the
    folder holds no truth.
    """
    return f"""
    SELECT description_id, min(pid) AS person
    FROM matched_pairs.record_description
    JOIN clean_records.person_record AS r USING (record_id)
    JOIN read_parquet({literal(_rows_of(truth))}) AS t
        ON t.dataset = r.dataset AND parse_filename(t.file) = parse_filename(r.source_file)
        AND t.row = r.source_row_no AND t.role = r.role
    GROUP BY description_id
    HAVING min(pid) = max(pid)
    """


def _rows_of(truth: Path) -> Path:
    path = truth / _ROWS
    if not path.is_file():
        raise HomeError(f"{truth} holds no {_ROWS}. Name the truth folder of the set that the home was filled from.")
    return path


_PAIRWISE = ("pid, person_id", "person_id", "pid")
"""What pairs of rows have in common: those rightly put together, those put together, those truly of one person."""


def pairs_together(table: str, same: str) -> str:
    """Give the query that counts the pairs of rows of a table that are alike in the columns `same`."""
    return f"SELECT coalesce(sum(n * (n - 1) // 2), 0)::BIGINT FROM (SELECT count(*) AS n FROM {table} GROUP BY {same})"
