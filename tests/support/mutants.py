"""Spoiled files by the thousand through all readers: what crashes, hangs, grows, or is a fault of ours.

``python mutants.py FOLDER FIRST LAST`` opens the mutants of these seeds in one process, under the child's
limits; ``run`` starts such processes, and the next one behind a seed that ended one.
"""

from __future__ import annotations

import io
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

MOST_SECONDS = 10
"""Of the processor. Six times as long by the clock, for a reader that waits for ever: on a busy machine one that is
niced gets a fraction of a processor, and a sound file was told to hang."""
MOST_BYTES = 1 << 30
LEGITIMATE_EACH = 20
"""One file of so many is as good as its original, in another form, and has to be read."""
SUPPORT = Path(__file__).parent
TOKENS = [
    b"", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b'"', b"'", b"\r", b"\n", b"\t", b";", b",", b"|", b"<", b">", b"&",
    b"&#0;", b"&lt;", b"]]>", b"<![CDATA[", b"<!DOCTYPE x>", b"<?x?>", b"-1", b"99999999999999999999", b"1e999999",
    b"NaN", b"-0", b"0.1.2", b"XFD1048576", b"A0", b"A1:XFD1048576", b"\\ud800", b"\\u0000", b"\\", b"[[[[", b"{}",
    b"null", b"\xcc\x81" * 50, b"\xe1\xba\xbf", b"\xb5\xb8", b"\xa7\xa8", b"  " * 40, b"#REF!", b"=1+1", b"31/02/2021",
    b"t=\"s\"", b"t=\"inlineStr\"", b"r=\"\"", b"s=\"-5\"", b"count=\"4294967295\"", b"repeated=\"1048576\"", b"x" * 5000,
]  # fmt: skip


@dataclass
class Result:
    """``outcomes``: rule, or ``read``, and how many. ``refused``: seeds of legitimate files that were not read;
    ``wrong``: seeds with what they did. ``peak_bytes``: of the largest process."""

    outcomes: Counter[str] = field(default_factory=Counter)
    legitimate: int = 0
    refused: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    peak_bytes: int = 0

    def take(self, lines: Iterable[str]) -> None:
        """Take in what a process said: ``SEED OUTCOME``, or ``peak BYTES``."""
        for line in lines:
            seed, _, outcome = line.rstrip("\n").partition(" ")
            if seed == "peak":
                self.peak_bytes = max(self.peak_bytes, int(outcome))
                continue
            is_legitimate = int(seed) % LEGITIMATE_EACH == 0
            self.legitimate += is_legitimate
            if outcome.startswith("!"):
                self.wrong.append(f"seed {seed}: {outcome[1:]}")
            elif is_legitimate and outcome != "read":
                self.refused.append(f"seed {seed}: {outcome}")
            self.outcomes[outcome.partition(":")[0]] += 1


# ---------------------------------------------------------------- spoiling


def mutant(bases: list[tuple[str, str, bytes]], seed: int) -> tuple[str, str, bytes, bool]:
    """Source, suffix and bytes of a spoiled file, and whether it is as good as before. The same seed spoils in
    the same way."""
    draw = random.Random(seed)
    source, suffix, content = draw.choice(bases)
    if seed % LEGITIMATE_EACH == 0:
        return source, suffix, _in_another_form(content, suffix, draw), True
    if content[:2] == b"PK" and draw.random() < 0.85:
        return source, suffix, _within(content, bases, draw), False
    return source, suffix, _spoiled(content, bases, draw), False


def _in_another_form(content: bytes, suffix: str, draw: random.Random) -> bytes:
    if content[:2] == b"PK":
        return _packed(_parts(content), draw.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))
    if suffix not in (".csv", ".jsonl") or content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content
    how = draw.randrange(4)
    if how == 0:
        return b"\xef\xbb\xbf" + content.removeprefix(b"\xef\xbb\xbf")
    if how == 1:
        return content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    if how == 2:
        return content.rstrip(b"\r\n")
    return content + b"\n\n"


def _spoiled(content: bytes, bases: list[tuple[str, str, bytes]], draw: random.Random) -> bytes:
    for _ in range(draw.choice((1, 1, 1, 2, 3, 8))):
        at = draw.randrange(len(content) + 1)
        end = min(len(content), at + draw.choice((1, 1, 4, 30, 400)))
        how = draw.randrange(6)
        if how == 0:
            content = content[:at] + bytes([draw.randrange(256)]) + content[at + 1 :]
        elif how == 1:
            content = content[:at] + draw.choice(TOKENS) + content[at:]
        elif how == 2:
            content = content[:at] + content[end:]
        elif how == 3:
            content = content[:at] + content[at:end] * draw.choice((2, 3, 20)) + content[end:]
        elif how == 4:
            other = draw.choice(bases)[2]
            start = draw.randrange(len(other))
            content = content[:at] + other[start : start + draw.randrange(200)] + content[at:]
        else:
            content = content[:at] if draw.random() < 0.3 else content[at:end] + content
    return content


