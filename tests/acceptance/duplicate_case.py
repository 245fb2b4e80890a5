"""What the tests of duplicates share."""
import os
import stat

import pictures
from world import DONE, Case, path_from_uri

MODEL = ("--model", "descriptor")  # needs no weights, so that these tests mean the same everywhere
SIZE = (480, 320)


class DuplicateCase(Case):
    def put(self, name, data):
        return pictures.write(os.path.join(self.pictures, name), data)

    def save(self, image, name, **options):
        return pictures.save(image, os.path.join(self.pictures, name), **options)

    def age(self, path, seconds):
        """A modification time of its own; smaller is older."""
        os.utime(path, (1_500_000_000 + seconds, 1_500_000_000.25 + seconds))
        return path

    def take_in(self, *more, code=DONE):
        return self.index(self.pictures, *MODEL, *more, code=code)

    def duplicates(self, *arguments, code=DONE):
        """The rows and the summary."""
        result = self.kalon("duplicates", "--json", *MODEL, *arguments, code=code)
        return result.rows if "--action" in arguments or "--to" in arguments else result.objects[:-1], result.summary

    def groups(self, *arguments):
        """For each group its kept file and the others with their relations, by names below self.pictures."""
        name = lambda uri: os.fsdecode(os.path.relpath(path_from_uri(uri), os.fsencode(self.pictures)))
        found = {}
        for row in self.duplicates(*arguments)[0]:
            files = {name(file["uri"]): file for file in row["files"]}
            self.assertTrue(files[name(row["keep"])]["keep"])
            found[name(row["keep"])] = {key: file["relation"] for key, file in files.items() if not file["keep"]}
        return found

    def tree(self, top=None):
        """Everything that a person could notice below a folder: names, kinds, bytes, times, permissions."""
        top = os.fsencode(top or self.pictures)
        seen = {}
        for folder, below, files in os.walk(top):
            for name in below + files:
                path = os.path.join(folder, name)
                status = os.lstat(path)
                content = os.readlink(path) if os.path.islink(path) else b""
                if stat.S_ISREG(status.st_mode):
                    with open(path, "rb") as file:
                        content = file.read()
                time_shown = status.st_mtime_ns if stat.S_ISREG(status.st_mode) else None
                seen[os.path.relpath(path, top)] = (stat.S_IFMT(status.st_mode), stat.S_IMODE(status.st_mode), time_shown,
                                                    content)
        return seen

    def assert_tree(self, wanted, top=None):
        """The folder as it was; what differs is told by names, not by bytes."""
        found = self.tree(top)
        differing = {name for name in set(found) | set(wanted) if found.get(name) != wanted.get(name)}
        self.assertEqual({name: found.get(name, ())[:3] for name in differing},
                         {name: wanted.get(name, ())[:3] for name in differing})
        self.assertEqual(differing, set())

    def trash(self, below):
        path = os.path.join(self.environment["XDG_DATA_HOME"], "Trash", below)
        return sorted(os.listdir(os.fsencode(path))) if os.path.exists(path) else []

    def assert_fates(self, rows, **wanted):
        """How many files came to which fate."""
        fates = {}
        for row in rows:
            fates[row["fate"]] = fates.get(row["fate"], 0) + 1
        self.assertEqual(fates, wanted, rows)
