#!/usr/bin/python3
"""Makes order.png, the picture of the README: painted scenes as they came, and in the order that `kalon sort` finds.

    assets/readme/make_order.py PATH_OF_KALON     (needs python3-pil and python3-numpy)

The scenes are painted here, so that no photograph of others is shown."""
import json
import math
import pathlib
import random
import subprocess
import sys
import tempfile

import numpy
from PIL import Image, ImageDraw, ImageFilter, ImageFont

WIDTH, HEIGHT = 480, 360
HERE = pathlib.Path(__file__).parent


def gradient(colours):
    """A vertical gradient through the colours."""
    stops = numpy.linspace(0, 1, len(colours))
    rows = numpy.stack([numpy.interp(numpy.linspace(0, 1, HEIGHT), stops, [c[i] for c in colours]) for i in range(3)], 1)
    return Image.fromarray(numpy.repeat(rows[:, None, :], WIDTH, 1).astype(numpy.uint8))


def ridge(draw, rng, base, height, colour):
    phase, waves = rng.uniform(0, 6.3), [(rng.uniform(0.6, 1.4) * k, height / k) for k in (1, 2, 4, 9)]
    points = [(x, base - sum(a * math.sin(f * x / 75 + phase * f) for f, a in waves)) for x in range(0, WIDTH + 8, 8)]
    draw.polygon(points + [(WIDTH, HEIGHT), (0, HEIGHT)], fill=colour)


def mountains(rng, sky, far, near):
    picture = gradient(sky)
    draw = ImageDraw.Draw(picture)
    for step in range(4):
        share = step / 3
        colour = tuple(int(a + (b - a) * share) for a, b in zip(far, near))
        ridge(draw, rng, 170 + 50 * step + rng.uniform(-12, 12), 26 - 3 * step, colour)
    return picture


def sunset(rng):
    picture = mountains(rng, [(58, 38, 92), (214, 92, 82), (252, 190, 110)], (150, 70, 90), (32, 16, 38))
    glow = Image.new("RGB", picture.size)
    x, y = rng.uniform(120, 360), rng.uniform(120, 165)
    ImageDraw.Draw(glow).ellipse([x - 30, y - 30, x + 30, y + 30], fill=(255, 214, 150))
    glow = glow.filter(ImageFilter.GaussianBlur(9))
    return Image.fromarray(numpy.maximum(numpy.asarray(picture), numpy.asarray(glow)))


def alps(rng):
    return mountains(rng, [(74, 130, 196), (150, 194, 226), (226, 238, 244)], (150, 172, 196), (38, 66, 80))


def night(rng):
    picture = mountains(rng, [(6, 10, 26), (18, 28, 62), (40, 52, 96)], (26, 34, 66), (4, 6, 14))
    draw = ImageDraw.Draw(picture)
    for _ in range(110):
        x, y = rng.uniform(0, WIDTH), rng.uniform(0, 165)
        size = rng.choice([0.6, 0.9, 1.5])
        draw.ellipse([x - size, y - size, x + size, y + size], fill=(232, 236, 255))
    return picture


def forest(rng):
    picture = gradient([(196, 214, 190), (120, 156, 112), (40, 70, 44)])
    draw = ImageDraw.Draw(picture)
    for layer in range(3):
        shade = [(120, 150, 116), (70, 108, 72), (26, 52, 34)][layer]
        for _ in range(22):
            x, size = rng.uniform(-20, WIDTH + 20), rng.uniform(60, 105) * (0.8 + layer * 0.35)
            base = 200 + layer * 75 + rng.uniform(-8, 8)
            draw.polygon([(x, base - size), (x - size * 0.28, base), (x + size * 0.28, base)], fill=shade)
        draw.rectangle([0, 198 + layer * 75, WIDTH, HEIGHT], fill=shade)
    return picture


def sea(rng):
    picture = gradient([(168, 214, 232), (222, 238, 240), (60, 150, 170), (18, 84, 116)])
    draw = ImageDraw.Draw(picture)
    for _ in range(90):
        y = rng.uniform(210, HEIGHT)
        length, x = (y - 190) * rng.uniform(0.2, 0.7), rng.uniform(-40, WIDTH)
        draw.line([(x, y), (x + length, y)], fill=(120, 196, 206), width=1 + int((y - 200) / 60))
    x, scale = rng.uniform(90, 380), rng.uniform(0.7, 1.2)
    draw.polygon([(x, 205 - 90 * scale), (x + 46 * scale, 205), (x, 205)], fill=(250, 250, 246))
    draw.polygon([(x - 3, 205 - 74 * scale), (x - 34 * scale, 205), (x - 3, 205)], fill=(236, 232, 220))
    draw.polygon([(x - 40 * scale, 208), (x + 50 * scale, 208), (x + 34 * scale, 222), (x - 28 * scale, 222)], fill=(120, 52, 40))
    return picture


def tulips(rng):
    picture = gradient([(206, 226, 240), (236, 240, 232), (116, 160, 84), (66, 112, 54)])
    draw = ImageDraw.Draw(picture)
    for row in range(9):
        y = 196 + row * row * 2.4 + row * 6
        size = 3 + row * 1.6
        colour = rng.choice([(214, 40, 58), (236, 92, 44), (242, 178, 48), (206, 60, 122)])
        for column in range(-1, int(WIDTH / (size * 2.1)) + 2):
            x = column * size * 2.1 + rng.uniform(-2, 2)
            draw.ellipse([x - size, y - size * 1.2, x + size, y + size], fill=colour)
    return picture


def main():
    kalon = sys.argv[1]
    rng = random.Random(24)
    scenes = [scene(rng) for scene in (sunset, alps, night, forest, sea, tulips) for _ in range(4)]
    rng.shuffle(scenes)
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        folder = scratch / "pictures"
        folder.mkdir()
        for number, scene in enumerate(scenes):
            scene.save(folder / f"{number:02d}.png")
        run = [kalon, "--library", str(scratch / "library"), "--quiet", "--json"]
        subprocess.run(run + ["index", str(folder)], check=True, stdout=subprocess.DEVNULL)
        rows = subprocess.run(run + ["sort", str(folder), "--dry-run", "--to", str(scratch / "sorted")], check=True,
                              stdout=subprocess.PIPE, text=True).stdout.splitlines()
    order = [int(pathlib.Path(json.loads(row)["path"]).stem) for row in rows if "position" in json.loads(row)]
    draw_sheet(scenes, order).save(HERE / "order.png", optimize=True)


def draw_sheet(scenes, order):
    columns, cell, gap, margin, head = 12, (108, 81), 6, 22, 34
    width = 2 * margin + columns * (cell[0] + gap) - gap
    block = head + 2 * (cell[1] + gap)
    sheet = Image.new("RGB", (width, 2 * margin + 2 * block), (22, 23, 26))
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.truetype("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", 15)
    for part, (title, sequence) in enumerate([("As they came", range(len(scenes))), ("kalon sort", order)]):
        top = margin + part * (block + 8)
        draw.text((margin, top + 4), title, font=font, fill=(214, 216, 220))
        for position, number in enumerate(sequence):
            x = margin + position % columns * (cell[0] + gap)
            y = top + head + position // columns * (cell[1] + gap)
            sheet.paste(scenes[number].resize(cell, Image.LANCZOS), (x, y))
    return sheet


if __name__ == "__main__":
    main()
