"""Decoding 12-megapixel JPEGs at cover 1x to a model's 224 pixels, against libjpeg-turbo's scaled decode and an area resize."""
import statistics

from photographs import write_jpegs
from run import row


def run(bench):
    paths = write_jpegs(bench.scratch, 6, (4000, 3000))
    ratios = bench.lines(bench.program("bench_decode"), *paths)
    ours = statistics.median(item["kalon_ms"] for item in ratios)
    peer = statistics.median(item["peer_ms"] for item in ratios)
    yield row("decode 12 MP JPEG to 224 px, CPU", ours, "ms", "libjpeg-turbo + area resize", peer, 1.10)
