"""The server that the tests of this folder share, and databases in it."""

import os
from collections.abc import Callable, Iterator

import pytest
from planted_publication import planted
from postgres_place import Place, place_in, started


@pytest.fixture(scope="session")
def server_dsn() -> Iterator[str]:
    """Give a running server's connection string, of its superuser."""
    outside = os.environ.get("PADAN_TEST_POSTGRES")  # by hand only: another version
    if outside:
        yield outside
        return
    with started() as dsn:
        yield dsn


@pytest.fixture(scope="session")
def new_place(server_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Place]:
    """Make a database with the roles of the shipped policy, and a home with a publication; nothing is loaded yet.

    Roles are the server's: databases share them.
    """
    return lambda name: place_in(server_dsn, name, tmp_path_factory.mktemp(name))


@pytest.fixture(scope="session")
def loaded(new_place: Callable[[str], Place]) -> Iterator[Place]:
    """Give a database in which an earlier generation lies, for somebody still reads it; tests only read."""
    place = new_place("loaded")
    place.load(planted(place.home))
    with place.connect(place.person("padan_dinkes")) as reader, reader.transaction():
        reader.execute("SELECT count(*) FROM padan_dinkes.about")
        place.load()
        yield place


@pytest.fixture
def empty_place(new_place: Callable[[str], Place], request: pytest.FixtureRequest) -> Place:
    """Give a database of the test's own."""
    return new_place(f"own_{abs(hash(request.node.nodeid)) % 10**10}")
