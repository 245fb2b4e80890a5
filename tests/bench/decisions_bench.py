"""Rating, flagging and labelling 10,000 pictures in one call, in a library of 100,000; the history, and what changed."""
import subprocess

from run import row

FILES, DECIDED = 100_000, 10_000


def run(bench):
    library = bench.scratch / "library"
    bench.lines(bench.program("bench_library"), library, FILES)
    done = subprocess.run([bench.program("bench_decisions"), str(bench.build / "lib/libkalon.so.1"), str(library), str(DECIDED)],
                          stdout=subprocess.PIPE, check=True, text=True)
    wall, cpu = {}, {}
    for name, *figures in map(str.split, done.stdout.splitlines()):
        wall[name], cpu[name] = map(float, figures)
    for name, what in (("rate_first", "rate, nothing decided before"), ("rate", "rate"), ("flag", "flag"), ("label", "label")):
        yield row(f"{what}: {DECIDED:,} pictures, sync to disk included", wall[name], "ms", target=100)
        yield row("  the same, CPU", cpu[name], "ms")
    yield row("undo and redo of that", wall["undo_and_redo"], "ms", target=200)
    yield row("history: the newest 100", wall["history"], "ms", target=50)
    yield row("changes: the rows of these pictures", wall["changes"], "ms", target=200)
    yield row("changes: nothing", wall["unchanged"], "ms", target=0.2)
    yield row(f"list of {FILES:,} rows before, CPU", cpu["list"], "ms")
    yield row("list of the same with decisions, CPU", cpu["list_decided"], "ms")
