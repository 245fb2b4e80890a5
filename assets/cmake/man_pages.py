"""Manual pages made of what a program's --help prints, one for the program and one for each of its commands.

    man_pages.py PROGRAM VERSION FOLDER     FOLDER is emptied first
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys

# What a formatter would turn into other characters: groff_char(7).
GLYPHS = {"\\": "\\e", "-": "\\-", "'": "\\(aq", "`": "\\(ga", "^": "\\(ha", "~": "\\(ti"}


def escaped(text):
    text = "".join(GLYPHS.get(character, character) for character in text)
    return "\\&" + text if text.startswith(".") else text


def help_of(program, command):
    environment = dict(os.environ, LC_ALL="C.UTF-8", NO_COLOR="1")
    done = subprocess.run([program, *command, "--help"], check=True, stdout=subprocess.PIPE, env=environment)
    return done.stdout.decode("utf-8")


def read(text):
    """(summary, usage, {section: [(term, explanation)]}, closing lines) of a help text."""
    lines = text.rstrip().splitlines()
    summary, usage, sections, closing, section = lines[0].strip(), "", {}, [], None
    for line in lines[1:]:
        if line.startswith("Usage: "):
            usage = line[len("Usage: "):].strip()
        elif heading := re.fullmatch(r"(Positionals|Options|Subcommands):", line):
            section = sections.setdefault(heading[1], [])
        elif section is not None and line.startswith("  "):
            if line[2] != " ":
                term, _, explanation = line.strip().partition("  ")
                section.append((term, explanation.strip()))
            else:
                term, explanation = section[-1]
                section[-1] = (term, f"{explanation} {line.strip()}".strip())
        else:
            section = None
            closing.append(line)
    return summary, usage, sections, "\n".join(closing).strip("\n").splitlines()


def page(program, version, command, parts):
    summary, usage, sections, closing = parts
    name = "-".join([program, *command])
    lines = [f'.TH "{escaped(name.upper())}" 1 "" "{program} {version}" "Kalon"', ".SH NAME",
             f"{escaped(name)} \\- {escaped(summary.rstrip('.'))}", ".SH SYNOPSIS", escaped(usage)]
    for heading, title in (("Positionals", "ARGUMENTS"), ("Options", "OPTIONS"), ("Subcommands", "COMMANDS")):
        if sections.get(heading):
            lines.append(f".SH {title}")
        for term, explanation in sections.get(heading, []):
            lines += [".TP", f".B {escaped(term)}", escaped(explanation)]
    if closing:
        # Laid out by hand, in columns.
        lines += [".SH NOTES", ".nf", *(escaped(line) for line in closing), ".fi"]
    below = [f"{name}-{term}" for term, _ in sections.get("Subcommands", [])]
    above = ["-".join([program, *command][:-1])] if command else []
    if above + below:
        lines += [".SH SEE ALSO", ", ".join(f"\\fB{escaped(other)}\\fR(1)" for other in above + below)]
    return "\n".join(lines) + "\n"


def write(program, version, folder, command=()):
    parts = read(help_of(program, command))
    name = os.path.basename(program)
    pathlib.Path(folder, "-".join([name, *command]) + ".1").write_text(page(name, version, command, parts), encoding="utf-8")
    for below, _ in parts[2].get("Subcommands", []):
        write(program, version, folder, (*command, below))


def main(program, version, folder):
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    write(program, version, folder)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
