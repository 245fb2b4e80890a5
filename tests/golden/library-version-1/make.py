#!/usr/bin/python3
"""Makes this folder's library with a Kalon that writes schema 1 (the one of commit e4a6a87): make.py PATH/TO/kalon

Pictures are generated into /srv/pictures and removed again; their paths are part of the rows. What that Kalon itself says
of the library is kept beside it, as the oracle of the tests: list.jsonl, vectors.f32 (rows in the order of vectors.jsonl).
"""
import os
import shutil
import subprocess
import sys
import tempfile

import numpy

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../acceptance"))
from pictures import exif, picture, save  # noqa: E402

TOP = "/srv/pictures"


def main(kalon):
    os.mkdir(TOP)
    scratch = tempfile.mkdtemp()

    def run(*arguments):
        return subprocess.run([kalon, "--library", os.path.join(scratch, "library"), *arguments], check=True,
                              stdout=subprocess.PIPE).stdout

    try:
        for seed in range(10):
            save(picture(seed), f"{TOP}/{'a' if seed < 6 else 'b'}/{seed}.{'png' if seed % 2 else 'jpg'}")
        save(picture(20), f"{TOP}/a/dated.jpg", exif=exif(make="Kalonikon", model="One", taken="2024:05:31 18:30:00"))
        shutil.copy(f"{TOP}/a/1.png", f"{TOP}/b/copy of 1.png")
        save(picture(21), f"{TOP}/b/\u00e9t\u00e9.png")
        with open(f"{TOP}/b/broken.jpg", "wb") as file:
            file.write(b"\xff\xd8\xff\xe0 no picture")
        # 3: done, but a file failed.
        assert subprocess.run([kalon, "--library", f"{scratch}/library", "index", "-q", TOP]).returncode == 3
        run("exclude", f"{TOP}/a/0.jpg", "--reason", "dull")
        run("exclude", f"{TOP}/a/1.png", "--reason", "kept after all")
        run("undo")
        run("sort", "--to", f"{TOP}/sorted", "--no-sheet", "--link", "symlink")
        save(picture(22), f"{TOP}/a/2.jpg")  # a succeeds event
        os.remove(f"{TOP}/b/9.png")          # and a place left behind
        subprocess.run([kalon, "--library", f"{scratch}/library", "index", "-q", TOP])
        run("doctor", "compact")
        shutil.copy(f"{scratch}/library/data.mdb", f"{HERE}/data.mdb")
        with open(f"{HERE}/list.jsonl", "wb") as file:
            file.write(run("list", "--json"))
        run("export", "vectors", "--to", f"{scratch}/vectors.npy")
        numpy.load(f"{scratch}/vectors.npy").astype("<f4").tofile(f"{HERE}/vectors.f32")
        shutil.copy(f"{scratch}/vectors.jsonl", HERE)
    finally:
        shutil.rmtree(TOP)
        shutil.rmtree(scratch)


main(sys.argv[1])
