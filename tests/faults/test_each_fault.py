"""Each fault of the torture once, on the real command: the run comes to its end with the bytes of an undisturbed one."""

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.faults.bench import Bench, SmallDisk
from tests.faults.breaking import FAULTS
from tests.faults.torture import play, prepare


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    place = tmp_path_factory.mktemp("torture")
    with SmallDisk(place / "disk") as disk:
        yield prepare(place, disk)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        name
        if name in ("kill_run", "kill_worker", "full_disk", "damage")
        else pytest.param(name, marks=pytest.mark.long)
        for name in FAULTS
    ],
)
def test_run_survives(bench: Bench, name: str) -> None:
    if name == "full_disk" and bench.disk is None:
        pytest.skip("a small disk needs the right to mount a tmpfs")
    made: Counter[str] = Counter()
    for number in range(5):  # a fault may come too late to be one
        assert play(bench, number, 0, [FAULTS[name]], made, at_most=1) == ""
        if made[name]:
            return
    pytest.fail(f"{name} never came in time")


@pytest.mark.long
@pytest.mark.timeout(3000)
@pytest.mark.parametrize(("name", "count"), [("kill_run", 20), ("kill_worker", 8), ("full_disk", 5), ("damage", 8)])
def test_run_survives_again_and_again(bench: Bench, name: str, count: int) -> None:
    if name == "full_disk" and bench.disk is None:
        pytest.skip("a small disk needs the right to mount a tmpfs")
    made: Counter[str] = Counter()
    number = 100
    while made[name] < count:
        assert play(bench, number, 0, [FAULTS[name]], made) == ""
        number += 1
