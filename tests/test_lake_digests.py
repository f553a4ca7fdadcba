"""Whatever bit of a lake flips, `check --deep` names its file, and the repair puts back those of logs."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import lake_lab as lab
import pytest

from pipeline.errors import LakeDamaged
from pipeline.lake import Lake, check, digests
from pipeline.lake.compact import compact
from pipeline.lake.layout import Layout
from pipeline.lake.mend import mend

NOW = datetime(2025, 7, 1, tzinfo=UTC)
#: What says nothing of the lake: who held it last.
EMPTY = {"_h33/lock"}
DIGESTS = "_h33/digests"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with twelve changes; its history was ended once, and its logs are summed up."""
    root = tmp_path_factory.mktemp("digests") / "lake"
    lab.steps_to(root, 4)
    compact_all(root)
    lab.steps_to(root, 12)
    return root


@pytest.fixture
def root(sound: Path, tmp_path: Path) -> Path:
    return shutil.copytree(sound, tmp_path / "lake")


def names(root: Path) -> list[str]:
    """Return every file of a lake that says something."""
    files = (str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())
    return sorted(set(files) - EMPTY)


def flip(path: Path, bit: int) -> None:
    content = bytearray(path.read_bytes())
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)


def named(root: Path) -> list[str]:
    """Return the files that the deep check finds damaged."""
    problems = check(Lake(root), deep=True)
    assert all(problem.damage for problem in problems)
    return [problem.where for problem in problems]


def bits(root: Path, name: str) -> list[int]:
    """Return bits of a file to flip: one in each byte of a small file, else one between and at the ends.

    In data files, of which each has its SHA-256 in its name, just one.
    """
    size, draw = (root / name).stat().st_size, Random(name)
    middle = draw.randrange(size)
    ends = (0, size - 1) if "_delta_log" in name or "_h33" in name else ()
    return [byte * 8 + draw.randrange(8) for byte in (range(size) if size <= 64 else (middle, *ends))]


def test_a_flipped_bit_is_found_wherever_it_is(root: Path) -> None:
    """In data files, commits, checkpoints, the pointers to them, the lake's own notes and their digests."""
    folders, told = set(), []
    for name in names(root):
        folders.add(name.split("/")[1] if name.startswith(("_h33", "events/_d")) else name.split("/")[0])
        for bit in bits(root, name):
            flip(root / name, bit)
            told = named(root)
            assert name in told, bit
            # What a log says is not gone into when it has changed.
            assert told == [name] or not ("_h33" in name or "_delta_log" in name)
            flip(root / name, bit)
    assert {"_delta_log", "digests", "format.json", "history.json", "events", "files", "rejects"} <= folders
    assert named(root) == []


def test_every_log_and_note_is_had_back_bit_by_bit(root: Path) -> None:
    """The repair finds which bit it was by the noted SHA-256; no snapshot ends."""
    before = {name: (root / name).read_bytes() for name in names(root)}
    draw = Random(33)
    damaged = [f"{DIGESTS}/{draw.choice(sorted(p.name for p in (root / DIGESTS).iterdir()))}"]
    damaged += [f"_h33/{note}.json" for note in ("format", "history")]
    damaged += [f"{table}/_delta_log/{7:020d}.json" for table in ("events", "rejects", "files")]
    damaged += ["events/_delta_log/_last_checkpoint", f"metrics/_delta_log/{0:020d}.json"]
    for name in damaged:
        flip(root / name, draw.randrange(len(before[name]) * 8))
    assert set(named(root)) >= set(damaged[:1])
    told = mend(root)
    assert {line.partition(":")[0] for line in told} == set(damaged)
    assert {name: (root / name).read_bytes() for name in names(root)} == before


def test_a_damaged_checkpoint_is_done_without(root: Path) -> None:
    held = lab.held(Lake(root).snapshot())
    checkpoint = f"events/_delta_log/{9:020d}.checkpoint.parquet"
    (root / checkpoint).write_bytes(b"PAR1" + bytes(20_000))
    assert named(root) == [checkpoint]
    assert mend(root)[0] == "events: what sums its log up was changed, and is set aside"
    lab.steps_to(root, 12)
    assert named(root) == []
    assert lab.held(Lake(root).snapshot()) == held
    assert Lake(root).snapshot(8).version == 8


@pytest.mark.parametrize("name", ["events/_delta_log/{:020d}.json", "_h33/digests/{:020d}-"])
def test_a_log_or_digest_that_is_missing_is_named(root: Path, name: str) -> None:
    (root / DIGESTS / "copy.json").write_text("of a stranger")
    (path,) = (root / name.format(7)).parent.glob(Path(name.format(7)).name + "*")
    path.unlink()
    told = check(Lake(root), deep=True)
    wanted = {str(path.relative_to(root))}
    if "digests" in name:
        # What it noted: the logs of its change. The ledger had a commit more, by the compaction.
        wanted = {f"{table}/_delta_log/{6:020d}.json" for table in ("events", "rejects")}
        wanted.add(f"files/_delta_log/{7:020d}.json")
    assert {problem.where for problem in told if problem.damage} == wanted


