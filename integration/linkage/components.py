"""Connected components: who hangs together with whom, over any number of steps."""

import numpy as np
import numpy.typing as npt


def components(
    left: npt.NDArray[np.int64], right: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Give the nodes of the edges, ascending, and for each the smallest node of its connected component."""
    from scipy.sparse import coo_array  # here: costs every command half a second, and few need it
    from scipy.sparse.csgraph import connected_components

    nodes, index = np.unique(np.concatenate([left, right]), return_inverse=True)
    half = len(left)
    graph = coo_array((np.ones(half), (index[:half], index[half:])), shape=(len(nodes), len(nodes)))
    count, label = connected_components(graph, directed=False)
    smallest = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(smallest, label, nodes)
    return nodes, smallest[label]
