"""How alike two names are where Jaro-Winkler on the whole name is not enough: initials, short forms, lost tokens.

The one kernel of the engine that is Python: a pure function on Arrow batches, the same on every engine. All pairs of a
batch go through each step together, and two tokens that meet in many pairs are compared once.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz.distance import JaroWinkler
from rapidfuzz.process import cpdist

_INITIAL = 0.8
"""What an initial counts for beside any token that starts with it (contracts.md §5)."""

_TOKEN_ALIKE = 0.88
_TRUNCATED = 0.95

SCHEMA = pa.schema(
    [("a", pa.int64()), ("b", pa.int64()), ("similarity", pa.float64()), ("aligned", pa.float64()),
     ("frequency", pa.float64())]
)  # fmt: skip

_Integers = npt.NDArray[np.int64]
_Floats = npt.NDArray[np.float64]
_Flags = npt.NDArray[np.bool_]


class _Names(NamedTuple):
    """The distinct names of a batch: name n consists of the tokens `token[start[n] : start[n] + size[n]]`."""

    vocabulary: npt.NDArray[np.object_]  # the distinct tokens, sorted; `token` holds places in it
    token: _Integers
    start: _Integers
    size: _Integers


class _Edges(NamedTuple):
    """Two tokens that are alike: of the pair of names `pair`, the token at `i` of name a and that at `j` of name b."""

    pair: _Integers
    i: _Integers
    j: _Integers
    likeness: _Floats
    whole: _Flags  # neither token is an initial

    def only(self, chosen: npt.NDArray[Any]) -> "_Edges":
        return _Edges(*(column[chosen] for column in self))


def score(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Score pairs of names: columns a, b (numbers), name_a, name_b (tokens sorted, never null), shares_b.

    `shares_b` holds for each token of name_b the share of register persons who have it; where it is null it counts
    as 1. Gives a, b and

    - `similarity` 0 to 1: of names with as many tokens, with initials at 0.8 (0 where the numbers of tokens differ),
    - `aligned` 0 to 1: how well the shorter name's tokens are found in the longer one, on average; an initial counts
      whole where it completes a name, else half,
    - `frequency` 0 to 1: how common the rarest token that agrees is; 1 where none does.
    """
    names, a, b = _distinct_names(batch.column("name_a"), batch.column("name_b"))
    edges = _one_to_one(_edges(names, a, b))
    similarity, aligned = _agreement(edges, names.size[a], names.size[b])
    frequency = _rarest(edges, batch.column("shares_b"))
    return pa.RecordBatch.from_arrays(
        [batch.column("a"), batch.column("b"), pa.array(similarity), pa.array(aligned), pa.array(frequency)],
        schema=SCHEMA,
    )


def _distinct_names(name_a: pa.Array, name_b: pa.Array) -> tuple[_Names, _Integers, _Integers]:
    """Split each distinct name once; with the names, say for each pair which of them its name a and name b are."""
    spellings = pa.concat_arrays([name_a, name_b]).dictionary_encode()
    tokens = pc.split_pattern(spellings.dictionary, " ")
    size = pc.list_value_length(tokens).to_numpy()
    written = tokens.flatten().dictionary_encode()
    vocabulary = np.array(written.dictionary.to_pylist(), dtype=object)
    order = pc.sort_indices(written.dictionary).to_numpy()
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    names = _Names(vocabulary[order], place[written.indices.to_numpy()], np.cumsum(size) - size, size)
    which = spellings.indices.to_numpy()
    return names, which[: len(name_a)], which[len(name_a) :]


def _edges(names: _Names, a: _Integers, b: _Integers) -> _Edges:
    """Hold every token of name a against every token of name b; of each pair the most alike first.

    Ties go by the tokens, so that a and b may be exchanged, then by their places.
    """
    pair, i, j = _cells(names.size[a], names.size[b])
    x, y = names.token[names.start[a][pair] + i], names.token[names.start[b][pair] + j]
    meeting = np.minimum(x, y) * len(names.vocabulary) + np.maximum(x, y)
    distinct, which = np.unique(meeting, return_inverse=True)
    likeness, whole = _token_similarity(names.vocabulary, *np.divmod(distinct, len(names.vocabulary)))
    alike = np.flatnonzero(likeness[which] > 0)
    which = which[alike]
    edges = _Edges(pair[alike], i[alike], j[alike], likeness[which], whole[which])
    return edges.only(np.lexsort((which, -edges.likeness, edges.pair)))


