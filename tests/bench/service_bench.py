"""What a small call costs over JSON-RPC on a Unix socket, against a bare echo of the same bytes."""
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import threading
import time

from PIL import Image

from run import row

CALLS = 3000


def microseconds(call):
    """The median of many calls, the first ones left out."""
    seconds = []
    for number in range(CALLS + 100):
        begin = time.perf_counter()
        call()
        if number >= 100:
            seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds) * 1e6


class Line:
    """One line out, one line back."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))
        self.answers = self.socket.makefile("rb")

    def ask(self, message):
        self.socket.sendall(message)
        return self.answers.readline()


def echo(path):
    """A server that does nothing but answer."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()

    def serve():
        client, _ = listener.accept()
        while bytes_in := client.recv(65536):
            client.sendall(bytes_in)

    threading.Thread(target=serve, daemon=True).start()


def run(bench):
    pictures, library = bench.scratch / "pictures", bench.scratch / "library"
    pictures.mkdir()
    for number in range(50):
        Image.effect_noise((64, 48), number + 1).save(pictures / f"{number}.png")
    subprocess.run(bench.kalon(library, "index", pictures, "--model", "descriptor"), check=True)
    echo(bench.scratch / "echo")
    place = bench.scratch / "socket"
    server = subprocess.Popen(bench.kalon(library, "serve", "--unix", place))
    try:
        while not os.path.exists(place):
            time.sleep(0.01)
        kalon, bare = Line(place), Line(bench.scratch / "echo")
        small = b'{"jsonrpc":"2.0","id":1,"method":"cancel","params":{"id":7}}\n'
        one = b'{"jsonrpc":"2.0","id":1,"method":"list","params":{"limit":1}}\n'
        if b'"rows":[{' not in kalon.ask(one):
            raise SystemExit("the service does not list the library")
        peer = microseconds(lambda: bare.ask(small))
        yield row("JSON-RPC: a call of the service's own", microseconds(lambda: kalon.ask(small)), "us", "echo", peer)
        yield row("JSON-RPC: list of one file", microseconds(lambda: kalon.ask(one)), "us", target=100)
        sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "sdk" / "python"))
        from kalon import Kalon
        with Kalon.connect(place) as client:
            yield row("  the same through the Python client", microseconds(lambda: client.call("list", limit=1)), "us")
    finally:
        server.terminate()
        server.wait()
