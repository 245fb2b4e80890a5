"""Runs benchmarks and prints one table. Each benchmark is a module here with run(bench) that yields rows."""
import argparse
import importlib
import json
import pathlib
import resource
import subprocess
import sys
import tempfile
import threading
import time

NAMES = ["decode", "index", "order", "grid", "library", "neighbours", "retrieval", "collection", "outlier", "service", "contract", "rank", "estimators",
         "next_pair", "pair_choice", "vector_prior", "pixels", "decisions", "viewer"]


class Bench:
    """What every benchmark needs: the build's programs, a scratch folder, and fair measurement of whole processes."""

    def __init__(self, build, scratch):
        self.build = pathlib.Path(build)
        self.scratch = pathlib.Path(scratch)

    def program(self, name):
        return str(self.build / "bin" / name)

    def kalon(self, library, *words):
        return [self.program("kalon"), "--library", str(library), "--quiet", *map(str, words)]

    def lines(self, *command):
        """JSON lines that a program prints."""
        done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, check=True, text=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def measure(self, command, accept=(0,)):
        """Runs a command: its wall and CPU seconds, its output, and the peak of RssAnon + RssShmem in bytes (sampled)."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.monotonic()
        process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE)
        peak = [0]

        def watch():
            while process.poll() is None:
                try:
                    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
                    fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
                    kilobytes = sum(int(fields.get(name, "0 kB").split()[0]) for name in ("RssAnon", "RssShmem"))
                    peak[0] = max(peak[0], kilobytes * 1024)
                except (FileNotFoundError, ProcessLookupError, ValueError):
                    pass
                time.sleep(0.005)

        watcher = threading.Thread(target=watch)
        watcher.start()
        output = process.stdout.read()
        process.wait()
        wall = time.monotonic() - start
        watcher.join()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if process.returncode not in accept:
            raise SystemExit(f"{command[0]} ended with {process.returncode}")
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return {"wall": wall, "cpu": cpu, "output": output.decode(errors="replace"), "peak": peak[0]}


def row(what, measured, unit, peer="", peer_value=None, target=None):
    """measured against a peer's value or a fixed target; the target bounds the ratio when there is a peer."""
    ratio = measured / peer_value if peer_value else None
    return {"what": what, "measured": measured, "unit": unit, "peer": peer, "peer_value": peer_value, "ratio": ratio,
            "target": target}


def text(value):
    return "" if value is None else f"{value:.3g}" if isinstance(value, float) else str(value)


def print_table(rows):
    header = ["what", "measured", "peer", "ratio", "target"]
    cells = [header]
    for item in rows:
        peer = f"{item['peer']} {text(item['peer_value'])}".strip()
        cells.append([item["what"], f"{text(item['measured'])} {item['unit']}", peer, text(item["ratio"]),
                      "" if item["target"] is None else f"<= {text(item['target'])}"])
    widths = [max(len(line[i]) for line in cells) for i in range(len(header))]
    for line in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())


def main():
    parser = argparse.ArgumentParser(description="Kalon's benchmarks")
    parser.add_argument("names", nargs="*", metavar="NAME", help="of " + " ".join(NAMES))
    parser.add_argument("--build", required=True)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(NAMES)
    if unknown:
        parser.error(f"no such benchmark: {' '.join(sorted(unknown))}; there are {' '.join(NAMES)}")
    sys.path.insert(0, str(pathlib.Path(__file__).parent))
    rows = []
    with tempfile.TemporaryDirectory(prefix="kalon-bench-") as scratch:
        for name in arguments.names or NAMES:
            folder = pathlib.Path(scratch) / name
            folder.mkdir()
            rows += list(importlib.import_module(f"{name}_bench").run(Bench(arguments.build, folder)))
    if arguments.json:
        for item in rows:
            print(json.dumps(item))
    else:
        print_table(rows)


if __name__ == "__main__":
    main()
