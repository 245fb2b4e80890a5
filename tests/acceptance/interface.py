"""What a person or a script holds on to: help, completion, standard output, exit codes, locales."""
import os
import re
import shutil
import signal
import subprocess

import numpy

import pictures
from world import DONE, FAILED, KALON, SOME_FAILED, SOURCE, USAGE, Case

COMMANDS = ["index", "list", "info", "similar", "sort", "duplicates", "groups", "outliers", "filters", "report", "vectors",
            "scores", "attributes", "export", "exclude", "flag", "undo", "plugins", "models", "doctor", "serve"]
SUBCOMMANDS = {"filters": ["drop"], "vectors": ["import"], "scores": ["import", "list", "drop"],
               "attributes": ["import", "list", "drop"],
               "export": ["list", "vectors"], "doctor": ["check", "compact", "backup"]}
COMPLETION = os.path.join(SOURCE, "host/cli/completion/kalon.bash")


def options_in(help_text):
    """Every option that a help text describes: those its lines begin with."""
    options = set()
    for line in help_text.splitlines():
        if found := re.match(r"\s+(-[^\s].*)", line):
            options.update(re.findall(r"(?<![\w-])(--[a-z][a-z-]+|-[a-zA-Z]\b)", re.split(r"\s{2,}", found[1])[0]))
    return options


