#!/usr/bin/python3
"""Makes this folder's library with a Kalon that writes schema 3 (the one of commit b96e801): make.py PATH/TO/kalon

Pictures are generated into /srv/pictures and removed again; their paths are part of the rows. What that Kalon itself says
of the library is kept beside it, as the oracle of the tests: list.jsonl.
"""
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../acceptance"))
from pictures import picture, save  # noqa: E402

TOP = "/srv/pictures"


def main(kalon):
    os.mkdir(TOP)
    scratch = tempfile.mkdtemp()

    def run(*arguments):
        return subprocess.run([kalon, "--library", os.path.join(scratch, "library"), *arguments], check=True,
                              stdout=subprocess.PIPE).stdout

    try:
        for seed in range(6):
            save(picture(seed), f"{TOP}/{seed}.{'png' if seed % 2 else 'jpg'}")
        run("index", "-q", TOP, "--model", "descriptor")
        run("exclude", f"{TOP}/0.jpg", "--reason", "dull")
        run("exclude", f"{TOP}/1.png", "--reason", "kept after all")
        run("undo")
        run("duplicates", "--not", f"{TOP}/2.jpg", f"{TOP}/3.png")
        run("flag", "--as", "pick", f"{TOP}/2.jpg", f"{TOP}/4.jpg")
        run("flag", "--as", "reject", f"{TOP}/5.png")
        run("undo")
        with open(f"{scratch}/scores.csv", "w", encoding="utf-8") as file:
            file.write(f"path,score\n{TOP}/4.jpg,0.5\n")
        run("scores", "import", f"{scratch}/scores.csv", "--name", "beauty")
        run("doctor", "compact")
        shutil.copy(f"{scratch}/library/data.mdb", f"{HERE}/data.mdb")
        with open(f"{HERE}/list.jsonl", "wb") as file:
            file.write(run("list", "--json"))
    finally:
        shutil.rmtree(TOP)
        shutil.rmtree(scratch)


main(sys.argv[1])