def _cells(size_a: _Integers, size_b: _Integers) -> tuple[_Integers, _Integers, _Integers]:
    """List every place i of name a with every place j of name b, pair after pair: the pair, i and j."""
    cells = size_a * size_b
    pair = np.repeat(np.arange(len(cells)), cells)
    within = np.arange(len(pair)) - np.repeat(np.cumsum(cells) - cells, cells)
    i, j = np.divmod(within, size_b[pair])
    return pair, i, j


def _token_similarity(vocabulary: npt.NDArray[np.object_], low: _Integers, high: _Integers) -> tuple[_Floats, _Flags]:
    """Compare tokens, 0 to 1, `low` at or before `high` in the vocabulary; say also which are both more than initials.

    An initial or a cut-off token (three letters or more) counts less than a whole.
    """
    length = np.array([len(token) for token in vocabulary], np.int64)
    shorter = np.minimum(length[low], length[high])
    # What starts with a token stands right behind it in the sorted vocabulary, so only `low` can be a start of `high`.
    behind = np.searchsorted(vocabulary, vocabulary + chr(0x10FFFF))
    starts = high < behind[low]
    alike = cpdist(vocabulary[low].tolist(), vocabulary[high].tolist(), scorer=JaroWinkler.similarity, dtype=np.float64)
    likeness = np.select(
        [low == high, shorter == 1, starts & (shorter >= 3), alike >= _TOKEN_ALIKE],
        [np.where(shorter > 1, 1.0, _INITIAL), np.where(starts, _INITIAL, 0.0), np.maximum(alike, _TRUNCATED), alike],
    )
    return likeness, shorter > 1


def _one_to_one(edges: _Edges) -> _Edges:
    """Take the first edge of each pair, strike out those that share a token with it, and again while any is left."""
    taken = []
    while len(edges.pair):
        first = np.flatnonzero(np.diff(edges.pair, prepend=-1))
        taken.append(edges.only(first))
        rival = np.repeat(first, np.diff(first, append=len(edges.pair)))
        edges = edges.only((edges.i != edges.i[rival]) & (edges.j != edges.j[rival]))
    return _Edges(*map(np.concatenate, zip(*taken, edges, strict=True)))


def _agreement(edges: _Edges, size_a: _Integers, size_b: _Integers) -> tuple[_Floats, _Floats]:
    """Sum up for each pair of names what its paired tokens say: `similarity` and `aligned`."""

    def summed(values: npt.NDArray[Any]) -> _Floats:
        return np.bincount(edges.pair, values, minlength=len(size_a)).astype(np.float64)

    shorter, longer = np.minimum(size_a, size_b), np.maximum(size_a, size_b)
    whole, initials = summed(edges.whole), summed(~edges.whole)
    all_paired = whole + initials == shorter
    similarity = np.where(all_paired & (shorter == longer), summed(edges.likeness) / longer, 0.0)
    complete = all_paired & (whole >= np.maximum(shorter - 1, 1))
    return similarity, (summed(edges.likeness * edges.whole) + initials * np.where(complete, 1.0, 0.5)) / shorter


def _rarest(edges: _Edges, shares: pa.ListArray) -> _Floats:
    """Give for each pair of names the smallest share among the whole tokens paired up; one not known is 1."""
    size = pc.list_value_length(shares).fill_null(0).to_numpy()
    start = np.cumsum(size) - size
    known = edges.only(edges.whole & (edges.j < size[edges.pair]))
    rarest = np.ones(len(size))
    np.minimum.at(rarest, known.pair, shares.flatten().fill_null(1.0).to_numpy()[start[known.pair] + known.j])
    return rarest
