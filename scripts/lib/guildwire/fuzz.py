"""`scripts/fuzz`: builds one target of Tests/Fuzz with libFuzzer and runs it.

SwiftPM cannot drive libFuzzer, so the modules that a target imports are compiled here by swiftc, with the settings of
Package.swift. New inputs are kept in .build/fuzz/<Name>/corpus; the seeds in Tests/Fuzz/Corpus/<Name> are only read.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
SCRATCH = ROOT / ".build" / "fuzz"
TARGETS = ROOT / "Tests" / "Fuzz"

FLAGS = [
    "-O", "-swift-version", "6", "-package-name", "guildwire", "-parse-as-library",
    "-enable-upcoming-feature", "ExistentialAny", "-enable-upcoming-feature", "MemberImportVisibility",
    "-enable-upcoming-feature", "InternalImportsByDefault", "-enable-upcoming-feature", "InferIsolatedConformances",
    "-enable-upcoming-feature", "NonisolatedNonsendingByDefault",
]

# Of a service only what the targets reach; the rest would bring sockets along.
PARTS = {
    "Web": ["Streams/StreamCursor.swift", "Streams/StreamQuery.swift", "Streams/StreamFilter.swift",
            "Streams/DeliverableEvent.swift", "Streams/StreamBlock.swift", "Sight/*.swift",
            "Streams/StreamFormat.swift", "Feed/FeedMessage.swift", "Feed/FeedInputs.swift", "API/Problem.swift", "API/Scope.swift",
            "Keys/KeyGrant.swift", "Keys/KeyRefusal.swift", "Keys/KeyToken.swift", "Keys/Problem+Keys.swift", "Access/Session*.swift",
            "Access/KnownTokens.swift", "Access/SigningKeys.swift"],
    "Gateway": ["Fold/*.swift", "ShardMachine/*.swift", "Journal/JournalRecord.swift", "Checkpoint.swift",
                "Commands/CommandBook.swift", "Commands/CommandJob.swift", "Commands/CommandLedger*.swift",
                "Commands/CommandSet.swift", "Commands/Interaction*.swift", "Commands/MessageBody.swift"],
    "RedisClient": ["ReplyReader.swift", "RedisReply.swift", "RedisError.swift"],
}

# Targets with C beneath them; the others are of memory-safe Swift alone and run several times as fast without.
ADDRESS = {"Inflate", "Redis"}

ENTRY = """@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    do {
        try fuzz%(name)s(bytes: Array(UnsafeBufferPointer(start: start, count: count)))
    } catch {
        fatalError("fuzz%(name)s: \\(error)")
    }
    return 0
}
"""


def names():
    return sorted(path.stem for path in TARGETS.glob("*.swift"))


def about(name):
    """The first sentence of the function's comment."""
    comment = re.search(r"((?:///.*\n)+)func fuzz", (TARGETS / f"{name}.swift").read_text())
    words = " ".join(line[4:] for line in comment.group(1).split("\n///\n")[0].splitlines()) if comment else ""
    return words.split(". ")[0].rstrip(".")


def imports(path):
    return re.findall(r"^(?:\w+ )?import (\w+)", path.read_text(), re.M)


class Builder:
    """Compiles modules and what they import, each once; what has not changed is left."""

    def __init__(self, address):
        self.objects = {}
        self.sanitizers = "fuzzer,address" if address else "fuzzer"
        self.folder = SCRATCH / ("modules-address" if address else "modules")
        self.folder.mkdir(parents=True, exist_ok=True)

    def flags(self):
        c_folders = [path.parent for path in (ROOT / "Shared").glob("*/module.modulemap")]
        for include in (ROOT / "Shared").glob("*/include"):
            # SwiftPM writes such a map too.
            name = include.parent.name
            folder = self.folder / name
            folder.mkdir(exist_ok=True)
            (folder / "module.modulemap").write_text(f'module {name} {{ umbrella header "{include}/{name}.h" export * }}')
            c_folders.append(folder)
        return FLAGS + [f"-sanitize={self.sanitizers}", "-I", str(self.folder)] + [f"-I{folder}" for folder in c_folders]

    def sources(self, name):
        for parent in ("Shared", "Services"):
            folder = ROOT / parent / name
            if folder.is_dir():
                patterns = PARTS.get(name, ["**/*.swift"])
                return [path for pattern in patterns for path in sorted(folder.glob(pattern))]
        return None

    def need(self, name):
        if name in self.objects:
            return
        sources = self.sources(name)
        if sources is None:
            return  # Of the toolchain.
        self.objects[name] = None
        folder = ROOT / "Shared" / name
        if not sources:
            c_files = sorted(folder.glob("*.c"))
            if c_files:
                self.run_if_older(name, c_files, ["clang", "-c", "-O1", f"-I{folder / 'include'}", *map(str, c_files)], [])
            return
        needed = sorted({module for path in sources for module in imports(path)})
        for module in needed:
            self.need(module)
        self.run_if_older(name, sources, [
            "swiftc", "-c", "-wmo", "-module-name", name, *self.flags(),
            "-emit-module-path", str(self.folder / f"{name}.swiftmodule"), *map(str, sources),
        ], needed)

    def run_if_older(self, name, sources, command, needed):
        out = self.folder / f"{name}.o"
        stamps = [path.stat().st_mtime for path in sources] + [pathlib.Path(__file__).stat().st_mtime]
        stamps += [self.objects[module].stat().st_mtime for module in needed if self.objects.get(module)]
        if not out.exists() or out.stat().st_mtime < max(stamps):
            print(f"  compiling {name}", flush=True)
            subprocess.run([*command, "-o", str(out)], check=True)
            out.touch()  # The compiler leaves an object as it is when nothing in it has changed.
        self.objects[name] = out

    def binary(self, name):
        sources = [TARGETS / f"{name}.swift"]
        known = set(imports(sources[0])) | {"Base"}
        # Of what the targets share only what this one has the modules for.
        sources += [path for path in sorted((TARGETS / "Support").glob("*.swift")) if set(imports(path)) <= known]
        for path in sources:
            for module in imports(path):
                self.need(module)
        folder = SCRATCH / name
        folder.mkdir(parents=True, exist_ok=True)
        entry = folder / "Entry.swift"
        entry.write_text(ENTRY % {"name": name})
        out = folder / f"fuzz-{name}"
        objects = [str(path) for path in self.objects.values() if path]
        print(f"  linking {name}", flush=True)
        subprocess.run(
            ["swiftc", *self.flags(), "-wmo", "-module-name", f"Fuzz{name}", "-use-ld=lld",
             *map(str, [entry, *sources]), *objects, "-o", str(out)], check=True)
        return out


