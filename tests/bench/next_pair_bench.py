"""The next pair of each strategy after one more vote (median of 59), and the first one from nothing; 10 votes an item were
given before, the estimator is bayes. How good the pairs are is measured by pair_choice."""
from run import row

TARGETS = {300: 0.5e-3, 10_000: 3e-3, 100_000: 10e-3}


def run(bench):
    for line in bench.lines(bench.program("bench_next_pair")):
        what = f"next_pair: {line['items']:,} items, {line['strategy']}"
        yield row(what, line["next"], "s", target=TARGETS.get(line["items"]))
        if line["strategy"] == "active":
            yield row(what + ", the first one", line["first"], "s")
