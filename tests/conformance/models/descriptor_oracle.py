"""The descriptor a second time, in NumPy and double precision, written from the definitions of its parts.

usage: descriptor_oracle.py PIXELS VECTORS
PIXELS: N x 128 x 128 x 3 bytes; VECTORS: N x 384 float32 is written.
"""
import sys

import numpy as np

SHARE = 0.35  # of what changes its sign in the mirror


def unit(values, softness=0.0):
    return values / np.sqrt((values**2).sum(axis=-1, keepdims=True) + softness**2)


def block_means(plane, size):
    n, h, w = plane.shape[:3]
    return plane.reshape(n, h // size, size, w // size, size, -1).mean(axis=(2, 4)).squeeze(-1)


def fold(grid, mirrored):
    """n x 4 x 4 x kinds -> even and odd parts of each column pair, in the order row, column, kind."""
    left, right = grid[:, :, :2], grid[:, :, ::-1][:, :, :2][..., mirrored]
    n = len(grid)
    return np.concatenate([((left + right) / 2**0.5).reshape(n, -1), (SHARE * (left - right) / 2**0.5).reshape(n, -1)], 1)


def colour_layout(pixels):
    """Coefficients by explicit cosine sums over the 8 x 8 miniature."""
    r, g, b = (block_means(pixels[..., c : c + 1], 16) for c in range(3))
    planes = [
        (0.299 * r + 0.587 * g + 0.114 * b - 128, 5, 1.0),
        (-0.169 * r - 0.331 * g + 0.5 * b, 4, 1.5),
        (0.5 * r - 0.419 * g - 0.081 * b, 4, 1.5),
    ]
    y, x = np.mgrid[0:8, 0:8]
    values = []
    for plane, diagonals, weight in planes:
        for d in range(diagonals):
            for u in range(d + 1):
                v = d - u
                cosines = np.cos(np.pi * (2 * x + 1) * u / 16) * np.cos(np.pi * (2 * y + 1) * v / 16)
                scale = (2**0.5 if u else 1) * (2**0.5 if v else 1) / 64
                mirror = SHARE if u % 2 else 1.0
                values.append((plane * cosines).sum(axis=(1, 2)) * scale * weight * mirror * (1 + d) ** 0.5)
    return unit(np.array(values).T, 20)


def edge_histogram(pixels):
    # In whole numbers (thousandths, summed over 2 x 2 pixels), as equally strong filters must stay equal.
    s = (pixels @ np.array([299.0, 587.0, 114.0])).reshape(-1, 64, 2, 64, 2).sum(axis=(2, 4))
    quarters = np.stack([s[:, 0::2, 0::2], s[:, 0::2, 1::2], s[:, 1::2, 0::2], s[:, 1::2, 1::2]], -1)
    root = 2**0.5
    filters = np.array([[1, -1, 1, -1], [1, 1, -1, -1], [root, 0, 0, -root], [0, root, -root, 0], [2, -2, -2, 2]])
    strength = abs(quarters @ filters.T)
    kind = np.where(strength.max(-1) > 11 * 4000, strength.argmax(-1), 5)
    shares = np.stack([(kind == k).reshape(-1, 4, 8, 4, 8).mean(axis=(2, 4)) for k in range(6)], -1)
    plain = 0.5 * np.sqrt(shares[..., 5].sum(axis=(1, 2)))[:, None]
    return unit(np.concatenate([fold(np.sqrt(shares[..., :5]), [0, 1, 3, 2, 4]), plain], 1))


def oklab(rgb):
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    lms = linear @ np.array([[0.4122214708, 0.5363325363, 0.0514459929],
                             [0.2119034982, 0.6806995451, 0.1073969566],
                             [0.0883024619, 0.2817188376, 0.6299787005]]).T
    return np.cbrt(lms) @ np.array([[0.2104542553, 0.7936177850, -0.0040720468],
                                    [1.9779984951, -2.4285922050, 0.4505937099],
                                    [0.0259040371, 0.7827717662, -0.8086757660]]).T


def hats(value, nodes):
    """Triangular memberships in equally spaced nodes from 0 to 1: ... x nodes."""
    return np.clip(1 - abs(np.clip(value, 0, 1)[..., None] * (nodes - 1) - np.arange(nodes)), 0, 1)


def round_hats(turn, nodes):
    distance = abs(turn[..., None] * nodes - np.arange(nodes))
    return np.clip(1 - np.minimum(distance, nodes - distance), 0, 1)


def colour_histogram(pixels, greys, hues, levels, vividnesses):
    """pixels: M x 3. Colours are taken at the middle of cells of 5 bits."""
    lab = oklab(((pixels // 8) * 8 + 3.5) / 255)
    lightness, chroma = lab[:, 0], np.hypot(lab[:, 1], lab[:, 2])
    turn = np.mod(np.arctan2(lab[:, 2], lab[:, 1]) / (2 * np.pi), 1)
    chromatic = np.clip((chroma - 0.02) / 0.06, 0, 1)
    vivid = np.clip((chroma - 0.08) / 0.12, 0, 1)
    grey = ((1 - chromatic)[:, None] * hats(lightness, greys)).mean(0)
    vivid = np.stack([1 - vivid, vivid], -1) if vividnesses == 2 else np.ones((len(vivid), 1))
    wheel = np.einsum("m,mh,ml,mv->hlv", chromatic, round_hats(turn, hues), hats(lightness, levels), vivid) / len(pixels)
    return np.sqrt(np.concatenate([grey, wheel.ravel()]))


def oriented_energy(luma):
    s = np.pad(block_means(luma[..., None], 4), ((0, 0), (1, 1), (1, 1)), mode="edge")
    across, down = (s[:, 1:-1, 2:] - s[:, 1:-1, :-2]) / 2, (s[:, 2:, 1:-1] - s[:, :-2, 1:-1]) / 2
    square = across**2 + down**2 + 1e-6
    grid = []
    for k in range(8):
        angle = np.pi * k / 8
        energy = np.sqrt(square) * ((across * np.cos(angle) + down * np.sin(angle)) ** 2 / square) ** 4
        grid.append(np.sqrt(energy.reshape(-1, 4, 8, 4, 8).mean(axis=(2, 4))))
    return unit(fold(np.stack(grid, -1), [0, 7, 6, 5, 4, 3, 2, 1]), 3)


def main():
    pixels = np.fromfile(sys.argv[1], np.uint8).reshape(-1, 128, 128, 3).astype(np.float64)
    luma = pixels @ np.array([0.299, 0.587, 0.114])
    whole = unit(np.array([colour_histogram(p.reshape(-1, 3), 8, 12, 3, 2) for p in pixels]))
    rows = [slice(0, 44), slice(44, 84), slice(84, 128)]
    bands = unit(np.array([np.concatenate([colour_histogram(p[r].reshape(-1, 3), 4, 8, 2, 1) for r in rows]) for p in pixels]))
    parts = [(0.20, colour_layout(pixels)), (0.15, edge_histogram(pixels)), (0.20, whole), (0.25, bands), (0.20, oriented_energy(luma))]
    vectors = unit(np.concatenate([weight**0.5 * part for weight, part in parts], 1))
    vectors.astype(np.float32).tofile(sys.argv[2])


main()
