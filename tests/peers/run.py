#!/usr/bin/env python3
"""Runs a script by the Python of the environment that setup.sh makes: run.py PEERS SCRIPT [ARGUMENT...]. Without the environment
the test is skipped, and says so: exit code 77."""
import os
import sys

peers, *command = sys.argv[1:]
python = os.path.join(peers, "bin", "python")
if not os.path.exists(os.path.join(peers, "made-of")):
    print(f"skipped: {peers} is missing or not finished; tests/peers/setup.sh makes it from the package registry")
    sys.exit(77)
os.execv(python, [python, "-B", *command])
