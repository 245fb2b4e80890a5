"""How soon each strategy of asking finds the order, against pairs at random: simulated annotators (utilities N(0, 2^2),
logistic votes), the estimator bayes, 20 seeds (400 of 16 items, where one study says little); means of Spearman's
correlation with the truth every n / 2 votes. Prints the curves to the error output and draws them into
build/bench/pair_choice.png."""
import os
import sys

from run import row


def first_reach(curve, wanted):
    """Votes at which a curve first is as high, by linear interpolation; None where it never is."""
    before = (0, 0.0)
    for point in curve:
        if point[1] >= wanted:
            return before[0] + (point[0] - before[0]) * (wanted - before[1]) / (point[1] - before[1])
        before = point
    return None


def print_curves(items, curves):
    names = list(curves)
    print(f"\nSpearman's correlation, {items} items", file=sys.stderr)
    print("votes/item " + " ".join(f"{name:>13}" for name in names), file=sys.stderr)
    for i, (votes, _) in enumerate(curves["random"]):
        if i % 2 == 1 or i == 0:
            print(f"{votes / items:10.2f} " + " ".join(f"{curves[name][i][1]:13.3f}" for name in names), file=sys.stderr)


def draw(all_curves, path):
    os.environ.setdefault("MPLCONFIGDIR", str(path.parent))
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot
    names = list(next(iter(all_curves.values())))
    figure, axes = pyplot.subplots(1, len(all_curves), figsize=(6 * len(all_curves), 6), squeeze=False, sharey=True)
    for axis, (items, curves) in zip(axes[0], all_curves.items()):
        for name, curve in curves.items():
            # What is missing to 1, on a scale that shows the good ones apart.
            axis.plot([votes / items for votes, _ in curve], [1 - value for _, value in curve], label=name,
                      color=f"C{names.index(name)}", linewidth=2.4 if name in ("active", "random") else 1.3)
        axis.set_title(f"{items} pictures")
        axis.set_xlabel("votes per picture")
        axis.set_yscale("log")
        axis.set_yticks([1, .5, .3, .2, .1, .05, .03, .02], ["0", ".5", ".7", ".8", ".9", ".95", ".97", ".98"])
        axis.set_ylim(0.9, 0.02)
        axis.minorticks_off()
        axis.grid(alpha=0.3)
    axes[0][0].set_ylabel("Spearman's correlation with the truth")
    axes[0][0].legend(loc="lower right")
    figure.tight_layout()
    figure.savefig(path, dpi=100)


def run(bench):
    program = bench.program("bench_pair_choice")
    lines = bench.lines(program, "--items", 16, "--seeds", 400)
    for items in (100, 300):
        lines += bench.lines(program, "--items", items)
    all_curves = {}
    for line in lines:
        all_curves.setdefault(line["items"], {}).setdefault(line["strategy"], []).append((line["votes"], line["mean_spearman"]))
    for items, curves in all_curves.items():
        print_curves(items, curves)
    folder = bench.build / "bench"
    folder.mkdir(exist_ok=True)
    draw(all_curves, folder / "pair_choice.png")

    # The wider the utilities are spread, the fewer votes an order needs. At 2.5 pairs at random reach the .91 at five votes
    # an item that was measured beside the target.
    wide = {name: [(line["votes"], line["mean_spearman"]) for line in
                   bench.lines(program, "--items", 300, "--sd", 2.5, "--strategy", name)] for name in ("random", "active")}
    for spread, curves in (("2", all_curves[300]), ("2.5", wide)):
        at = {name: dict(curve) for name, curve in curves.items()}
        # What is missing to 1, so that less is better.
        yield row(f"pair_choice: 300 items of spread {spread}, active at 5 votes an item, 1 - correlation",
                  1 - at["active"][1500], "", "random at 8", 1 - at["random"][2400], 1.0)
    for items in (16, 100):
        curves = all_curves[items]
        wanted = curves["random"][-1][1]
        needed = first_reach(curves["active"], wanted)
        yield row(f"pair_choice: {items} items, votes of active to what random reaches at 12 an item ({wanted:.3f})",
                  needed if needed is not None else float("inf"), "votes", "random", 12 * items, 0.7)
    coverage = [line["coverage"][1] for line in lines if line["items"] == 100 and line["strategy"] == "random" and line["votes"] == 1000]
    yield row("pair_choice: 100 items, 10 random votes an item, 90 % intervals of differences that hold the truth (median)",
              coverage[0], "")
