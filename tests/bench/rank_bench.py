"""What ranking costs: fits of `bayes`, one more vote, and how often its intervals hold the truth."""
from run import row


def run(bench):
    for item in bench.lines(bench.program("bench_rank"), "bayes"):
        yield row(item["name"], item["measured"], item["unit"], target=item.get("target"))
