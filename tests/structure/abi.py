"""The ABI dump: the size, offset or value of everything that the C headers of the contract declare, on 64-bit machines.

    abi.py INCLUDE            compares what programs in C and C++, by gcc and clang, print with abi.txt beside this file
    abi.py INCLUDE --write    writes abi.txt anew, after a change that is meant

A declaration that is not understood is an error, never left out, and so is a name of a header that the dump lacks and a
byte of a struct that no field covers. Headers of a folder below (draft/) may change and are not in the dump.
"""
import difflib
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

DUMP = pathlib.Path(__file__).with_name("abi.txt")
COMPILERS = {"gcc": ("c", "-std=c11"), "clang": ("c", "-std=c11"), "g++": ("cpp", "-std=c++17"), "clang++": ("cpp", "-std=c++17")}
NO_VALUES = {"KALON_EXPORT"}  # macros that say something to the compiler
NUMBER = r"[-\w\s()<|+*]+"
TOKEN = re.compile(r'"(?:\\.|[^"\\\n])*"|/\*.*?\*/|//[^\n]*', re.DOTALL)


class NotUnderstood(Exception):
    pass


def without_comments(text):
    return TOKEN.sub(lambda token: token.group() if token.group().startswith('"') else " ", text)


def squeeze(text):
    return " ".join(text.split())


def parameters(text):
    """The parameters of a function without their names, which callers do not see; such that are functions stay as they are."""
    types, depth, start = [], 0, 0
    for at, character in enumerate(text + ","):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            one = squeeze(text[start:at])
            named = re.fullmatch(r"(.*[\s*])\w+", one)
            types.append(named[1].strip() if named and named[1].strip() not in ("const", "struct", "const struct") else one)
            start = at + 1
    return ", ".join(types)


def field(text):
    """(name, what it is) of one field of a struct."""
    if function := re.fullmatch(r"([\w\s*]+?)\(\s*\*\s*(\w+)\s*\)\s*\((.*)\)", text, re.DOTALL):
        result = squeeze(function[1])
        return function[2], f"{result}{'' if result.endswith('*') else ' '}(*{function[2]})({parameters(function[3])})"
    if plain := re.fullmatch(r"[\w\s*]+?[\s*](\w+)\s*(?:\[\s*\d+\s*\]\s*)*", text):
        return plain[1], squeeze(text)
    raise NotUnderstood(f"the field: {squeeze(text)}")


def declarations(text):
    """The parts of a text without comments and directives that end with a semicolon outside of braces."""
    depth, start = 0, 0
    for at, character in enumerate(text):
        depth += {"{": 1, "}": -1}.get(character, 0)
        if character == ";" and depth == 0:
            yield text[start:at].strip()
            start = at + 1
    if text[start:].strip():
        raise NotUnderstood(f"what follows the last declaration: {squeeze(text[start:])}")


def parse(text):
    """[(kind, name, more)] of a header, in its order."""
    text = without_comments(text)
    text = re.sub(r"\\\n", " ", text)
    text = re.sub(r"^[ \t]*#[ \t]*ifdef __cplusplus\b.*?^[ \t]*#[ \t]*endif\b", "", text, flags=re.DOTALL | re.MULTILINE)
    found = []
    for name, value in re.findall(r"^[ \t]*#[ \t]*define[ \t]+(\w+(?:\(.*?\))?)[ \t]*(.*?)[ \t]*$", text, re.MULTILINE):
        if "(" in name:
            raise NotUnderstood(f"the macro {name}")
        if value.startswith('"'):
            found.append(("text", name, None))
        elif re.fullmatch(r"[-(\d]" + NUMBER[:-1] + "*", value):
            found.append(("number", name, None))
        elif value and name not in NO_VALUES:
            raise NotUnderstood(f"the macro {name}")
    for one in declarations(re.sub(r"^[ \t]*#.*$", "", text, flags=re.MULTILINE)):
        if match := re.fullmatch(r"typedef\s+struct\s+(\w+)\s*\{(.*)\}\s*\1", one, re.DOTALL):
            found.append(("struct", match[1], [field(part.strip()) for part in match[2].split(";") if part.strip()]))
        elif match := re.fullmatch(r"typedef\s+struct\s+(\w+)\s+\1", one):
            found.append(("opaque", match[1], None))
        elif match := re.fullmatch(r"enum\s*\{([^{}]*)\}", one):
            for constant in filter(str.strip, match[1].split(",")):
                if not (value := re.fullmatch(r"\s*(\w+)\s*=" + NUMBER, constant)):
                    raise NotUnderstood(f"the constant, which needs a value: {squeeze(constant)}")
                found.append(("constant", value[1], None))
        elif match := re.fullmatch(r"typedef\s+(\w+)\s+(\w+)", one):
            found.append(("alias", match[2], match[1]))
        elif match := re.fullmatch(r"extern\s+KALON_EXPORT\s+([\w\s*]+?[\s*])(\w+)", one):
            found.append(("symbol", match[2], squeeze(match[1])))
        else:
            raise NotUnderstood(f"the declaration: {squeeze(one)}")
    return found


