"""Photographs for benchmarks: crops of Debian's wallpapers, seeded. Crops stand for more pictures than there are."""
import pathlib
import random

from PIL import Image

FOLDERS = ["/usr/share/wallpapers", "/usr/share/backgrounds"]


def wallpapers(smallest=(1600, 1000)):
    """Paths of the larger raster wallpapers; of one that comes in several sizes the largest."""
    largest = {}
    for folder in FOLDERS:
        for path in sorted(pathlib.Path(folder).rglob("*")):
            if path.suffix.lower() not in (".jpg", ".jpeg", ".png") or path.is_symlink() or not path.is_file():
                continue
            with Image.open(path) as picture:
                size = picture.size
            if size[0] < smallest[0] or size[1] < smallest[1]:
                continue
            # Packages of KDE keep the sizes of one wallpaper in a folder of their own.
            wallpaper = path.parent if "contents" in path.parts else path
            largest[wallpaper] = max(largest.get(wallpaper, (0, path)), (size[0] * size[1], path))
    return sorted(path for _, path in largest.values())


def write_jpegs(folder, count, size, quality=92, seed=1):
    """count JPEGs of the given size, crops of wallpapers enlarged where needed, with a little sensor-like noise."""
    import numpy
    random_crop = random.Random(seed)
    noise = numpy.random.default_rng(seed)
    sources = wallpapers()
    paths = []
    for number in range(count):
        with Image.open(sources[number % len(sources)]) as opened:
            picture = opened.convert("RGB")
        share = random_crop.uniform(0.6, 1.0)
        width = int(min(picture.width, picture.height * size[0] / size[1]) * share)
        height = int(width * size[1] / size[0])
        left, top = random_crop.randint(0, picture.width - width), random_crop.randint(0, picture.height - height)
        picture = picture.resize(size, Image.BICUBIC, (left, top, left + width, top + height))
        pixels = numpy.asarray(picture, dtype=numpy.int16)
        grain = noise.normal(0, 3, pixels.shape).astype(numpy.int16)
        picture = Image.fromarray(numpy.clip(pixels + grain, 0, 255).astype(numpy.uint8))
        path = folder / f"photo_{number:05d}.jpg"
        picture.save(path, quality=quality)
        paths.append(path)
    return paths
