"""`kalon serve` and its clients: what the tests of both share."""
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import unittest.mock

import numpy

import pictures
from world import DONE, KALON, PATIENCE, SOURCE, Case

CLIENT = os.path.join(SOURCE, "sdk/python")
sys.path.insert(0, CLIENT)
from kalon import Kalon  # noqa: E402

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32700, -32600, -32601, -32602  # JSON-RPC 2.0, 5.1
CANCELLED, NOT_FOUND, LIMIT_EXCEEDED = -32005, -32010, -32011  # -32000 less the status of abi.h
LARGEST_MESSAGE = 16 << 20
FOREVER = 3600  # seconds that a call would take if nobody cancelled it


def request(number, method, **params):
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def notification(method, **params):
    return {"jsonrpc": "2.0", "method": method, "params": params}


def line(message):
    return message + b"\n" if isinstance(message, bytes) else json.dumps(message).encode() + b"\n"


class RawSocket:
    """A client that says what it is told to, and understands one line at a time."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(path)
        self.file = self.socket.makefile("rb")

    def say(self, *messages):
        for message in messages:
            self.socket.sendall(line(message))

    def hear(self):
        said = self.file.readline()
        return json.loads(said) if said else None

    def answer(self, number):
        """The response to a request; what comes before it is passed over."""
        while message := self.hear():
            if message.get("id") == number:
                return message
        raise AssertionError(f"no answer to {number}")

    def shut(self):
        self.file.close()
        self.socket.close()


class ServiceCase(Case):
    def setUp(self):
        super().setUp()
        patched = unittest.mock.patch.dict(os.environ, self.environment, clear=True)
        patched.start()
        self.addCleanup(patched.stop)

    def client(self, *arguments, **named):
        kalon = Kalon(*arguments, program=KALON, **named)
        self.addCleanup(kalon.close)
        return kalon

    def answers(self, *messages, library=None):
        """Says it all to a server of its own, ends the input, and gives every line that comes out."""
        process = subprocess.Popen([KALON, "serve", "--stdio", "--library", library or self.library], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        out, err = process.communicate(b"".join(map(line, messages)), timeout=PATIENCE)
        self.assertEqual((process.returncode, err), (DONE, b""))
        self.assertTrue(out == b"" or out.endswith(b"\n"))
        return [json.loads(one) for one in out.splitlines()]

    def answer(self, *messages, **named):
        answers = self.answers(*messages, **named)
        self.assertEqual(len(answers), 1, answers)
        return answers[0]

    def assert_fault(self, response, code, number=None, words=""):
        self.assertEqual((response["jsonrpc"], response["id"], response["error"]["code"]), ("2.0", number, code), response)
        self.assertNotIn("result", response)
        self.assertIn(words, response["error"]["message"])
        self.assertGreater(len(response["error"]["message"]), 8)

    def endless(self):
        """Parameters of `order_vectors` with which it works until it is cancelled."""
        file = self.path("endless.npy")
        if not os.path.exists(file):
            numpy.save(file, numpy.random.RandomState(1).rand(3000, 24).astype(numpy.float32))
        return {"vectors": file, "seconds": FOREVER}

    def wait_until(self, condition):
        end = time.monotonic() + PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.01)

    def wait_until_idle(self, process):
        ticks = [0, 1]
        while ticks[-1] != ticks[-2]:
            time.sleep(0.2)
            with open(f"/proc/{process.pid}/stat") as file:
                ticks.append(sum(map(int, file.read().rsplit(")", 1)[1].split()[11:13])))

    def side_by_side(self, count, work):
        """work(number) on so many threads; the test fails for whatever one of them raises."""
        faults = []

        def guarded(number):
            try:
                work(number)
            except BaseException as fault:
                faults.append(fault)

        threads = [threading.Thread(target=guarded, args=(number,)) for number in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        self.assertEqual(faults, [])
        self.assertFalse(any(thread.is_alive() for thread in threads))

    def some_pictures(self):
        """Some pictures, copies, a series of shots, a name that is no UTF-8, and a file that is no picture."""
        shots = pictures.assortment(self.pictures, 8)
        shutil.copy(shots[0], os.path.join(self.pictures, "copy.jpg"))
        for second in range(3):
            shot = pictures.family_member(3, second, (320, 240))
            pictures.save(shot, os.path.join(self.pictures, "series", f"shot{second}.jpg"), quality=90,
                          exif=pictures.exif(make="Maker", model="One", taken=f"2024:05:01 10:00:0{second}"))
        self.odd = os.path.join(os.fsencode(self.pictures), b"caf\xe9 %25 \xf0\x9f\x90\x88.png")
        pictures.save(pictures.picture(77), self.path("odd.png"))
        os.rename(self.path("odd.png"), self.odd)
        pictures.write(os.path.join(self.pictures, "broken.jpg"), b"\xff\xd8\xff no picture")
        return shots
