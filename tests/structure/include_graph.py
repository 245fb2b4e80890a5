#!/usr/bin/env python3
"""Reads every #include of the project and fails on an arrow that the house plan does not draw.

    include_graph.py [TOP]     prints one line for each violation; exit code 1 when there is one

What it holds: engine, plugins and hosts know the contract in sdk/ and nothing of each other; sdk knows nobody; a room of
the engine includes only rooms on lower floors, and only those that engine/CMakeLists.txt names as below it; no circles;
no heavy header of a library inside a header of ours; every room and plugin has a README.md; nothing new at the top level.
"""
import os
import re
import subprocess
import sys
from pathlib import Path

# A room includes only rooms on lower floors; those on one floor exchange stored tables, never calls.
FLOORS = [
    ["base"],
    ["image", "store"],
    ["metadata", "plugin"],
    ["embed"],
    ["index"],
    ["learn"],
    ["rank", "reward", "arrange", "filter"],
    ["exchange"],
    ["mine"],
    ["facade"],
]
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
TOP_LEVEL = {"CMakeLists.txt", "CMakePresets.json", "LICENSE", "README.md", "assets", "engine", "host", "plugins", "sdk", "tests"}
HOUSES = ("engine", "plugins", "host", "sdk")
HEADERS = {".h", ".hpp", ".hh", ".hxx", ".inl"}
SOURCES = HEADERS | {".c", ".cc", ".cpp", ".cxx"}
# Headers that cost every file which sees them; json_fwd.hpp is the light door to nlohmann's.
HEAVY = re.compile(r"(OpenImageIO/|oneapi/|dnnl|mkldnn|nlohmann/(?!json_fwd\.hpp$)|flatbuffers/|lmdb\.h$|spdlog/|CLI/)")
# Made by flatc from schema.fbs, and heavy; a header that includes it may not be included by another header.
GENERATED = {"schema_generated.h"}
# FreeType's documented way of naming its headers.
MACRO = re.compile(r"FT_[A-Z0-9_]+_H$")
# Code that the plugins of a kind, or the hosts, share lies in a folder of this name beside them.
SHARED = "shared"

# What an #include may hide in: comments go, raw strings lose their text, other literals end on their line.
TOKENS = re.compile(
    r'(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))|(?P<raw>R"(?P<fence>[^()\\\s]{0,16})\(.*?\)(?P=fence)")'
    r"|\b[0-9](?:'?[0-9a-fA-FxX.])*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'",
    re.DOTALL,
)
INCLUDE = re.compile(r'[ \t]*#[ \t]*(?:include|include_next|import)\b[ \t]*(?P<rest>.*)')
NAME = re.compile(r'^(?:"(?P<quoted>[^"]+)"|<(?P<angled>[^>]+)>)')


def without_comments(text):
    def kept(token):
        if token.group("comment") is not None or token.group("raw") is not None:
            return " " + "\n" * token.group().count("\n")
        return token.group()

    # A continued line is one line; the lines after it keep their numbers.
    text = re.sub(r"((?:[^\n]*\\\r?\n)+)([^\n]*)",
                  lambda match: re.sub(r"\\\r?\n", " ", match.group(1)) + match.group(2) + "\n" * match.group(1).count("\n"), text)
    return TOKENS.sub(kept, text)


def includes_of(text):
    """(line, name, is quoted) of each include; name is None for one that a macro spells."""
    found = []
    for number, line in enumerate(without_comments(text).split("\n"), 1):
        directive = INCLUDE.match(line)
        if not directive:
            continue
        name = NAME.match(directive.group("rest"))
        if not name:
            macro = directive.group("rest").strip()
            found.append((number, macro if MACRO.match(macro) else None, False))
        else:
            found.append((number, name.group("quoted") or name.group("angled"), name.group("quoted") is not None))
    return found


def sources_below(folder):
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if Path(name).suffix in SOURCES:
                yield Path(place) / name