class Help(Case):
    # What each command promises beside the options that all have.
    promised = {command: set(options.split()) for command, options in {
        ("index",): "--follow-links --retry-failed --skip-duplicates --model --crop",
        ("list",): "--where --limit --after --count",
        ("info",): "",
        ("similar",): "-k --in --where --model --crop",
        ("sort",): "--to --by --method --start --sections --link --dry-run --no-sheet --seconds --seed --where --model --crop "
                   "--vectors",
        ("duplicates",): "--level --relation --keep --keep-in --action --to --link --dry-run --not --hash --distance --no-mirrored --where "
                         "--model --crop",
        ("groups",): "--by --level --gap --max-length --use-mtime --algorithm --clusters --size --min-size --min-samples --seed "
                     "--to --samples --pick --link --no-sheet --as --where --model --crop",
        ("outliers",): "--reference --method --quantile --threshold --limit --neighbours --components --covariance --pca "
                       "--restarts --iterations --regularisation --seed --as-is --histogram --scores --save --filter --overwrite "
                       "--vectors --where --model --crop",
        ("filters", "drop"): "",
        ("report",): "--to --overwrite --title --pictures --where --model --crop",
        ("vectors", "import"): "--ids --id-column --base --model --weights --metric --add --replace --attributes --columns "
                               "--dry-run --failures",
        ("scores", "import"): "--name --id-column --score-column --direction --base --dry-run --failures",
        ("attributes", "import"): "--id-column --columns --base --dry-run --failures",
        ("scores", "list"): "", ("scores", "drop"): "", ("attributes", "list"): "", ("attributes", "drop"): "",
        ("export", "list"): "--to --overwrite --where --format",
        ("export", "vectors"): "--to --overwrite --where --precision --model --crop",
        ("exclude",): "--reason --include",
        ("flag",): "--as",
        ("undo",): "--forget --action --operation", ("plugins",): "", ("models",): "",
        ("serve",): "--stdio --unix",
        ("doctor", "check"): "", ("doctor", "compact"): "", ("doctor", "backup"): "",
    }.items()}

    def test_every_command_explains_itself(self):
        for command, promised in self.promised.items():
            result = self.kalon(*command, "--help")
            self.assertEqual(result.err, b"")
            self.assertEqual(options_in(result.text) - {"-h", "--help", "-n"}, promised, command)
            self.assertGreater(len(result.text.split()), 15, command)
        self.assertEqual(sorted({command[0] for command in self.promised}), sorted(COMMANDS))

    def test_the_whole(self):
        for arguments in (["--help"], ["-h"]):
            text = self.kalon(*arguments).text
            for word in COMMANDS + ["--library", "--json", "--quiet", "--threads", "--plugins", "--verbose", "Exit codes"]:
                self.assertIn(word, text)
        self.assertRegex(self.kalon("--version").text, r"\Akalon \d+\.\d+\.\d+\n\Z")
        for command, subcommands in SUBCOMMANDS.items():
            text = self.kalon(command, "--help").text
            for name in subcommands:
                self.assertIn(name, text)

    def test_help_needs_nothing(self):
        # No home, no library, no terminal.
        for arguments in (["--help"], ["sort", "--help"], ["--version"]):
            self.kalon(*arguments, environment={"HOME": "/nonexistent", "XDG_DATA_HOME": "/nonexistent"})
        self.assertFalse(os.path.exists(self.library))
        for command in ("plugins", "models"):
            self.kalon(command)
        self.assertFalse(os.path.exists(self.library))

    def test_of_commands(self):
        for command in self.promised:
            asked = self.kalon(*command, "--help").text
            self.assertEqual(self.kalon("help", *command).text, asked)
            # The program's name is what is typed, whatever folder it was started from; the examples are told once.
            self.assertIn("Usage: kalon " + " ".join(command) + " ", asked)
            self.assertNotIn("A folder goes in", asked)
            self.assertEqual("capture_time >= 2024-05" in asked, "--where" in self.promised[command], command)
        self.assertEqual(self.kalon("help").text, self.kalon("--help").text)

    def test_near_words(self):
        for arguments, meant in [(["indx", "messy"], "kalon: there is no command indx; did you mean index?"),
                                 (["help", "srot"], "kalon: there is no command srot; did you mean sort?"),
                                 (["sim"], "kalon: there is no command sim; did you mean similar?"),
                                 (["doctor", "chek"], "kalon: there is no command doctor chek; did you mean doctor check?"),
                                 (["export", "csv"], "kalon: there is no command export csv; the commands are export list,"),
                                 (["frobnicate"], "the commands are index, list, info, similar, sort, grid, duplicates,"),
                                 (["list", "--limt", "3"], "kalon: there is no option --limt; did you mean --limit?"),
                                 (["undo", "this"], "kalon: undo has no use for the argument this"),
                                 (["in\x1b[31mdx"], "there is no command in\\x1b[31mdx")]:
            result = self.kalon(*arguments, code=USAGE)
            self.assertIn(meant, result.error_text)
            self.assertEqual(result.out, b"")

    def test_files_that_look_like_options(self):
        os.makedirs(self.pictures, exist_ok=True)
        for name in ("-dash.png", "--dash.png"):
            pictures.save(pictures.picture(1), os.path.join(self.pictures, name))
        self.index()
        for name in ("-dash.png", "--dash.png"):
            for command in (["info"], ["exclude"], ["similar"], ["list"]):
                refused = self.kalon(*command, name, code=USAGE, cwd=self.pictures)
                self.assertIn(f"kalon: there is no option {name}; a file of this name is written ./{name}\n", refused.error_text)
            for words in (["./" + name], ["--", name]):
                self.assertIn(name, self.kalon("info", *words, cwd=self.pictures).text)
        # Options that are none stay what they are, and so does a word that is missing.
        self.assertNotIn("./", self.kalon("info", "--dsah", code=USAGE).error_text)
        self.assertIn("kalon: info needs FILE\n", self.kalon("info", "-q", code=USAGE).error_text)

    def test_wrong_values(self):
        pictures.write(self.path("file"), b"")
        for arguments, told in [(["list", "--limit", "x"], "--limit takes a whole number from 1\n"),
                                (["list", "--limit", "0"], "--limit takes a whole number from 1\n"),
                                (["list", "--limit"], "--limit needs a value"),
                                (["sort", "--seed", "abc"], "--seed takes a whole number from 0\n"),
                                (["sort", "--seconds", "nan"], "--seconds takes a number of seconds from 0 to 86,400\n"),
                                (["sort", "--by", "colour"], "--by takes one of similarity, name, date, size\n"),
                                (["similar", "a.jpg", "-k", "1.5"], "-k takes a whole number from 1 to 100,000\n"),
                                (["list", "--threads", "0"], "--threads takes a whole number from 1 to 1,024\n"),
                                (["list", "--library", ""], "--library takes a folder"),
                                (["list", "--plugins", ""], "--plugins takes a folder"),
                                (["list", "--plugins", "file"], "--plugins takes a folder"),
                                (["list", "--plugins", "none"], "--plugins takes a folder"),
                                (["list", ""], "an empty path names no file"),
                                (["sort"], "sort needs --to"),
                                (["export", "list", "--to", "-", "--format", "csv"], "csv needs a file"),
                                (["export", "vectors", "--to", "-"], "vectors need a file")]:
            result = self.kalon(*arguments, code=USAGE)
            self.assertTrue(result.error_text.startswith("kalon: " + told), result)
            command = " ".join(arguments[:2] if arguments[0] == "export" else arguments[:1])
            self.assertIn(f"Run `kalon {command} --help`\n", result.error_text)
        self.assertFalse(os.path.exists(self.library))

    def test_vectors_take_no_option_of_a_folder(self):
        for others in (["--to", "x"], ["--where", "width > 1"], ["--by", "name"], ["--link", "copy"], ["--model", "descriptor"],
                       ["--crop", "pad"], ["--dry-run"], ["--no-sheet"], ["PATH"]):
            result = self.kalon("sort", "--vectors", "some.npy", *others, code=USAGE)
            self.assertIn(others[0] + " does not go with it", result.error_text)

    def test_unknown_words(self):
        for arguments in (["frobnicate"], ["lists"], ["--frobnicate"], ["list", "--frobnicate"], []):
            result = self.kalon(*arguments, code=USAGE)
            self.assertEqual(result.out, b"")
            self.assertIn("--help", result.error_text)


