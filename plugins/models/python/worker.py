"""Runs a user's own script as a model of Kalon. The engine starts it; sdk/docs/worker-protocol.md is what the two say."""
import os
import sys


def main():
    # Up to here the file is one that every Python reads, so that an old one can say what is wrong with it.
    if sys.version_info < (3, 9):
        return "Kalon's worker needs Python 3.9 or newer, and %s is %s" % (sys.executable, sys.version.split()[0])
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path.insert(0, here)
    from kalon_worker import process
    # What lies beside this file is none of the script's business.
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != here]
    return process.run()


if __name__ == "__main__":
    sys.exit(main())
