#!/usr/bin/env python3
"""Writes histogram.txt: how often each value occurs in a small picture, counted by NumPy.

One line for each of red, green, blue and luma (BT.709, of the values as they are, to the nearest whole number,
halves upwards), 256 counts;
then the pixels with a channel at 255 and those with all channels at 0.
"""
from pathlib import Path

import numpy as np

WIDTH, HEIGHT = 160, 120


def picture():
    """The same formula stands in the test."""
    i = np.arange(WIDTH * HEIGHT, dtype=np.int64)
    red = np.clip((i * 37 + i // 11) % 300 - 20, 0, 255)
    green = np.clip(i * i // 97 % 290 - 25, 0, 255)
    blue = np.clip((i // 160 * 3 + i % 160) % 280 - 10, 0, 255)
    return np.where((i % 50 == 0)[:, None], 0, np.stack([red, green, blue], axis=1))


def main():
    pixels = picture()
    luma = (pixels @ np.array([2126, 7152, 722]) + 5000) // 10000
    lines = [np.bincount(values, minlength=256) for values in (*pixels.T, luma)]
    lines.append([np.count_nonzero((pixels == 255).any(axis=1)), np.count_nonzero((pixels == 0).all(axis=1))])
    Path(__file__).with_suffix(".txt").write_text("".join(" ".join(map(str, line)) + "\n" for line in lines))


if __name__ == "__main__":
    main()