class Completion(Case):
    def complete(self, *words):
        """What bash offers for the last of the words."""
        self.assertTrue(os.path.isfile(COMPLETION))
        script = ('source "$1"; shift; complete -p kalon >/dev/null || exit 1; COMP_WORDS=(kalon "$@"); COMP_CWORD=$#; '
                  '_kalon kalon "${@: -1}" 2>/dev/null; printf "%s\\n" "${COMPREPLY[@]}"')
        environment = dict(self.environment, PATH=os.path.dirname(KALON) + ":" + self.environment["PATH"])
        result = subprocess.run(["bash", "--norc", "-c", script, "bash", COMPLETION, *words], env=environment,
                                capture_output=True, check=True, timeout=60)
        self.assertEqual(result.stderr, b"")
        return set(result.stdout.decode().split())

    def test_commands(self):
        self.assertLessEqual(set(COMMANDS), self.complete(""))
        self.assertEqual(self.complete("ex"), {"export", "exclude"})
        self.assertEqual(self.complete("--library", "/x", "so"), {"sort"})
        for command, subcommands in SUBCOMMANDS.items():
            self.assertLessEqual(set(subcommands), self.complete(command, ""))

    def test_every_option_of_every_help(self):
        overall = options_in(self.kalon("--help").text)
        for command in [[]] + [list(command) for command in Help.promised]:
            shown = options_in(self.kalon(*command, "--help").text)
            wanted = {option for option in shown | (overall - {"--version"}) if option.startswith("--")}
            offered = self.complete(*command, "--")
            self.assertEqual(wanted - offered, set(), command)
            # Nothing is offered that would then be refused.
            self.assertEqual({option for option in offered if option.startswith("--")} - wanted, set(), command)

    def test_values(self):
        self.assertEqual(self.complete("sort", "--by", ""), {"similarity", "name", "date", "size"})
        self.assertEqual(self.complete("sort", "--link", "h"), {"hardlink"})
        self.assertEqual(self.complete("index", "--crop", ""), {"centre", "squash", "pad", "more_scan"})
        self.assertEqual(self.complete("export", "list", "--format", ""), {"jsonl", "csv"})
        self.assertEqual(self.complete("export", "vectors", "--precision", "float3"), {"float32"})

    def test_models(self):
        models = {row["id"] for row in self.kalon("models", "--json").rows}
        self.assertIn("descriptor", models)
        self.assertEqual(self.complete("sort", "--model", ""), models)