def test_a_changed_intent_is_told_and_never_acted_upon(sound: Path, tmp_path: Path) -> None:
    """What a killed run left to be done, a bit of it and of its SHA-256 at a time."""
    steps = steps_of(lambda root: lab.steps_to(root, 13), shutil.copytree(sound, tmp_path / "undisturbed"))
    root = shutil.copytree(sound, tmp_path / "lake")
    assert lab.run_cut_short(root, 13, steps.index("commit"))
    intent = root / "_h33" / "intent.json"
    size = intent.stat().st_size * 8
    for bit in (0, size - 1, *Random(33).sample(range(size), 60)):
        flip(intent, bit)
        assert named(root) == ["_h33/intent.json"]
        flip(intent, bit)
    flip(intent, 77)
    with pytest.raises(LakeDamaged, match="unfinished change"), Lake(root).writer():
        pass


def test_a_lake_without_digests_is_sound_and_has_them_after_the_next_run(root: Path) -> None:
    shutil.rmtree(root / DIGESTS)
    (problem,) = check(Lake(root), deep=True)
    assert (problem.where, problem.damage) == (DIGESTS, False)
    lab.steps_to(root, 12)
    assert named(root) == []
    flip(root / "events" / "_delta_log" / f"{1:020d}.json", 99)
    assert named(root) == [f"events/_delta_log/{1:020d}.json"]


def test_a_compaction_killed_anywhere_leaves_no_damage(sound: Path, tmp_path: Path) -> None:
    """The last steps of its change: history ends, logs are summed up, digests are noted, the intent goes."""
    steps = steps_of(compact_all, shutil.copytree(sound, tmp_path / "undisturbed"))
    merged = max(number for number, step in enumerate(steps) if step == "rename")
    for at in range(merged - 21, merged, 2):
        root = shutil.copytree(sound, tmp_path / str(at))
        process = lab.child(compact_cut_short, root, at)
        process.join(60)
        assert process.exitcode == -signal.SIGKILL
        assert not [str(problem) for problem in check(Lake(root), deep=True) if problem.damage], at
        lab.steps_to(root, 12)
        assert check(Lake(root), deep=True) == [], at


class Stopped(BaseException):
    """Raised where a kill would have ended the process."""


def test_a_merge_of_digests_stopped_anywhere_loses_none(sound: Path, tmp_path: Path) -> None:
    """Each of its steps: the merged note is written and named, the others go."""
    before = len(list((sound / DIGESTS).iterdir()))
    undisturbed = shutil.copytree(sound, tmp_path / "undisturbed")
    steps = steps_of(merge_all, undisturbed)
    (merged,) = names(undisturbed / DIGESTS)
    assert steps == ["fsync", "rename", "fsync", *["unlink", "fsync"] * before]
    for at in range(len(steps)):
        root = shutil.copytree(sound, tmp_path / str(at))
        left = iter(range(at))

        def stop(_: str, left: Iterator[int] = left) -> None:
            if next(left, None) is None:
                raise Stopped

        with pytest.MonkeyPatch.context() as patch:
            lab.watch(stop, patch.setattr)
            with pytest.raises(Stopped):
                merge_all(root)
        (root / "_h33" / "staging" / "digests.json").unlink(missing_ok=True)
        assert named(root) == [], at
        log = f"files/_delta_log/{at % 13:020d}.json"
        flip(root / log, at)
        assert named(root) == [log], at
        flip(root / log, at)
        merge_all(root)
        assert names(root / DIGESTS) == [merged]


def test_a_merged_note_is_small_enough_to_be_mended(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Notes are merged in their order, up to the size of which a flipped bit is found by trying all."""
    monkeypatch.setattr(digests, "_SMALL", 3_200)
    sizes = [(root / DIGESTS / name).stat().st_size for name in names(root / DIGESTS)]
    assert sizes[0] > 3_000
    assert sum(sizes[1:]) > 3_200
    merge_all(root)
    notes = names(root / DIGESTS)
    assert 2 < len(notes) < len(sizes)
    assert all((root / DIGESTS / name).stat().st_size <= 3_200 for name in notes)
    assert named(root) == []


def test_a_damaged_digest_is_merged_with_none(root: Path) -> None:
    before = names(root / DIGESTS)
    flip(root / DIGESTS / before[3], 100)
    merge_all(root)
    assert names(root / DIGESTS) == before
    assert f"{DIGESTS}/{before[3]}" in named(root)


def merge_all(root: Path) -> None:
    digests.merge(Layout(root))


def steps_of(do: Callable[[Path], None], root: Path) -> list[str]:
    """Do it, and return its steps on the disk."""
    steps: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        lab.watch(steps.append, patch.setattr)
        do(root)
    return steps


def compact_all(root: Path) -> None:
    with Lake(root).writer() as writer:
        compact(writer, NOW, timedelta(0))


def compact_cut_short(root: Path, at: int) -> None:
    lab.die_before(at)
    compact_all(root)