def program(headers):
    """A program, in C and in C++, that prints the dump. headers: {name: what parse() found}."""
    lines = ["#include <stddef.h>", "#include <stdio.h>", *(f"#include <kalon/{name}>" for name in headers), "int main(void) {"]

    def say(text, *values):
        quoted = text.replace("\\", "\\\\").replace('"', '\\"')
        lines.append(f'  printf("{quoted}\\n"{"".join(", " + value for value in values)});')

    for name, found in headers.items():
        say(f"== {name}")
        for kind, name, more in found:
            if kind == "text":
                say(f'{name} = "%s"', name)
            elif kind in ("number", "constant"):
                say(f"{name} = %lld", f"(long long){name}")
            elif kind == "alias":
                say(f"{name}: {more}, size %zu, align %zu, %s", f"sizeof({name})", f"KALON_ALIGN({name})",
                    f'({name})-1 < ({name})0 ? "signed" : "unsigned"')
            elif kind == "opaque":
                say(f"struct {name}: opaque")
            elif kind == "symbol":
                say(f"symbol {name}: {more}")
            else:
                say(f"struct {name}: size %zu, align %zu", f"sizeof({name})", f"KALON_ALIGN({name})")
                for member, what in more:
                    say(f"  %3zu +%-3zu {what}", f"offsetof({name}, {member})", f"sizeof((({name} *)0)->{member})")
    lines[2:2] = ["#ifdef __cplusplus", "#define KALON_ALIGN alignof", "#else", "#define KALON_ALIGN _Alignof", "#endif"]
    return "\n".join([*lines, "  return 0;", "}", ""])


def printed(source, include, compiler):
    suffix, standard = COMPILERS[compiler]
    with tempfile.TemporaryDirectory() as scratch:
        path = pathlib.Path(scratch, f"dump.{suffix}")
        path.write_text(source)
        command = [compiler, standard, "-Wall", "-Werror", "-I", str(include), str(path), "-o", f"{scratch}/dump"]
        subprocess.run(command, check=True)
        return subprocess.run([f"{scratch}/dump"], check=True, capture_output=True, text=True).stdout


def faults_of(dump, texts):
    """Names of the headers that the dump lacks, and bytes of its structs that belong to no field."""
    faults = []
    for header, text in texts.items():
        # Crude on purpose: independent of what parse() understands.
        for name in sorted(set(re.findall(r"\b(?:kalon|KALON)_\w+", without_comments(text))) - NO_VALUES):
            if not name.endswith("_H") and not re.search(rf"\b{name}\b", dump):
                faults.append(f"{header}: the dump lacks {name}")
    covered = size = struct = None
    for line in [*dump.splitlines(), "== end"]:
        if member := re.match(r"  +(\d+) \+(\d+)", line):
            if int(member[1]) != covered:
                faults.append(f"{struct} has a hole at byte {covered}: {line.strip()}")
            covered = int(member[1]) + int(member[2])
            continue
        if struct and covered != size:
            faults.append(f"{struct} has a hole at its end: fields end at byte {covered} of {size}")
        head = re.match(r"(struct \w+): size (\d+)", line)
        struct, size, covered = (head[1], int(head[2]), 0) if head else (None, None, None)
    return faults


def difference(expected, dump):
    return "".join(difflib.unified_diff(expected.splitlines(True), dump.splitlines(True), "abi.txt", "the headers", n=2))


def check(include, expected, compilers=tuple(COMPILERS)):
    """What is wrong, as lines for people; none when all printouts equal expected. And the dump."""
    texts = {path.name: path.read_text() for path in sorted(pathlib.Path(include, "kalon").glob("*.h"))}
    try:
        source = program({name: parse(text) for name, text in texts.items()})
    except NotUnderstood as error:
        return [f"abi.py does not understand {error}"], None
    dumps = {compiler: printed(source, include, compiler) for compiler in compilers if shutil.which(compiler)}
    if not dumps:
        return ["there is no compiler"], None
    faults = []
    for compiler, dump in dumps.items():
        faults += [f"{compiler}: {fault}" for fault in faults_of(dump, texts)]
        if dump != expected:
            faults.append(f"by {compiler}:\n{difference(expected, dump)}")
    return faults, next(iter(dumps.values()))


def main(include, write=None):
    faults, dump = check(include, DUMP.read_text() if DUMP.exists() else "")
    if write == "--write" and dump is not None:
        DUMP.write_text(dump)
        faults, dump = check(include, dump)
    print("\n".join(faults) or f"{', '.join(filter(shutil.which, COMPILERS))}: as abi.txt has it")
    if faults:
        print("A change that is meant is written down by `tests/structure/abi.py sdk/include --write`.")
    return 1 if faults else 0


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3) or sys.argv[2:] not in ([], ["--write"]):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
