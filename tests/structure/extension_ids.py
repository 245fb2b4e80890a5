"""The ids by which both sides of the contract find each other's tables ("kalon.host.log/1").

    extension_ids.py TOP      checks a source tree

Stable headers have exactly the ids of abi.txt, whose change is a change of the contract. Drafts have exactly those that the
table of draft/README.md names, and no stable header knows them. An id is well-formed and declared once. Sources use no id
that no header declares, and shipped code has them from the headers, never as a text of its own.
"""
import pathlib
import re
import sys

ID = re.compile(r'"(kalon\.[^"\s]*)"')
WELL_FORMED = re.compile(r"kalon(\.[a-z][a-z_]*)+/[1-9][0-9]*")
DECLARED = re.compile(r'^[ \t]*#[ \t]*define[ \t]+(KALON_\w+)[ \t]+"(kalon\.[^"]*)"', re.MULTILINE)
MENTIONED = re.compile(r"\bkalon(?:\.[a-z_]+)+/[0-9]+")
COMMENT = re.compile(r'"(?:\\.|[^"\\\n])*"|/\*.*?\*/|//[^\n]*', re.DOTALL)
SHIPPED = ("engine", "plugins", "host", "sdk")  # tests ask for ids that nobody has
# Ids that are no table's: versions of a protocol, or meant to be unknown.
OF_OTHERS = {"kalon.no.such.kind/9"}
SOURCES = {".c", ".h", ".cpp", ".hpp", ".py", ".md"}


def without_comments(text):
    return COMMENT.sub(lambda token: token.group() if token.group().startswith('"') else " ", text)


def declared(headers):
    """[(id, name, header)] of headers, in their order."""
    return [(id, name, header.name) for header in headers for name, id in DECLARED.findall(without_comments(header.read_text()))]


def unique(found, faults):
    """The ids found; what is declared twice or under two names is a fault."""
    seen = {}
    for id, name, header in found:
        if not WELL_FORMED.fullmatch(id):
            faults.append(f'{header}: "{id}" is not of the form kalon.part.part/1')
        if id in seen:
            faults.append(f'{header}: {name} declares "{id}", as {seen[id]} does')
        seen[id] = f"{header}: {name}"
    return set(seen)


def check(top):
    """What is wrong, as lines for people."""
    top, faults = pathlib.Path(top), []
    folder = top / "sdk/include/kalon"
    stable_headers, draft_headers = sorted(folder.glob("*.h*")), sorted((folder / "draft").glob("*.h*"))
    stable_found, draft_found = declared(stable_headers), declared(draft_headers)
    every = unique(stable_found + draft_found, faults)
    stable, drafts = {id for id, _, _ in stable_found}, {id for id, _, _ in draft_found}
    frozen = set(ID.findall((top / "tests/structure/abi.txt").read_text()))
    for id in sorted(stable - frozen):
        faults.append(f'"{id}" is in a stable header, but not in abi.txt: a new id begins in draft/')
    for id in sorted(frozen - stable):
        faults.append(f'"{id}" is in abi.txt, but no stable header has it any more')
    table = set(re.findall(r"^\| `\w+\.h` \| `([^`]*)` \|", (folder / "draft/README.md").read_text(), re.MULTILINE))
    for id in sorted(drafts ^ table):
        faults.append(f'"{id}": {"draft/README.md does not name it" if id in drafts else "draft/README.md names it, but no draft has it"}')
    for header in stable_headers:
        text = header.read_text()
        for id in sorted(drafts & set(MENTIONED.findall(text))):
            faults.append(f'{header.name} knows the draft "{id}"')
        if re.search(r'#\s*include\s*[<"][^>"]*draft/', text):
            faults.append(f"{header.name} includes a draft")
    for path in sorted(path for house in SHIPPED for path in (top / house).rglob("*") if path.suffix in SOURCES and path.is_file()):
        text, where = path.read_text(), path.relative_to(top)
        for id in sorted(set(MENTIONED.findall(text)) - every - OF_OTHERS):
            faults.append(f'{where}: no header declares "{id}"')
        if path.suffix in {".c", ".h", ".cpp"} and folder not in path.parents:
            for id in sorted(set(ID.findall(without_comments(text))) & every):
                faults.append(f'{where}: "{id}" is written out; the headers have a name for it')
    return faults, len(every)


def main(top):
    faults, count = check(top)
    print("\n".join(faults) or f"{count} ids")
    return 1 if faults or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
