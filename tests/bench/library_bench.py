"""A library of two million synthetic files: open, first page, count by filter, export, memory."""
import statistics

from run import row

FILES = 2_000_000


def run(bench):
    library = bench.scratch / "library"
    made = bench.lines(bench.program("bench_library"), library, FILES)[0]
    yield row("write 2 million rows", made["seconds"], "s")
    opens = [bench.lines(bench.program("bench_library"), library, 0)[0]["open_seconds"] for _ in range(5)]
    yield row("open", statistics.median(opens), "s", target=0.1)

    def command(what, target, runs, *words):
        done = [bench.measure(bench.kalon(library, *words)) for _ in range(runs)]
        return [row(what, statistics.median(item["wall"] for item in done), "s", target=target),
                row("  the same, peak RssAnon + RssShmem", max(item["peak"] for item in done) / 1e6, "MB", target=1000)]

    yield from command("first page of list (whole process)", 0.05, 5, "--json", "list", "--limit", 100)
    yield from command("a page from the middle of list (whole process)", 0.05, 5, "--json", "list", "--limit", 100,
                       "--after", "/pictures/folder_0500/picture_1000000.jpg")
    yield from command("count by filter", 2.0, 3, "list", "--where", "width > 4000 and format = jpeg", "--count")
    yield from command("count by attribute", 2.0, 3, "list", "--where", "rating >= 4", "--count")
    yield from command("export of the list as JSON lines", 20.0, 3, "export", "list", "--overwrite", "--to",
                       bench.scratch / "list.jsonl")
