"""The contract's headers compile alone, without a warning, in the languages they promise: C11 and C++17, by gcc and clang.
They include one another and what every system has, and nothing else: no type of a third party crosses the contract."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

WARNINGS = ["-Wall", "-Wextra", "-pedantic", "-Werror", "-fsyntax-only"]
COMPILERS = {"c": (["gcc", "clang"], "-std=c11"), "cpp": (["g++", "clang++"], "-std=c++17")}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)', re.MULTILINE)
SYSTEM = {"dlfcn.h", "stddef.h", "stdint.h"}  # of C and POSIX


def strangers(header):
    """What a header includes that is neither the system's (C++'s have no suffix) nor beside it."""
    for bracket, name in INCLUDE.findall(header.read_text()):
        known = name in SYSTEM or header.suffix == ".hpp" and re.fullmatch(r"[a-z_]+", name)
        if not (known if bracket == "<" else (header.parent / name).is_file()):
            yield name


def main(include):
    failures = compiled = 0
    with tempfile.TemporaryDirectory() as scratch:
        for header in sorted(pathlib.Path(include, "kalon").rglob("*.h*")):
            for name in strangers(header):
                failures += 1
                print(f"{header.name} includes {name}, which is not of the contract")
            for language, (compilers, standard) in COMPILERS.items():
                if header.suffix == ".hpp" and language == "c":
                    continue
                source = pathlib.Path(scratch, f"alone.{language}")
                # Twice: an include guard is part of the promise.
                source.write_text(f"#include <{header.relative_to(include)}>\n" * 2)
                for compiler in filter(shutil.which, compilers):
                    command = [compiler, standard, *WARNINGS, "-I", include, str(source)]
                    done = subprocess.run(command, capture_output=True, text=True)
                    compiled += 1
                    if done.returncode != 0:
                        failures += 1
                        print(f"{header.name} as {standard} by {compiler}:\n{done.stderr}")
    print(f"{compiled} compilations, {failures} failed")
    return 1 if failures or compiled == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