class Graph:
    """The project's files and what each includes of the project."""

    def __init__(self, top):
        self.top = top
        self.edges = {}  # file -> [(line, included file)], paths relative to top
        self.names = {}  # file -> [(line, name)] as written, of everything
        for house in HOUSES:
            for path in sources_below(top / house):
                file = path.relative_to(top).as_posix()
                self.edges[file], self.names[file] = [], []
                for line, name, quoted in includes_of(path.read_text(encoding="utf-8", errors="replace")):
                    self.names[file].append((line, name))
                    target = self.resolve(path, name, quoted) if name else None
                    if target:
                        self.edges[file].append((line, target))

    def resolve(self, path, name, quoted):
        """The file of the project that an include means, whichever include folders its target was given."""
        places = [path.parent] if quoted else []
        places += [self.top / "engine", self.top / "sdk/include", self.top / "sdk/include/kalon", self.top]
        for place in places:
            candidate = Path(os.path.normpath(place / name))
            if candidate.is_file() and self.top in candidate.parents:
                return candidate.relative_to(self.top).as_posix()
        return None


def house_of(file):
    return file.split("/", 1)[0]


def room_of(file):
    parts = file.split("/")
    return parts[1] if parts[0] == "engine" and len(parts) > 2 else None


def folder_of(file):
    return file.rsplit("/", 1)[0]


def may_share(file, target):
    """Inside plugins/ and host/: what lies in one's own plugin or program, or beside it to be shared."""
    own, other = folder_of(file), folder_of(target)
    depth = 3 if house_of(file) == "plugins" else 2  # plugins/KIND/NAME, host/NAME
    if own.split("/")[:depth] == other.split("/")[:depth]:
        return True
    parent, _, name = other.rpartition("/")
    return name == SHARED and own.startswith(parent + "/")


def circles(edges):
    """One line for each circle that a depth-first walk meets."""
    found, state, trail = [], {}, []
    for start in sorted(edges):
        if start in state:
            continue
        stack = [(start, iter(sorted(edges[start])))]
        state[start] = "open"
        trail.append(start)
        while stack:
            node, targets = stack[-1]
            target = next(targets, None)
            if target is None:
                stack.pop()
                trail.pop()
                state[node] = "done"
            elif state.get(target) == "open":
                found.append(" -> ".join(trail[trail.index(target):] + [target]))
            elif target not in state:
                state[target] = "open"
                trail.append(target)
                stack.append((target, iter(sorted(edges.get(target, ())))))
    return found


def rooms_of_cmake(text):
    """[(room, rooms named as BELOW)] in order of engine/CMakeLists.txt."""
    text = re.sub(r"#[^\n]*", "", text)
    rooms = []
    for call in re.finditer(r"\bkalon_room\s*\(([^)]*)\)", text):
        words = call.group(1).split()
        below, taking = [], False
        for word in words[1:]:
            if word in ("BELOW", "LIBRARIES"):
                taking = word == "BELOW"
            elif taking:
                below.append(word)
        if words:
            rooms.append((words[0], below))
    return rooms


def check_rooms(top, faults):
    """The folders of engine/, the floors and engine/CMakeLists.txt against one another. Gives the BELOW lists."""
    engine = top / "engine"
    folders = {entry.name for entry in engine.iterdir() if entry.is_dir()} if engine.is_dir() else set()
    for name in sorted(folders - FLOOR.keys()):
        faults.append(f"engine/{name}: the house plan has no such room")
    cmake = engine / "CMakeLists.txt"
    declared = rooms_of_cmake(cmake.read_text(encoding="utf-8")) if cmake.is_file() else []
    below, before = {}, set()
    for room, names in declared:
        if room not in FLOOR:
            faults.append(f"engine/CMakeLists.txt: the house plan has no room {room}")
        for name in names:
            if name not in before:
                faults.append(f"engine/CMakeLists.txt: {room} names {name} as below it, which is not declared before it")
            if room in FLOOR and name in FLOOR and FLOOR[name] >= FLOOR[room]:
                faults.append(f"engine/CMakeLists.txt: {room} names {name} as below it, which stands on floor "
                              f"{FLOOR[name]}; {room} stands on floor {FLOOR[room]}")
        if room in below:
            faults.append(f"engine/CMakeLists.txt: {room} is declared twice")
        below[room] = set(names)
        before.add(room)
    for name in sorted(folders & FLOOR.keys()):
        if name not in below and any(sources_below(engine / name)):
            faults.append(f"engine/CMakeLists.txt: does not declare the room {name}")
    return below


