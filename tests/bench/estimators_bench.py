"""Estimators on simulated votes with logistic noise: bradley-terry beside PyPI evalica, trueskill beside PyPI trueskill, in
the environment of tests/peers where that is installed. evalica's matrices of items x items leave out 100,000 items."""
import json
import statistics
import subprocess

import numpy

from run import row

RUNS = 5
PEER = """
import json, sys, time
import numpy
name, items, file, out = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
votes = numpy.fromfile(file, numpy.int32).reshape(-1, 3)
if name == "evalica":
    import evalica, pandas
    xs, ys = votes[:, 0].tolist(), votes[:, 1].tolist()
    winners = [evalica.Winner.X if v == 1 else evalica.Winner.Y if v == -1 else evalica.Winner.Draw for v in votes[:, 2].tolist()]
    index = pandas.Index(range(items))
    for _ in range(5):
        start = time.perf_counter()
        result = evalica.bradley_terry(xs, ys, winners, index=index, limit=100000, tolerance=1e-10)
        print(json.dumps({"fit": time.perf_counter() - start}))
    means = numpy.log([result.scores[i] for i in range(items)])
    (means - means.mean()).tofile(out)
else:
    import trueskill
    world = trueskill.TrueSkill(mu=0, sigma=8.33, beta=25 / 6, tau=25 / 300, draw_probability=0.1)
    ratings = [world.create_rating() for _ in range(items)]
    start = time.perf_counter()
    for left, right, verdict in votes.tolist():
        if verdict == -1:
            left, right = right, left
        ratings[left], ratings[right] = trueskill.rate_1vs1(ratings[left], ratings[right], drawn=verdict == 0, min_delta=1e-10, env=world)
    print(json.dumps({"fit": time.perf_counter() - start}))
    numpy.array([rating.mu for rating in ratings]).tofile(out)
"""


def votes_of(items, count, spread=1.5, ties=0.1, seed=7):
    random = numpy.random.default_rng(seed)
    worth = random.normal(0, spread, items)
    left = random.integers(items, size=count)
    right = random.integers(items - 1, size=count)
    right += right >= left
    wins = random.random(count) < 1 / (1 + numpy.exp(worth[right] - worth[left]))
    verdicts = numpy.where(random.random(count) < ties, 0, numpy.where(wins, 1, -1))
    return numpy.stack([left, right, verdicts], axis=1).astype(numpy.int32)


def run(bench):
    python = bench.build.parent / "peers" / "bin" / "python"
    means = bench.scratch / "means.bin"

    def votes_file(items, count):
        file = bench.scratch / f"{items}-{count}.bin"
        if not file.exists():
            votes_of(items, count).tofile(file)
        return file

    def ours(name, items, count, *options):
        rows = bench.lines(bench.program("bench_estimators"), name, items, votes_file(items, count), RUNS, means, *options)
        return (statistics.median(one["fit"] for one in rows), statistics.median(one["add"] for one in rows),
                numpy.fromfile(means))

    def theirs(name, items, count):
        if not python.exists():
            return None, None
        command = [str(python), "-c", PEER, name, str(items), str(votes_file(items, count)), str(means)]
        lines = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout.splitlines()
        return statistics.median(json.loads(line)["fit"] for line in lines), numpy.fromfile(means)

    for items, count in [(59, 9_000), (1_000, 100_000)]:
        fit, add, found = ours("bradley-terry", items, count)
        peer, expected = theirs("evalica", items, count)
        yield row(f"bradley-terry, {items:,} items, {count:,} votes", 1e3 * fit, "ms", "evalica",
                  peer and 1e3 * peer, 1.0)
        if peer:
            yield row("  greatest difference of a utility", float(abs(found - expected).max()), "", target=1e-6)
        yield row("  one more vote", 1e3 * add, "ms")
    fit, add, _ = ours("bradley-terry", 100_000, 2_000_000, 3)
    yield row("bradley-terry, prior variance 3, 100,000 items, 2,000,000 votes", fit, "s")
    yield row("  one more vote", add, "s")

    count = 1_000_000
    fit, _, _ = ours("trueskill", 1_000, count)
    yield row("trueskill, a million votes", fit, "s", target=1.0)
    fit, _, found = ours("trueskill", 59, 9_000)
    peer, expected = theirs("trueskill", 59, 9_000)
    yield row("trueskill, 59 items, 9,000 votes", 1e3 * fit, "ms", "PyPI trueskill", peer and 1e3 * peer, 1.0)
    if peer:
        yield row("  greatest difference of a mean", float(abs(found - expected).max()), "", target=1e-5)
    fit, _, _ = ours("elo", 1_000, count)
    yield row("elo, a million votes", fit, "s")

    for items, count in [(59, 9_000), (300, 3_000), (1_000, 20_000), (2_000, 30_000)]:
        fit, add, _ = ours("trueskill-batch", items, count)
        yield row(f"trueskill-batch, {items:,} items, {count:,} votes", fit, "s")
        yield row("  one more vote", 1e3 * add, "ms")
