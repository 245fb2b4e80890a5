"""What it costs to call plugins: in the engine's process, through a worker, and to find two hundred of them."""
import json
import pathlib
import shutil
import subprocess

from run import row

MANIFESTS = 200


def manifest(name, kind="model"):
    return {"manifest": 1, "id": name, "kind": kind, "library": f"{name}.so", "abi": {"major": 1, "minor": 0},
            "version": "1", "licence": "Apache-2.0", "summary": "A plugin of the benchmark.", "concurrency": "parallel"}


def run(bench):
    idle, many = bench.scratch / "idle", bench.scratch / "many"
    idle.mkdir(), many.mkdir()
    shutil.copy(bench.build / "bench" / "idle_model.so", idle / "idle.so")
    (idle / "idle.json").write_text(json.dumps(manifest("idle")))
    # A real manifest, the largest there is, under many names; libraries that would fail if anyone opened them.
    real = json.loads((bench.build / "lib/kalon/plugins/kalon-oiio.json").read_text())
    for number in range(MANIFESTS):
        name = f"plugin-{number}"
        (many / f"{name}.json").write_text(json.dumps({**real, "id": name, "library": f"{name}.so"}))
        (many / f"{name}.so").write_text("no library")
    done = subprocess.run([bench.program("bench_contract"), str(idle), str(many)], stdout=subprocess.PIPE, check=True,
                          text=True)
    figures = {name: float(value) for name, value in map(str.split, done.stdout.splitlines())}
    yield row("contract: a batch of 8 in-process, the call alone", figures["in_process_us"], "us", target=2)
    yield row("contract: the same through a worker", figures["worker_us"], "us", target=150)
    yield row("contract: efficientnet-lite0, 2 streams, a picture through workers", figures["worker_ms"], "ms",
              "in-process", figures["in_process_ms"], target=1.05)
    yield row(f"contract: {MANIFESTS} manifests found and judged", figures["scan_ms"], "ms", target=50)