def _within(content: bytes, bases: list[tuple[str, str, bytes]], draw: random.Random) -> bytes:
    """One of its parts spoiled, those that say something more often than others."""
    parts = _parts(content)
    names = [n for n in parts if "sheet" in n or "content" in n or "workbook" in n or "styles" in n]
    name = draw.choice(names if names and draw.random() < 0.8 else list(parts))
    parts[name] = _spoiled(parts[name], bases, draw)
    return _packed(parts, zipfile.ZIP_STORED)


def _parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _packed(parts: dict[str, bytes], how: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return out.getvalue()


# ---------------------------------------------------------------- one process


def base_files(folder: Path) -> list[tuple[str, str, bytes]]:
    """Source, suffix and bytes of what stands below a folder, as ``SOURCE/NAME.SUFFIX``."""
    return [
        (path.parent.name, path.suffix, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]


def _open_all(folder: Path, first: int, last: int) -> None:
    """Fork a process that opens the mutants from ``first`` on, and the next one behind a mutant that ends it."""
    import in_process

    in_process.answer_here(setattr)
    bases = base_files(folder)
    with tempfile.TemporaryDirectory(
        dir="/dev/shm" if Path("/dev/shm").is_dir() else None
    ) as scratch:
        at = Path(scratch) / "at"
        while first < last:
            process = os.fork()
            if process == 0:
                _open_from(bases, first, last, at)
                os._exit(0)
            _, status = os.waitpid(process, 0)
            if status == 0:
                return
            seed = int(at.read_bytes())
            ended_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
            # What cannot be allocated aborts the child; it is told as such (lensan.intake.readers.asking).
            known = {
                signal.SIGABRT: "too_much_memory",
                signal.SIGALRM: "!hangs",
                signal.SIGPROF: "!hangs",
            }
            _say(f"{seed} {known.get(ended_by, f'!ends its reader: {status}')}")
            first = seed + 1


def _open_from(bases: list[tuple[str, str, bytes]], first: int, last: int, at: Path) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # An allocation that fails says so, a million times.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    with at.open("wb", buffering=0) as noted:
        for seed in range(first, last):
            os.pwrite(noted.fileno(), b"%020d" % seed, 0)
            source, suffix, content, _ = mutant(bases, seed)
            path = at.with_name(f"a_20211118{suffix}")
            path.write_bytes(content)
            signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
            signal.setitimer(signal.ITIMER_REAL, 6 * MOST_SECONDS)
            outcome = _opened(path, source)
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.setitimer(signal.ITIMER_PROF, 0)
            _say(f"{seed} {outcome}")
    _say(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}")


def _opened(path: Path, source: str) -> str:
    """``read``, the rule by which it was refused, or with ``!`` before it a fault."""
    import in_process

    from lensan.domain.problems import Rejection

    try:
        in_process.read(path, source)
    except Rejection as told:
        rule = told.problem.rule
        return f"!unexpected: {told.detail}" if rule == "unexpected" else rule
    except MemoryError:
        return "too_much_memory"
    except Exception as error:
        return f"!{type(error).__name__}: {error!r}"[:300]
    return "read"


def _say(line: str) -> None:
    os.write(1, line.encode("utf-8", "replace") + b"\n")


# ---------------------------------------------------------------- several processes


def run(folder: Path, seeds: range, workers: int) -> Result:
    """Open the mutants of all seeds, made of the files below a folder."""
    share = -(-len(seeds) // workers)
    started = []
    for at in range(seeds.start, seeds.stop, share):
        last = min(at + share, seeds.stop)
        said = tempfile.TemporaryFile("w+")  # noqa: SIM115
        process = subprocess.Popen(
            [sys.executable, str(SUPPORT / "mutants.py"), str(folder), str(at), str(last)], stdout=said,
            env={**os.environ, "PYTHONPATH": f"{SUPPORT.parents[1] / 'plugins'}:{SUPPORT}"},
        )  # fmt: skip
        started.append((process, said))
    result = Result()
    for process, said in started:
        process.wait()
        with said:
            said.seek(0)
            result.take(said)
    return result


if __name__ == "__main__":
    _open_all(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
