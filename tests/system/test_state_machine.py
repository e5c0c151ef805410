"""Promises 1 to 4 by a machine that thinks up what happens: publish, duplicate, reorder, crash, restart.

Each example has a database and a virtual host of its own, real registry processes that are killed between
any two instructions, and one reader who follows the stream through all of it. Whatever happened, the registry
must then know what the set of published notices says, and nothing that depends on how they came.
"""

import asyncio
import random
import time
from collections.abc import Coroutine, Iterable, Sequence
from itertools import count, islice
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from shared.notices.envelope import Notice
from tests.support import reference_fold as reference
from tests.support.background import BackgroundLoop
from tests.support.model import Model
from tests.support.processes import ServiceProcess
from tests.support.recount import COORDINATION, Asker
from tests.support.servers import Servers
from tests.support.stage import QUEUES, Stage
from tests.support.tellings import MEMBERS, lives, notices

EXAMPLES: Final = 6
STEPS: Final = 16
MOST_FAULTS_SHOWN: Final = 20
MOST_KILLS: Final = 2
"""Without settling between: three attempts that end with the process are taken to be the notice's fault."""

ASKERS: Final = (Asker("anonymous"), COORDINATION, *(Asker("member", member) for member in MEMBERS))

Disturbance = Literal["kill", "stop", "freeze", "cut", "terminate", "kill notifier"]
disturbances = st.sampled_from(("kill", "stop", "freeze", "cut", "terminate", "kill notifier"))
agreements = st.integers(5, 25)
moments = st.integers(0, 250)
"""In milliseconds: within the registering of some hundred notices."""
which_registry = st.sampled_from((0, 1))
seeds = st.integers(0, 999)


