"""Upgrading and going back while notices come and readers read: no 202 lost, none doubled, nothing dead."""

from deploy.local.layout import CHECKOUT
from tests.fault.upgrade.conftest import TwoReleases
from tests.support.load import Load
from tests.support.world import eventually, traffic

UP = ("notifier", "registry", "ingest")
"""Who reads comes before who writes: what this release adds to messages, the one before need not know."""
ENOUGH = 60


async def goes_on(load: Load) -> None:
    """Return once notices have been accepted since."""
    count = len(load.accepted)
    await eventually(lambda: load.has(count + ENOUGH), "notices are accepted all the while")


async def test_a_release_comes_and_goes_without_losing_a_notice(malha: TwoReleases) -> None:
    """Old and new processes stand side by side, on one schema, on the way there and on the way back."""
    async with traffic(malha, "rolling", per_second=60) as load:
        # This release before its migration: it says what is missing, and takes nothing that it cannot write.
        await malha.stop("registry2")
        malha.start_in("registry2", CHECKOUT)

        async def says_what_is_missing() -> bool:
            return "malha migrate --expand" in await malha.not_ready("registry2")

        await eventually(says_what_is_missing, "its readiness names the command")
        await goes_on(load)
        for command in (("topology", "apply"), ("migrate", "--expand")):
            status, said = await malha.command(*command)
            assert status == 0, said
        await malha.all_ready()
        await goes_on(load)
        for service in UP:
            for place in malha.places(service):
                await malha.change(place, CHECKOUT)
                await goes_on(load)
        # And back, in the opposite order: the schema stays, the release before does not miss what it had.
        for service in reversed(UP):
            for place in malha.places(service):
                await malha.change(place, malha.before)
                await goes_on(load)
    assert await malha.depth("registry.dead") == 0
