"""The homes of the intake tests serve the tests of records too."""

from tests.integration.intake.conftest import _prepared_home, intake, new_home

__all__ = ["_prepared_home", "intake", "new_home"]
