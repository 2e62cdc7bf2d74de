import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from integration.indicators.suppression import Cell, hidden_cells

BELOW = 5
COUNTS = st.one_of(st.integers(0, 6), st.integers(0, 60))
VILLAGE = st.tuples(COUNTS, COUNTS)
KABUPATEN = st.lists(st.lists(VILLAGE, min_size=1, max_size=5), min_size=1, max_size=4)


def as_cells(kecamatan, unplaced=(0, 0)) -> dict[str, Cell]:
    """Make cells of (numerator, rest) of every village; `unplaced` are people whose kecamatan is not known."""
    cells, total = {}, np.array(unplaced)
    for k, villages in enumerate(kecamatan):
        for v, (yes, no) in enumerate(villages):
            cells[f"{k}.{v}"] = Cell(str(k), (yes, yes + no, no))
        yes, no = np.sum(villages, axis=0)
        cells[str(k)] = Cell("kab", (int(yes), int(yes + no), int(no)))
        total = total + np.array([yes, no])
    cells["kab"] = Cell(None, (int(total[0]), int(total.sum()), int(total[1])))
    return cells


def sums(cells: dict[str, Cell]) -> list[tuple[str, list[str]]]:
    parents = {cell.parent for cell in cells.values() if cell.parent}
    return [(parent, [code for code, cell in cells.items() if cell.parent == parent]) for parent in sorted(parents)]


def equations(cells, hidden: list[str], position: int):
    """Write what anybody can: each total is the sum of its parts; what is published goes to the right."""
    left, right = [], []
    for total, parts in sums(cells):
        row, known = np.zeros(len(hidden)), 0
        for code, sign in ((total, -1), *((part, 1) for part in parts)):
            if code in hidden:
                row[hidden.index(code)] = sign
            else:
                known -= sign * cells[code].counts[position]
        if row.any():
            left.append(row)
            right.append(known)
    return np.array(left).reshape(len(left), len(hidden)), np.array(right)


@settings(max_examples=60, deadline=None)
@given(KABUPATEN)
def test_no_hidden_number_follows_from_the_published_ones(kecamatan) -> None:
    cells = as_cells(kecamatan)
    hidden = sorted(hidden_cells(cells, BELOW))
    left, _ = equations(cells, hidden, 0)
    rank = np.linalg.matrix_rank(left) if len(left) else 0

    for n in range(len(hidden)):
        asked = np.vstack([left, np.eye(len(hidden))[n]])
        assert np.linalg.matrix_rank(asked) == rank + 1, hidden[n]


@settings(max_examples=25, deadline=None)
@given(KABUPATEN)
def test_a_small_number_stays_open_even_to_who_knows_that_nothing_is_below_nought(kecamatan) -> None:
    cells = as_cells(kecamatan)
    hidden = sorted(hidden_cells(cells, BELOW))
    for position in range(3):
        left, right = equations(cells, hidden, position)
        for n, code in enumerate(hidden):
            if len(left) and 0 < cells[code].counts[position] < BELOW:
                ask = np.eye(len(hidden))[n]
                least, most = (linprog(sign * ask, A_eq=left, b_eq=right, bounds=(0, None)) for sign in (1, -1))
                assert least.success
                assert most.status == 3 or -most.fun - least.fun > 0.5, code


@settings(deadline=None)
@given(KABUPATEN, VILLAGE)
def test_in_every_sum_nothing_is_hidden_or_two_terms_are(kecamatan, unplaced) -> None:
    cells = as_cells(kecamatan, unplaced)
    hidden = hidden_cells(cells, BELOW)

    assert {code for code, cell in cells.items() if any(0 < count < BELOW for count in cell.counts)} <= hidden
    for total, parts in sums(cells):
        assert sum(code in hidden for code in (total, *parts)) != 1


@settings(deadline=None)
@given(KABUPATEN)
def test_hidden_parts_of_a_published_total_are_not_small_together(kecamatan) -> None:
    cells = as_cells(kecamatan)
    hidden = hidden_cells(cells, BELOW)

    for total, parts in sums(cells):
        if total not in hidden:
            together = np.sum([cells[part].counts for part in parts if part in hidden] or [[0, 0, 0]], axis=0)
            assert not any(0 < count < BELOW for count in together)


@given(KABUPATEN, st.randoms())
def test_what_is_hidden_does_not_depend_on_the_order(kecamatan, random) -> None:
    cells = as_cells(kecamatan)
    shuffled = list(cells.items())
    random.shuffle(shuffled)

    assert hidden_cells(dict(shuffled), BELOW) == hidden_cells(cells, BELOW)


@given(KABUPATEN, st.data())
def test_more_can_be_hidden_for_the_sake_of_another_number(kecamatan, data) -> None:
    cells = as_cells(kecamatan)
    also = data.draw(st.sets(st.sampled_from(sorted(cells))))

    assert also | hidden_cells(cells, BELOW) <= hidden_cells(cells, BELOW, also) | hidden_cells(cells, BELOW)
    assert also <= hidden_cells(cells, BELOW, also)


@pytest.mark.parametrize(("villages", "hidden"), [
    ([(20, 30), (20, 30), (20, 30)], []),
    ([(3, 30), (9, 30), (20, 30)], ["0.0", "0.1"]),
    ([(0, 30), (20, 30), (20, 30)], []),
    ([(20, 2), (21, 30), (22, 30)], ["0.0", "0.1"]),
    ([(1, 0), (21, 30), (22, 30)], ["0.0", "0.1"]),
    ([(2, 30), (2, 30), (22, 30)], ["0.0", "0.1", "0.2"]),
    ([(2, 30), (3, 30), (22, 30)], ["0.0", "0.1"]),
    ([(3, 30), (0, 30), (20, 30)], ["0.0", "0.2"]),
])  # fmt: skip
def test_which_village_is_hidden_next(villages, hidden) -> None:
    other = [(100, 100)]
    cells = as_cells([villages, other, other])

    assert sorted(code for code in hidden_cells(cells, BELOW) if code.startswith("0.")) == hidden


def test_a_kecamatan_of_one_village_is_hidden_with_it_and_another_kecamatan_too() -> None:
    cells = as_cells([[(3, 40)], [(30, 40), (50, 60)], [(90, 90), (90, 90)]])

    assert hidden_cells(cells, BELOW) == {"0.0", "0", "1", "1.0"}
