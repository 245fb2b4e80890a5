#!/usr/bin/env python3
"""Runs the coverage-guided targets, each from the seeds of seeds.py, and keeps what breaks a promise.

    run.py --build BUILD [--seconds S | --runs N] [--corpora DIR] [NAME...]

--corpora keeps what was found between runs. Exit codes: 0 nothing broke, 1 something did (its input is named), 77 the
targets are not built.
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
# Which seeds a target begins with: endings of their names, with the byte that chooses among formats, where it has one.
SEEDS = {
    "payload": {".jpg": b"", ".png": b"", ".exif": b""},
    "metadata": {".exif": b"\0", ".xmp": b"\1", ".properties": b"\2", "full.jpg": b"\3", "full.png": b"\3"},
    "npy": {".npy": b""},
    "table": {".csv": b"\0", ".jsonl": b"\1", ".parquet": b"\2", ".list": b"\3"},
    "votes": {"votes.csv": b"\0", "votes.jsonl": b"\1", "comparisons.csv": b"\2", "exclusions.json": b"\3",
              "events.jsonl": b"\4", "label-studio.json": b"\5"},
    "manifest": {".manifest": b""},
    "where": {".where": b""},
    "records": {".record": b""},
    "onnx": {".onnx": b""},
    "rpc": {".rpc": b""},
}
UNUSABLE = 77
# Sound files of others: tables by pyarrow, votes by Label Studio.
GOLDEN = sorted([*(HERE.parent / "golden").rglob("*.parquet"), HERE.parent / "golden/exchange/label-studio.json"])


def write_corpus(name, seeds, corpus):
    """How many seeds a target begins with."""
    count = 0
    for path in sorted(seeds):
        for ending, selector in SEEDS[name].items():
            if path.name.endswith(ending):
                (corpus / f"seed-{path.name}").write_bytes(selector + path.read_bytes())
                count += 1
    return count


def main():
    parser = argparse.ArgumentParser(description="Coverage-guided fuzzing of every parser")
    parser.add_argument("names", nargs="*", metavar="NAME", help="of " + " ".join(SEEDS))
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=20000, help="inputs for each target")
    parser.add_argument("--seconds", type=int, help="instead: time for each target")
    parser.add_argument("--corpora", type=pathlib.Path)
    arguments = parser.parse_args()
    names = arguments.names or list(SEEDS)
    programs = {name: arguments.build / "bin" / f"fuzz_{name}" for name in names}
    missing = [name for name, program in programs.items() if not program.exists()]
    if missing:
        print(f"not built: {' '.join(missing)}; `assets/build.sh fuzz fuzz_targets` builds them")
        return UNUSABLE
    broken = []
    with tempfile.TemporaryDirectory(prefix="kalon-fuzz-") as scratch:
        scratch = pathlib.Path(scratch)
        made = scratch / "seeds"
        made.mkdir()
        subprocess.run(["/usr/bin/python3", HERE / "seeds.py", made], check=True)
        seeds = [*made.iterdir(), *GOLDEN]
        for name in names:
            corpus = (arguments.corpora or scratch / "corpora") / name
            corpus.mkdir(parents=True, exist_ok=True)
            count = write_corpus(name, seeds, corpus)
            if count == 0:
                raise SystemExit(f"no seeds for {name}")
            findings = pathlib.Path.cwd() / f"fuzz-{name}-"
            limit = [f"-max_total_time={arguments.seconds}"] if arguments.seconds else [f"-runs={arguments.runs}"]
            command = [programs[name], corpus, *limit, "-seed=1", "-max_len=65536", "-timeout=20", "-rss_limit_mb=2048",
                       "-malloc_limit_mb=512", f"-artifact_prefix={findings}", "-verbosity=1", "-print_final_stats=1"]
            done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                  errors="replace")
            stats = dict(line[len("stat::"):].split(":", 1) for line in done.stdout.splitlines() if line.startswith("stat::"))
            runs = stats.get("number_of_executed_units", "0").strip()
            print(f"{name}: {count} seeds, {runs} inputs, {'nothing broke' if done.returncode == 0 else 'BROKEN'}", flush=True)
            if done.returncode != 0:
                broken.append(name)
                print(done.stdout[-6000:])
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