def run(name, arguments):
    binary = Builder(arguments.address or name in ADDRESS).binary(name)
    folder = SCRATCH / name
    corpus = folder / "corpus"
    corpus.mkdir(exist_ok=True)
    options = ["-print_final_stats=1", f"-artifact_prefix={folder}/", f"-max_len={arguments.max_len}", "-timeout=20"]
    command = [str(binary), *options]
    if arguments.input:
        command.append(str(pathlib.Path(arguments.input).resolve()))
    else:
        if arguments.minutes:
            command.append(f"-max_total_time={int(arguments.minutes * 60)}")
        if arguments.runs:
            command.append(f"-runs={arguments.runs}")
        if arguments.seed:
            command.append(f"-seed={arguments.seed}")
        dictionary = TARGETS / "Dictionaries" / f"{name}.dict"
        if dictionary.exists():
            command.append(f"-dict={dictionary}")
        command.append(str(corpus))
        seeds = TARGETS / "Corpus" / name
        if seeds.is_dir():
            command.append(str(seeds))
    log = folder / "log"
    environment = {**os.environ, "SWIFT_BACKTRACE": "enable=no", "ASAN_OPTIONS": "detect_leaks=0:quarantine_size_mb=16:malloc_context_size=4"}
    before = set(folder.glob("*-*"))
    began = time.monotonic()
    with open(log, "w") as output:
        code = subprocess.run(command, cwd=folder, env=environment, stdout=output, stderr=output).returncode
    text = log.read_text(errors="replace")
    runs = re.search(r"stat::number_of_executed_units:\s*(\d+)", text)
    last = re.findall(r"^#(\d+)", text, re.M)
    done = int(runs.group(1)) if runs else int(last[-1]) if last else 0
    seconds = time.monotonic() - began
    if code == 0:
        print(f"{name}: {done:,} inputs in {seconds:.0f} s, {done / max(seconds, 1):,.0f} a second: nothing found")
        return 0
    if "run interrupted" in text:
        print(f"{name}: {done:,} inputs in {seconds:.0f} s, then interrupted: nothing found so far")
        return 130
    print("\n".join(text.splitlines()[-60:]))
    print(f"\n{name}: FOUND after {done:,} inputs in {seconds:.0f} s; whole output: {log.relative_to(ROOT)}")
    for path in sorted(set(folder.glob("*-*")) - before - {binary}):
        print(f"  input: {path.relative_to(ROOT)}")
        print(f"  again: scripts/fuzz {name} --input {path.relative_to(ROOT)}")
        print(f"  mended? keep it as Tests/Fuzz/Corpus/{name}/<what-it-was>")
    return 1


def main():
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description=__doc__.split("\n")[0])
    parser.add_argument("name", nargs="?", choices=names(), metavar="NAME")
    parser.add_argument("--list", action="store_true", help="the targets and what they hold")
    parser.add_argument("--minutes", type=float, help="stop after this long")
    parser.add_argument("--runs", type=int, help="stop after this many inputs")
    parser.add_argument("--seed", type=int, help="libFuzzer's seed; without it every run takes another way")
    parser.add_argument("--max-len", type=int, default=1024, help="longest input in bytes")
    parser.add_argument("--address", action="store_true",
                        help=f"with AddressSanitizer, which {' and '.join(sorted(ADDRESS))} always have")
    parser.add_argument("--input", help="run this one file only")
    parser.add_argument("--clean", action="store_true", help="forget what was built and found before")
    arguments = parser.parse_args()
    if arguments.clean:
        shutil.rmtree(SCRATCH, ignore_errors=True)
    if arguments.list or not arguments.name:
        for name in names():
            print(f"{name:<15} {about(name)}")
        return 0 if arguments.list or arguments.clean else 64
    if not (arguments.minutes or arguments.runs or arguments.input):
        parser.error("say how long: --minutes N, --runs N, or --input FILE")
    try:
        return run(arguments.name, arguments)
    except subprocess.CalledProcessError as failure:
        print(f"scripts/fuzz: {failure.cmd[0]} failed; the lines above say why", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
