"""What it costs a host to get pixels: cached thumbnails by two threads, and a photograph from its file."""
import resource
import subprocess

from PIL import Image

from photographs import write_jpegs
from run import row

PICTURES, ROUNDS = 150, 5


def cpu_milliseconds(work):
    """The cheapest of some rounds."""
    def spent():
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return usage.ru_utime + usage.ru_stime
    least = float("inf")
    for _ in range(ROUNDS):
        before = spent()
        work()
        least = min(least, spent() - before)
    return least * 1e3


def with_pillow(path, side):
    with Image.open(path) as picture:
        if side:
            picture.draft("RGB", (side, side))
            picture.load()
            picture.thumbnail((side, side), Image.BILINEAR, reducing_gap=None)
        else:
            picture.load()


def run(bench):
    folder, library, large = bench.scratch / "pictures", bench.scratch / "library", bench.scratch / "large"
    folder.mkdir(), large.mkdir()
    write_jpegs(folder, PICTURES, (900, 600))
    photograph = write_jpegs(large, 1, (6000, 4000))[0]
    subprocess.run(bench.kalon(library, "index", folder), check=True, stdout=subprocess.DEVNULL)
    done = subprocess.run([bench.program("bench_pixels"), str(bench.build / "lib/libkalon.so.1"), str(library), str(folder),
                           str(photograph)], stdout=subprocess.PIPE, check=True, text=True)
    figures = {name: float(value) for name, value in map(str.split, done.stdout.splitlines())}
    # 1500 a second by two threads: 1.33 ms of a processor each.
    yield row("pixels: a cached thumbnail of 256 px as RGBA, 2 threads, CPU", figures["thumbnail_256_cpu_ms"], "ms", target=1.33)
    yield row("pixels: the same, wall clock", figures["thumbnail_256_wall_ms"], "ms", target=0.67)
    yield row("pixels: fitted into 200 px, CPU", figures["thumbnail_200_cpu_ms"], "ms", target=1.33)
    yield row("pixels: 512 px, CPU", figures["thumbnail_512_cpu_ms"], "ms", target=5)
    yield row("pixels: a 24 MP JPEG to 1600 px, CPU", figures["photograph_1600_cpu_ms"], "ms",
              "Pillow draft + bilinear", cpu_milliseconds(lambda: with_pillow(photograph, 1600)), 1.1)
    yield row("pixels: a 24 MP JPEG in full, CPU", figures["photograph_0_cpu_ms"], "ms",
              "Pillow", cpu_milliseconds(lambda: with_pillow(photograph, 0)), 1.1)
    yield row("pixels: a tile of 2048 x 2048 as RGBA", figures["tile_cpu_ms"], "ms", target=10)
