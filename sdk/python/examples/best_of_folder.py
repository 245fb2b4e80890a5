#!/usr/bin/env python3
"""Prints the sharpest picture of each burst of a folder, and every picture that is alone.

    PYTHONPATH=sdk/python ./sdk/python/examples/best_of_folder.py ~/Pictures/holiday

What it learns of the pictures it keeps in the library (--library, else your own), so that the next run takes a moment.
"""
import argparse
import os
import sys

from kalon import Error, Kalon, path_of


def best_of(kalon, folder, level):
    """Paths of the pictures worth a look, in order of their paths."""
    known, best = set(), []  # of a picture, which may lie there more than once
    # A burst is what one camera took within seconds, if it looks alike.
    for group in kalon.call("groups", by="burst", level=level, paths=folder).rows:
        if "files" in group:  # else a file that failed
            known.update(file["id"] for file in group["files"])
            best.append(group["best"])
    for row in kalon.stream("list", paths=folder, where="status = ok and not vanished = true and not excluded = true"):
        if row["id"] not in known:
            known.add(row["id"])
            best.append(row["uri"])
    return sorted(map(path_of, best))


def main():
    parser = argparse.ArgumentParser(description="Prints the sharpest picture of each burst, and every picture that is alone.")
    parser.add_argument("folder")
    parser.add_argument("--library", help="default: your own")
    parser.add_argument("--program", default="kalon", help="where kalon is; default: on PATH")
    parser.add_argument("--level", type=float, default=.8, help="how alike the pictures of a burst are; default 0.8")
    options = parser.parse_args()

    def show(progress):
        if sys.stderr.isatty():
            print(f"\r{progress.phase} {progress.done}/{progress.total}\033[K", end="", file=sys.stderr, flush=True)

    with Kalon(options.library, program=options.program) as kalon:
        taken = kalon.call("index", paths=options.folder, progress=show)
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr)
        for row in taken.rows:
            print(f"left out: {row['path']}: {row['message']}", file=sys.stderr)
        for path in best_of(kalon, options.folder, options.level):
            # Names are bytes, and may be none of the terminal's.
            sys.stdout.buffer.write(os.fsencode(path) + b"\n")


if __name__ == "__main__":
    try:
        main()
    except (Error, OSError) as error:
        sys.exit(f"best_of_folder: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
