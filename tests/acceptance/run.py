#!/usr/bin/python3
"""Runs one area of the acceptance tests: run.py AREA [CLASS[.TEST]...]

Root is never refused a file, and tests of refusals would prove nothing. So root first mounts a small tmpfs for the tests
of a full disk, and then runs the tests in a process that has no capabilities: still root by number, it owns the files it
makes, and is refused like any other user.
"""
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
SMALL_DISK_BYTES = 24 << 20
SKIPPED = 77  # what ctest takes for it


def as_ordinary_user(arguments):
    """Runs this script again without capabilities; its exit code."""
    drop = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]
    environment = dict(os.environ, KALON_ORDINARY_USER="1")
    disk = tempfile.mkdtemp(prefix="kalon-small-disk-") if arguments[:1] in (["bad_input"], ["send"]) else None
    mounted = disk and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK_BYTES},mode=0755", "kalon-test", disk],
        stderr=subprocess.DEVNULL).returncode == 0
    try:
        if mounted:
            environment["KALON_SMALL_DISK"] = disk
        return subprocess.run(drop + [sys.executable, "-B", os.path.abspath(__file__)] + arguments,
                              env=environment).returncode
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", disk], check=False)
        if disk:
            os.rmdir(disk)


def refused():
    """Whether this process is refused a file that nobody may read."""
    with tempfile.NamedTemporaryFile() as file:
        os.chmod(file.name, 0)
        try:
            open(file.name, "rb").close()
        except PermissionError:
            return True
    return False


def main(arguments):
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    if os.geteuid() == 0 and "KALON_ORDINARY_USER" not in os.environ:
        return as_ordinary_user(arguments)
    if not refused():
        print("run.py: this process can read files that nobody may read; the tests would prove nothing", file=sys.stderr)
        return 1
    sys.path.insert(0, HERE)
    area, names = arguments[0], arguments[1:]
    loader = unittest.defaultTestLoader
    suite = loader.loadTestsFromNames([f"{area}.{name}" for name in names] or [area])
    if suite.countTestCases() == 0:
        print(f"run.py: {area} has no tests", file=sys.stderr)
        return 1
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    if result.testsRun == len(result.skipped):
        return SKIPPED
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