def check_arrows(graph, below, faults):
    for file, edges in graph.edges.items():
        house, room = house_of(file), room_of(file)
        for line, target in edges:
            where, other = f"{file}:{line}", house_of(target)
            if other not in HOUSES:
                faults.append(f"{where}: includes {target}, which lies outside the houses")
            elif other != house and other != "sdk":
                faults.append(f"{where}: {house} must not know {other}, but includes {target}")
            elif other == house == "engine":
                reached = room_of(target)
                if room is None or reached is None or reached == room:
                    continue
                if FLOOR.get(reached, 0) >= FLOOR.get(room, len(FLOORS)):
                    faults.append(f"{where}: {room} includes {target}; {reached} is not below it")
                elif room in below and reached not in below[room]:
                    faults.append(f"{where}: {room} includes {target}, but engine/CMakeLists.txt does not name {reached} "
                                  f"as below {room}")
            elif other == house and house in ("plugins", "host") and not may_share(file, target):
                faults.append(f"{where}: includes {target} of a neighbour; what several use lies in a folder named {SHARED}")
        for line, name in graph.names[file]:
            if name is None:
                faults.append(f"{file}:{line}: a macro names the included file, so that nobody can check it")


def check_circles(graph, faults):
    files = {file: {target for _, target in edges} for file, edges in graph.edges.items()}
    for circle in circles(files):
        faults.append(f"circle of files: {circle}")
    rooms = {}
    for file, targets in files.items():
        if room_of(file):
            rooms.setdefault(room_of(file), set()).update(
                room_of(target) for target in targets if room_of(target) not in (None, room_of(file)))
    for circle in circles(rooms):
        faults.append(f"circle of rooms: {circle}")


def check_weight(graph, faults):
    holders = set()
    for file, names in graph.names.items():
        if Path(file).suffix not in HEADERS:
            continue
        for line, name in names:
            if name and HEAVY.match(name):
                faults.append(f"{file}:{line}: the heavy header {name} belongs into .cpp files only")
            if name and Path(name).name in GENERATED:
                holders.add(file)
    for file, edges in graph.edges.items():
        for line, target in edges:
            if target in holders and Path(file).suffix in HEADERS:
                faults.append(f"{file}:{line}: {target} holds generated code that is heavy, and belongs into .cpp files only")


def check_readmes(top, faults):
    engine = top / "engine"
    folders = [entry for entry in sorted(engine.iterdir()) if entry.is_dir()] if engine.is_dir() else []
    for house in ("plugins", "host"):
        folders += sorted({path.parent for path in sources_below(top / house)})
    for folder in folders:
        readme = folder / "README.md"
        if not readme.is_file() or not readme.read_text(encoding="utf-8").strip():
            faults.append(f"{folder.relative_to(top).as_posix()}: has no README.md that says what it is for")


def top_level(top):
    """Names at the top: of what git knows or would take in, else of the folder without what is built."""
    command = ["git", "-C", str(top), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, capture_output=True, check=True).stdout
        is_top = (top / ".git").exists()
    except (OSError, subprocess.CalledProcessError):
        is_top = False
    if is_top:
        names = {os.fsdecode(path.split(b"/", 1)[0]) for path in listed.split(b"\0") if path}
        return {name for name in names if (top / name).exists()}
    return {entry.name for entry in top.iterdir()} - {"build", "install"}


def check_top(top, faults):
    names = {name for name in top_level(top) if not name.startswith(".")}
    for name in sorted(names - TOP_LEVEL):
        faults.append(f"{name}: does not belong at the top level")
    for name in sorted(TOP_LEVEL - names):
        faults.append(f"{name}: is missing at the top level")


def check(top):
    """Every violation, one line each."""
    top = Path(top).resolve()
    faults = []
    graph = Graph(top)
    below = check_rooms(top, faults)
    check_arrows(graph, below, faults)
    check_circles(graph, faults)
    check_weight(graph, faults)
    check_readmes(top, faults)
    check_top(top, faults)
    return faults, graph


def main(arguments):
    top = Path(arguments[1]) if len(arguments) > 1 else Path(__file__).resolve().parents[2]
    faults, graph = check(top)
    for fault in faults:
        print(fault)
    includes = sum(len(names) for names in graph.names.values())
    print(f"{len(graph.edges)} files, {includes} includes, {len(faults)} violations")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