class Output(Case):
    def setUp(self):
        super().setUp()
        for seed in range(4):
            pictures.save(pictures.picture(seed), os.path.join(self.pictures, f"{seed}.jpg"))
        pictures.write(os.path.join(self.pictures, "broken.png"), b"\x89PNG\r\n\x1a\n")

    def test_standard_output_holds_results_only(self):
        first = os.path.join(self.pictures, "0.jpg")
        out = self.path("out")
        for code, *command in [
                (SOME_FAILED, "index", self.pictures), (DONE, "list"), (DONE, "list", "--count"), (DONE, "info", first),
                (DONE, "similar", first), (DONE, "sort", "--dry-run", "--to", out), (DONE, "sort", "--to", out),
                (DONE, "exclude", first), (DONE, "undo"), (DONE, "undo"),
                (DONE, "flag", "--as", "pick", first), (DONE, "undo"), (DONE, "plugins"), (DONE, "models"),
                (DONE, "doctor"), (DONE, "doctor", "check"), (DONE, "doctor", "compact"),
                (DONE, "doctor", "backup", self.path("copy")), (DONE, "export", "list", "--to", self.path("l.jsonl")),
                (DONE, "export", "vectors", "--to", self.path("v.npy"))]:
            for verbose in ([], ["--verbose"]):
                result = self.kalon("--json", *verbose, *command, code=None)
                if not verbose:
                    self.assertEqual(result.code, code, result)
                    self.assertGreater(len(result.objects), 0, command)
                    self.assertEqual(result.err, b"", command)
                for item in result.objects:
                    self.assertIsInstance(item, dict)
                if command[0] in ("sort", "undo", "exclude", "flag", "export") or "backup" in command:
                    break  # once only: they change something

    def test_exit_codes_and_failures(self):
        result = self.kalon("index", self.pictures, code=SOME_FAILED)
        self.assertEqual(len(re.findall(r"^failed: ", result.error_text, flags=re.M)), 1)
        self.assertIn(os.path.join(self.pictures, "broken.png"), result.error_text)
        quiet = self.kalon("index", "--quiet", "--retry-failed", self.pictures, code=SOME_FAILED)
        self.assertIn("broken.png", quiet.error_text)
        self.kalon("--library", self.path("none"), "list", code=FAILED)

    def test_quiet(self):
        pictures.write(os.path.join(self.pictures, "notes.txt"), b"words")
        loud = self.kalon("index", self.pictures, code=SOME_FAILED).text.splitlines()
        self.assertEqual(loud[1:], ["1 file of another kind was passed over.", "Library: " + self.library])
        quiet = self.kalon("index", "-q", self.pictures, code=SOME_FAILED).text.splitlines()
        self.assertEqual(len(quiet), 1)
        self.assertIn("5 picture files found: 0 embedded, 4 unchanged, 1 failed", quiet[0])

    def test_nothing_matches(self):
        self.index(code=SOME_FAILED)
        first = os.path.join(self.pictures, "0.jpg")
        for command in (["list"], ["similar", first]):
            command += ["--where", "name = nothing"]
            result = self.kalon(*command)
            self.assertEqual((result.out, result.err), (b"", b"No file matches.\n"))
            for silent in ("--json", "--quiet"):
                result = self.kalon(*command, silent)
                self.assertEqual((result.out, result.err), (b"", b""))
        self.assertEqual(self.kalon("list", "--count", "--where", "name = nothing").text, "0\n")

    def test_export_to_standard_output(self):
        self.index(code=SOME_FAILED)
        self.kalon("export", "list", "--to", self.path("list.jsonl"), "--where", "format = jpeg")
        result = self.kalon("export", "list", "--to", "-", "--where", "format = jpeg")
        with open(self.path("list.jsonl"), "rb") as file:
            self.assertEqual(result.out, file.read())
        self.assertEqual(len(result.objects), 4)
        self.assertFalse(os.path.exists(self.path("-")))

    def test_info_for_people(self):
        shutil.copy(os.path.join(self.pictures, "0.jpg"), os.path.join(self.pictures, "0 \u00e9\n.jpg"))
        os.utime(os.path.join(self.pictures, "0.jpg"), (1700000000, 1700000000))
        self.index(code=SOME_FAILED)
        text = self.kalon("info", os.path.join(self.pictures, "0.jpg")).text
        self.assertRegex(text, r"(?m)^  same_picture +" + re.escape(self.pictures) + r"/0 \u00e9\\x0a\.jpg$")
        self.assertRegex(text, r"(?m)^  mtime +2023-11-14T22:13:20Z$")
        self.assertNotRegex(text, r"(?m)^  render ")
        broken = self.kalon("info", os.path.join(self.pictures, "broken.png")).text
        names = re.findall(r"(?m)^  (\w+)", broken)
        self.assertLessEqual({"status", "message", "size", "mtime"}, set(names))
        self.assertEqual(set(names) & {"id", "photo", "width", "height", "format"}, set())

    def test_one_pipe_tears_no_line(self):
        self.index(code=SOME_FAILED)
        known = [os.path.join(self.pictures, f"{seed}.jpg") for seed in range(4)]
        files = [name for number in range(60) for name in (known[number % 4], os.path.join(self.pictures, f"no {number}"))]
        # Failures come between the rows of what is known, in the order of the arguments.
        process = self.start("info", *files, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        lines = process.communicate(timeout=60)[0].decode().splitlines()
        told = [line for line in lines if not line.startswith("  ")]
        self.assertEqual([line.removeprefix("failed: ").split(": ")[0] for line in told], files)

    def test_forget(self):
        self.index(code=SOME_FAILED)
        out = self.path("out")
        self.kalon("sort", "--to", out)
        before = sorted(os.listdir(out))
        self.assertIn(out, self.kalon("undo", "--forget").text)
        self.assertEqual(sorted(os.listdir(out)), before)
        self.assertIn("nothing to take back", self.kalon("undo", code=FAILED).error_text)
        self.kalon("sort", "--to", self.path("other"))
        self.assertNotIn("left because", self.kalon("undo").text)

    def test_no_locale_changes_anything(self):
        self.index(code=SOME_FAILED)
        first = os.path.join(self.pictures, "0.jpg")
        commands = [["list"], ["list", "--json"], ["info", first], ["similar", "--json", first], ["models"],
                    ["list", "--json", "--where", "aspect > 1.4 and name ~ \"?.JPG\""]]
        plain = [self.kalon(*command).out for command in commands]
        for language in ("C.UTF-8", "de_DE.UTF-8", "de_DE", "tr_TR.UTF-8", "ja_JP.eucJP"):
            here = [self.kalon(*command, environment={"LC_ALL": language, "LANG": language}).out for command in commands]
            self.assertEqual(here, plain, language)
        self.assertIn(b"." , plain[3])

    def test_closed_output(self):
        self.index(code=SOME_FAILED)
        for command in (["list"], ["plugins"], ["--help"]):
            with open("/dev/full", "wb") as full:
                process = self.start(*command, stdout=full, stderr=subprocess.PIPE)
                process.communicate(timeout=60)
                self.assertEqual(process.returncode, FAILED, command)
        reader, writer = os.pipe()
        os.close(reader)
        process = self.start("list", stdout=writer, stderr=subprocess.PIPE)
        os.close(writer)
        process.communicate(timeout=60)
        self.assertIn(process.returncode, (-signal.SIGPIPE, FAILED))

    def test_options_go_anywhere(self):
        self.index(code=SOME_FAILED)
        wanted = self.kalon("list", "--json").out
        for command in (["--json", "list"], ["--library", self.library, "list", "--json"],
                        ["list", "--json", "--library", os.path.relpath(self.library, self.top)]):
            self.assertEqual(self.kalon(*command).out, wanted, command)
        self.assertEqual(self.kalon("list", "--", *[]).out, self.kalon("list").out)

    def test_default_library(self):
        summary = self.index(code=SOME_FAILED)
        self.assertEqual(summary["library_path"], self.library)
        # Without XDG_DATA_HOME, and with one that the specification says to ignore, it is below HOME.
        for value in ("", "relative/path"):
            summary = self.kalon("index", "--json", self.pictures, environment={"XDG_DATA_HOME": value}, code=SOME_FAILED).summary
            self.assertEqual(summary["library_path"], self.path("home", ".local/share/kalon/default"))

    def test_plugins_and_models(self):
        rows = self.kalon("plugins", "--json").rows
        self.assertEqual({row["state"] for row in rows} - {"available", "loaded"}, set())
        formats = {form["name"] for row in rows for form in row["formats"]}
        self.assertLessEqual({"jpeg", "png", "tiff", "webp", "heic", "avif", "gif", "bmp", "exr", "hdr", "psd", "jp2", "tga",
                              "dpx", "raw", "jxl"}, formats)
        models = self.kalon("models", "--json").rows
        known = {row["id"] for row in models}
        trained = "efficientnet-lite0"  # where assets/models.sh could fetch it
        self.assertEqual([row["id"] for row in models if row["default"]],
                         [trained if trained in known else "descriptor"])
        # A folder of plugins that is none is told, and takes nothing away.
        pictures.write(self.path("extra", "wrong.json"), b"{")
        rows = self.kalon("--plugins", self.path("extra"), "plugins", "--json").rows
        wrong = [row for row in rows if row["state"] == "rejected"]
        self.assertEqual(len(wrong), 1)
        self.assertGreater(len(wrong[0]["reason"]), 10)
        self.assertEqual(self.kalon("--plugins", self.path("extra"), "index", "--json", self.pictures,
                                    code=SOME_FAILED).summary["embedded"], 4)

    def test_imported_vectors_are_among_the_models(self):
        self.index(code=SOME_FAILED)
        before = self.kalon("models").text
        self.kalon("export", "vectors", "--to", self.path("v.npy"))
        shape = numpy.load(self.path("v.npy")).shape
        self.kalon("vectors", "import", self.path("v.npy"), "--model", "mine")
        numpy.save(self.path("plain.npy"), numpy.eye(4, 3))
        pictures.write(self.path("ids.txt"), "".join(os.path.join(self.pictures, f"{i}.jpg\n") for i in range(4)).encode())
        self.kalon("vectors", "import", self.path("plain.npy"), "--ids", self.path("ids.txt"), "--metric", "euclidean")
        rows = [row for row in self.kalon("models", "--json").rows if row.get("imported")]
        self.assertEqual([(row["id"], row["dimension"], row["vectors"], row["metric"], row["default"]) for row in rows],
                         [("mine", shape[1], shape[0], "cosine", False), ("plain", 3, 4, "euclidean", False)])
        self.assertEqual(self.kalon("models").text, before + f"mine  imported: 4 vectors of {shape[1]:,} values, cosine\n"
                         "plain  imported: 4 vectors of 3 values, euclidean\n")
        # Another file under the name: what would be used is listed.
        self.kalon("vectors", "import", self.path("v.npy"), "--ids", self.path("v.jsonl"), "--model", "plain", "--replace")
        rows = [row for row in self.kalon("models", "--json").rows if row.get("imported")]
        self.assertEqual([(row["id"], row["dimension"]) for row in rows], [("mine", shape[1]), ("plain", shape[1])])
        # A slip names them too.
        for command in (["groups"], ["sort", "--to", self.path("out")], ["similar", os.path.join(self.pictures, "0.jpg")]):
            error = self.kalon(*command, "--model", "mien", code=FAILED).error_text
            self.assertRegex(error, "there is no such model; there are: .*descriptor.*; and imported vectors: mine, plain")
        # Without a library, or with one that cannot be read, the models are listed all the same.
        self.assertEqual(self.kalon("models", "--library", self.path("none")).text, before)
        self.assertFalse(os.path.exists(self.path("none")))
        pictures.write(self.path("broken", "data.mdb"), b"nothing of ours" * 1000)
        broken = self.kalon("models", "--library", self.path("broken"))
        self.assertEqual(broken.text, before)
        self.assertIn("what the library holds is not listed: ", broken.error_text)

    def test_a_flood_of_one_failure_is_told_in_short(self):
        self.index(code=SOME_FAILED)
        known = os.path.join(self.pictures, "0.jpg")
        gone = [os.path.join(self.pictures, f"gone {number}") for number in range(529)]
        message = "is not in the library; `kalon index` takes it in"
        for quiet in ([], ["--quiet"]):
            told = self.kalon("exclude", *quiet, *gone, known, code=SOME_FAILED)
            self.assertEqual(told.error_text.splitlines(),
                             [f"failed: {name}: {message}" for name in gone[:10]] + [f"and 519 more: {message}"])
            self.assertEqual(told.text, "1 picture excluded\n")
        # Ten are no flood; another message begins anew, and one more is one more.
        folders = [self.folder(f"folder {number}") for number in range(11)]
        told = self.kalon("exclude", *gone[:10], *folders, *gone[:2], known, code=SOME_FAILED).error_text.splitlines()
        self.assertEqual(len(told), 10 + 11 + 2)
        self.assertEqual([line.split(":")[0] for line in told], ["failed"] * 20 + ["and 1 more"] + ["failed"] * 2)
        # Programs get every row.
        rows = self.kalon("exclude", "--json", *gone, known, code=SOME_FAILED).objects
        self.assertEqual([row["path"] for row in rows[:-1]], gone)
        # What fails altogether is told behind them.
        told = self.kalon("exclude", *gone, code=FAILED).error_text.splitlines()
        self.assertEqual((told[10], len(told)), (f"and 519 more: {message}", 12))

    def test_folders_are_no_files(self):
        self.index(code=SOME_FAILED)
        for command in (["exclude"], ["flag", "--as", "pick"], ["info"]):
            error = self.kalon(*command, self.pictures, code=FAILED).error_text
            self.assertIn(f"{self.pictures}: is a folder, and files are wanted; a pattern of the shell names many", error)
            self.assertNotIn("index", error)
            self.assertIn("kalon index", self.kalon(*command, os.path.join(self.pictures, "none.jpg"), code=FAILED).error_text)

    def test_columns_that_are_none_name_those_that_are(self):
        self.index(code=SOME_FAILED)
        error = self.kalon("list", "--where", "nonsense = 3", code=USAGE).error_text
        self.assertIn(" vanished excluded flag)", error)

    def test_a_library_without_pictures(self):
        empty = self.folder("empty")
        self.index(empty)
        for action in ([], ["--action", "trash"], ["--action", "mark"], ["--action", "link"], ["--relation", "similar"]):
            told = self.kalon("duplicates", *action)
            self.assertEqual((told.text, told.error_text), ("No duplicates.\n", ""))
        for command in (["sort", "--to", self.path("out")], ["groups"], ["outliers"]):
            error = self.kalon(*command, code=FAILED).error_text
            self.assertIn("no picture is left", error)
            self.assertNotIn("kalon index", error)
        self.kalon("export", "vectors", "--to", self.path("v.npy"), code=FAILED)
        self.assertFalse(os.path.exists(self.path("v.npy")))
        # Pictures without vectors of the model are another matter.
        self.index(self.pictures, "--model", "descriptor", "--crop", "pad", code=SOME_FAILED)
        self.assertIn("kalon index", self.kalon("groups", "--model", "descriptor", "--crop", "squash", code=FAILED).error_text)

    def test_what_a_mark_leaves(self):
        model = ("--model", "descriptor")
        shot = pictures.picture(7, (320, 240))
        for name in ("one.jpg", "two.jpg"):
            pictures.write(os.path.join(self.pictures, "copies", name), pictures.jpeg_bytes(shot))
        self.index(self.pictures, *model, code=SOME_FAILED)
        told = self.kalon("duplicates", *model, "--action", "mark").text
        self.assertIn("1 file was left: copies are one picture with what is kept.\n", told)
        # A shot with its RAW, and a larger picture without.
        pictures.save(shot.resize((1280, 960)), os.path.join(self.pictures, "copies", "large.jpg"), quality=95)
        pictures.write(os.path.join(self.pictures, "copies", "one.CR2"), pictures.fake_raw(shot))
        self.index(self.pictures, *model, code=SOME_FAILED)
        result = self.kalon("duplicates", *model, "--level", ".5", "--action", "mark")
        self.assertIn("RAW files are not given up for less.\n", result.text)
