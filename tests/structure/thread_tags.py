"""Thread tags.

    thread_tags.py TOP        checks a source tree

Every function of the contract's C headers, drafts included, carries exactly one of [main], [worker] and [any] in the comment
that belongs to it: before it, or on the line where it ends. And the engine calls functions of a plugin's factory where a
guard stands around the call: those tagged [worker] in the block of a `Call`, all others where its owner is named below.
"""
import pathlib
import re
import sys

TAG = re.compile(r"\[(main|worker|any)\]")
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
TOKEN = re.compile(r'R"\((?:.*?)\)"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'|/\*.*?\*/|//[^\n]*', re.DOTALL)
STRUCT = re.compile(r"typedef\s+struct\s+(\w+)\s*\{")
FUNCTION = re.compile(r"\(\s*\*\s*(\w+)\s*\)\s*\(")
# Where the engine calls a plugin: {file: the functions called there without a `Call`}. What describes needs no guard.
CALLERS = {"engine/plugin/in_process.cpp": set(), "engine/plugin/models.cpp": {"count", "describe", "describe_output"}}


def blanked(text, token=COMMENT):
    """The text with its comments (and strings) as blanks, at the same places."""
    return token.sub(lambda one: re.sub(r"[^\n]", " ", one.group()), text)


def functions(text):
    """(struct, function, its tags) for each pointer to a function that is a field of a header."""
    code = blanked(text)
    for struct in STRUCT.finditer(code):
        start, end = struct.end(), code.index("}", struct.end())
        while (stop := code.find(";", start, end)) >= 0:
            # What follows on the line of the semicolon belongs to the field, to the end of its comment.
            line = text.find("\n", stop)
            comment = COMMENT.match(text, stop + 1 + len(text[stop + 1:line]) - len(text[stop + 1:line].lstrip()))
            after = max(stop + 1, comment.end() if comment else 0)
            if function := FUNCTION.search(code, start, stop):
                yield struct[1], function[1], TAG.findall(text[start:after])
            start = after


def faults_of_header(name, text):
    for struct, function, tags in functions(text):
        if len(tags) != 1:
            yield f"{name}: {struct}.{function} carries {', '.join(f'[{tag}]' for tag in tags) or 'no thread tag'}; one is needed"


def called(text, names):
    """(function, line, whether a guard stands before it in a block around it) of each call of a factory's function."""
    step = re.compile(r"(?P<brace>[{}])|(?P<guard>\bCall\s+\w+\s*\()|"
                      rf"\b\w*factory\w*\s*(?:\.|->)\s*(?P<call>{'|'.join(sorted(names))})\s*\(")
    blocks = [False]  # for each open block whether a guard stands in it
    for found in step.finditer(blanked(text, TOKEN)):
        if found["brace"] == "{":
            blocks.append(False)
        elif found["brace"]:
            blocks.pop()
        elif found["guard"]:
            blocks[-1] = True
        else:
            yield found["call"], text.count("\n", 0, found.start()) + 1, any(blocks)


def check(top):
    """What is wrong, as lines for people, and how many functions and calls there are."""
    top, faults, names, tagged, calls = pathlib.Path(top), [], set(), 0, 0
    folder = top / "sdk/include/kalon"
    for header in sorted(folder.rglob("*.h")):
        text = header.read_text()
        faults += faults_of_header(header.relative_to(folder), text)
        found = list(functions(text))
        tagged += len(found)
        # Crude on purpose: independent of what functions() understands.
        crude = len(re.findall(r"^[^(\n]*\(\*\w+\)\(", blanked(text), re.MULTILINE))
        if crude != len(found):
            faults.append(f"{header.name}: {crude} lines look like functions, {len(found)} were understood")
        names |= {function for struct, function, _ in found if struct.endswith("_factory")}
    for path in sorted((top / "engine").rglob("*.cpp")):
        where, text = str(path.relative_to(top)), path.read_text()
        for function, line, guarded in called(text, names):
            calls += 1
            if where not in CALLERS:
                faults.append(f"{where}:{line}: calls a plugin's {function}(); {', '.join(CALLERS)} do that")
            elif not guarded and function not in CALLERS[where]:
                faults.append(f"{where}:{line}: calls a plugin's {function}() without a Call around it")
    return faults, tagged, calls


def main(top):
    faults, tagged, calls = check(top)
    print("\n".join(faults) or f"{tagged} functions have their tag, {calls} calls of plugins")
    return 1 if faults or not tagged or not calls else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