class RegistryUnderFire(RuleBasedStateMachine):
    """What may happen to a registry. Each rule is a step; `settle` and the end hold it to its promises."""

    told = Bundle("told")

    def __init__(self, loop: BackgroundLoop, servers: Servers, template: str, folder: Path) -> None:
        super().__init__()
        self._loop = loop
        self._stage = Stage(folder)
        self._ground = (servers, template)
        self._model = Model()
        self._ids = count(1)
        self._began_at = time.monotonic()
        self._story: list[str] = []
        self._kills = 0
        self._is_sound = False

    # ------------------------------------------------------------------------------ what is published
    @initialize(target=told, life=lives)
    def begin(self, life: list[Notice]) -> MultipleResults[Notice]:
        """One registry and one notifier start; what is published meanwhile waits for them."""
        self._do("begin", self._stage.begin(*self._ground, ASKERS))
        fresh = [self._named(notice) for notice in life]
        self._publish("tell", fresh)
        return multiple(*fresh)

    @rule(target=told, notice=notices)
    def tell(self, notice: Notice) -> Notice:
        """A new notice."""
        notice = self._named(notice)
        self._publish("tell", [notice])
        return notice

    @rule(notice=told)
    def repeat(self, notice: Notice) -> None:
        """The same notice again: its sender had no answer."""
        self._publish("repeat", [notice])

    @rule(notice=told, other=notices)
    def contradict(self, notice: Notice, other: Notice) -> None:
        """Other content under an identity that is known."""
        named = {"member": notice.member, "source": notice.source, "id": notice.id}
        self._publish("contradict", [msgspec.structs.replace(other, **named)])

    @rule(target=told, life=lives, again=st.lists(told, max_size=4), seed=seeds)
    def tell_in_any_order(
        self, life: list[Notice], again: list[Notice], seed: int
    ) -> MultipleResults[Notice]:
        """Much of one agreement at once, some of it twice, and older notices between it."""
        fresh = [self._named(notice) for notice in life]
        arriving = [*fresh, *fresh[::2], *again]
        random.Random(seed).shuffle(arriving)  # noqa: S311 - an order that can be repeated
        self._publish("tell in any order", arriving)
        return multiple(*fresh)

    @rule(target=told, notice=told, astray=st.booleans())
    def retract(self, notice: Notice, astray: bool) -> Notice:  # noqa: FBT001 - drawn by name
        """A notice was a mistake; *astray*: its retraction names another agreement."""
        retraction = self._retraction(notice, "PROC 9/2024" if astray else notice.agreement_subject)
        self._publish("retract", [retraction])
        return retraction

    @rule(target=told, notice=notices)
    def retract_before_it_is_told(self, notice: Notice) -> Notice:
        """The retraction overtakes what it retracts."""
        notice = self._named(notice)
        self._publish("retract and tell", [self._retraction(notice, notice.agreement_subject), notice])
        return notice

    # --------------------------------------------------------------------------------- what goes wrong
    @rule(which=which_registry, life=lives, agreements=agreements, after_ms=moments)
    def kill_at_work(self, which: int, life: list[Notice], agreements: int, after_ms: int) -> None:
        """A registry is killed, *after_ms* into the arrival of many notices."""
        self._disturb_at_work("kill", which, life, agreements, after_ms)

    @rule(how=disturbances, which=which_registry, life=lives, agreements=agreements, after_ms=moments)
    def disturb_at_work(
        self, how: Disturbance, which: int, life: list[Notice], agreements: int, after_ms: int
    ) -> None:
        """Something else happens to it then."""
        self._disturb_at_work(how, which, life, agreements, after_ms)

    def _disturb_at_work(
        self, how: Disturbance, which: int, life: list[Notice], agreements: int, after_ms: int
    ) -> None:
        burst = [
            msgspec.structs.replace(self._named(notice), subject=notice.subject and f"{notice.subject}/{n}")
            for n in islice(self._ids, agreements)
            for notice in life
        ]

        async def disturb() -> None:
            await asyncio.sleep(after_ms / 1000)
            await self._disturb(how, self._stage.registries[which])

        async def work() -> None:
            await self._spare_the_innocent(how)
            self._model.publish(burst)
            await self._stage.registries[which].start()
            await self._stage.registries[which].ready()
            await asyncio.gather(self._stage.publish(burst + burst[::-3]), disturb())

        self._do(f"{how} {which}, {after_ms} ms into {len(burst)} notices", work())

    @rule(how=disturbances, which=which_registry)
    def disturb(self, how: Disturbance, which: int) -> None:
        """Something happens to a registry that may be starting, standing by, or gone."""

        async def work() -> None:
            await self._spare_the_innocent(how)
            await self._disturb(how, self._stage.registries[which])

        self._do(f"{how} {which}", work())

    @precondition(lambda self: not all(process.working for process in self._stage.registries))
    @rule(which=which_registry)
    def start(self, which: int) -> None:
        """A registry is started, or goes on after it stood still; perhaps beside another."""
        if self._stage.registries[which].working:
            which = 1 - which
        self._do(f"start {which}", self._stage.registries[which].start())

    async def _spare_the_innocent(self, how: Disturbance) -> None:
        if how == "kill" and self._kills == MOST_KILLS:
            await self._settle()

    async def _disturb(self, how: Disturbance, process: ServiceProcess) -> None:
        match how:
            case "kill":
                self._kills += process.running
                await process.kill()
            case "stop":
                await process.stop()
            case "freeze":
                process.freeze()
            case "cut":
                self._stage.cut()
            case "terminate":
                await self._stage.terminate_backends()
            case "kill notifier":
                await self._stage.notifier.kill()
                await self._stage.notifier.start()

    # ------------------------------------------------------------------------------- what must hold then
    @rule()
    def settle(self) -> None:
        """All that was published is taken in: it must be known as it was told, each notice once."""
        self._do("settle", self._settle())

    def teardown(self) -> None:
        """The end is a settled one, and nothing is left over when the registries have stopped."""
        try:
            if self._is_sound:
                self._do("end", self._end())
        finally:
            self._loop.run(self._stage.end())

    async def _settle(self) -> None:
        await self._stage.taken_in(self._model.identities, self._model.conflicts)
        self._kills = 0
        faults = await self._model.faults(self._stage.database_url)
        faults += await self._stage.faults_of_the_stream()
        faults += self._stage.reader.faults
        faults += [f"reset: {reset}" for reset in self._stage.reader.resets]
        faults += await self._stage.faults_of_answers(ASKERS)
        assert not faults, "\n".join(faults[:MOST_FAULTS_SHOWN])

    async def _end(self) -> None:
        await self._settle()
        for process in self._stage.registries:
            await process.stop()
        faults = [f"{queue}: {depth}" for queue in QUEUES if (depth := await self._stage.depth(queue))]
        faults += await self._model.faults(self._stage.database_url)
        assert not faults, "\n".join(faults[:MOST_FAULTS_SHOWN])

    # ------------------------------------------------------------------------------------------ means
    def _named(self, notice: Notice) -> Notice:
        return msgspec.structs.replace(notice, id=str(next(self._ids)))

    def _retraction(self, notice: Notice, subject: str | None) -> Notice:
        return Notice(
            member=notice.member,
            source="/convenios",
            id=str(next(self._ids)),
            type="br.malha.agreement.retracted.v1",
            subject=subject,
            data={"notice": notice.protocol, "reason": "Engano"},
        )

    def _publish(self, how: str, arriving: Sequence[Notice]) -> None:
        self._model.publish(arriving)
        told = ", ".join(_briefly(arriving))
        self._do(f"{how}: {told}", self._stage.publish(arriving))

    def _do(self, step: str, work: Coroutine[Any, Any, None]) -> None:
        """Do one step. What goes wrong carries the whole story: a replay has other timing, and may pass."""
        self._story.append(f"{time.monotonic() - self._began_at:7.3f} {step}")
        self._is_sound = False
        try:
            self._loop.run(work)
        except BaseException as error:
            error.add_note("What happened, in seconds:\n" + "\n".join(self._story))
            for process in (*self._stage.registries, self._stage.notifier):
                error.add_note(f"The log of {process.name} ends with:\n{process.last_words()}")
            raise
        self._is_sound = True


def _briefly(arriving: Iterable[Notice]) -> Iterable[str]:
    for notice in arriving:
        yield f"{reference.name(notice)} {notice.id} of {notice.member} {notice.subject or '—'}"


def test_the_registry_knows_what_was_published_whatever_happens(
    servers: Servers, database_template: str, tmp_path: Path
) -> None:
    """Publish, duplicate, reorder, contradict, retract; crash, stop, freeze, cut, restart, two at once."""
    loop = BackgroundLoop()
    examples = count(1)

    def machine() -> RegistryUnderFire:
        folder = tmp_path / str(next(examples))
        folder.mkdir()
        return RegistryUnderFire(loop, servers, database_template, folder)

    try:
        run_state_machine_as_test(
            machine,  # type: ignore[arg-type] # whatever makes one is taken
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=STEPS,
                deadline=None,
                # Not shrunk: an example takes seconds, and a shorter one has other timing. The story is told.
                phases=(Phase.reuse, Phase.generate),
                suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
                print_blob=True,
            ),
        )
    finally:
        loop.close()
