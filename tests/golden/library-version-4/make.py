#!/usr/bin/python3
"""Makes this folder's library with a Kalon that writes schema 4 (the one of commit 6b589c4): make.py PATH/TO/kalon

Pictures are generated into /srv/pictures and removed again; their paths are part of the rows. What that Kalon itself says
of the library is kept beside it, as the oracle of the tests: list.jsonl. It knew no command
for ratings and labels, but took them in as events, which decisions.jsonl are.
"""
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../acceptance"))
from pictures import picture, save  # noqa: E402

TOP = "/srv/pictures"


def number(text):
    return hashlib.md5(text.encode()).hexdigest()


def decisions(ids):
    """Ratings and labels, some of them taken back and given again."""
    lines = [{"format": "kalon-events", "version": 1}]

    def add(action, **said):
        sequence = len(lines)
        lines.append({"id": number(f"event {sequence}"), "action": number(action), "time": 1700000000000000 + sequence,
                      "writer": "00000000000000aa", "sequence": sequence, **said})

    for seed, stars in ((0, 3), (1, 4), (2, 0), (3, 2)):
        add("first press", event="rating", picture=ids[seed], stars=stars)
    add("second press", event="rating", picture=ids[1], stars=1)
    add("colours", event="label", picture=ids[2], label="red")
    add("colours", event="label", picture=ids[3], label="rouge foncé")
    add("no colour", event="label", picture=ids[2], label="")
    add("third press", event="rating", picture=ids[3], stars=5)
    add("back", event="undo", undoes=number("second press"))
    add("back again", event="undo", undoes=number("back"))
    add("back the third", event="undo", undoes=number("third press"))
    return lines


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
        ids = [json.loads(line)["id"] for line in run("list", "--json").splitlines()]
        with open(f"{HERE}/decisions.jsonl", "w", encoding="utf-8") as file:
            file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in decisions(ids))
        run("rank", "import", f"{HERE}/decisions.jsonl", "--format", "events")
        run("exclude", f"{TOP}/0.jpg", "--reason", "dull")
        run("flag", "--as", "pick", f"{TOP}/2.jpg", f"{TOP}/4.jpg")
        run("flag", "--as", "reject", f"{TOP}/5.png")
        run("undo")
        run("rank", "start", "--session", "s", TOP, "--model", "descriptor")
        run("rank", "next", "--session", "s", "--annotator", "ada")
        run("rank", "vote", "left", "--session", "s", "--annotator", "ada")
        run("doctor", "compact")
        shutil.copy(f"{scratch}/library/data.mdb", f"{HERE}/data.mdb")
        with open(f"{HERE}/list.jsonl", "wb") as file:
            file.write(run("list", "--json"))
    finally:
        shutil.rmtree(TOP)
        shutil.rmtree(scratch)


main(sys.argv[1])
