"""`kalon serve --unix`: whose the socket is, who may come, and who goes when."""
import os
import signal
import socket
import stat
import subprocess
import threading

import pictures
from service_case import FOREVER, RawSocket, ServiceCase, line, request
from world import DONE, FAILED, PATIENCE, SOME_FAILED, USAGE
from kalon import Disconnected, Kalon, to_uri  # service_case knows where it is


class Sockets(ServiceCase):
    def setUp(self):
        super().setUp()
        os.environ["XDG_RUNTIME_DIR"] = self.environment["XDG_RUNTIME_DIR"] = self.folder("runtime")
        self.socket = self.path("runtime", "kalon", "socket")

    def server(self, *arguments, wait=True):
        process = self.start("serve", "--unix", *arguments, stderr=subprocess.PIPE)

        def end():
            process.kill()
            process.wait()
            process.stderr.close()

        self.addCleanup(end)
        if wait:
            self.assertIn(b"serving at", process.stderr.readline())
        return process

    def end(self, process, number=signal.SIGTERM):
        process.send_signal(number)
        self.assertEqual(process.wait(PATIENCE), DONE)

    def raw(self, path=None):
        client = RawSocket(path or self.socket)
        self.addCleanup(client.shut)
        return client

    def threads(self, process):
        return len(os.listdir(f"/proc/{process.pid}/task"))

    def test_only_for_its_owner(self):
        previous = os.umask(0)
        try:
            process = self.server()
        finally:
            os.umask(previous)
        self.assertEqual(stat.S_IMODE(os.stat(self.socket).st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(os.stat(os.path.dirname(self.socket)).st_mode), 0o700)
        for name in os.listdir(os.path.dirname(self.socket)):
            self.assertEqual(stat.S_IMODE(os.stat(os.path.join(os.path.dirname(self.socket), name)).st_mode), 0o600)
        with Kalon.connect() as kalon:
            self.assertIn("list", kalon.methods)
        self.end(process)
        self.assertEqual(os.listdir(os.path.dirname(self.socket)), [])

    def test_every_signal_ends_it(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            process = self.server()
            with Kalon.connect() as kalon:
                call = kalon.start("order_vectors", progress=True, **self.endless())
                self.wait_until(lambda: call.progress)
                self.end(process, number)
                with self.assertRaises(Disconnected):
                    call.result()
            self.assertFalse(os.path.exists(self.socket))

    def test_one_server_for_one_path(self):
        first = self.server()
        second = self.server(wait=False)
        self.assertEqual(second.wait(PATIENCE), FAILED)
        self.assertIn(b"another process serves there", second.stderr.read())
        Kalon.connect().close()
        self.end(first)
        # What a killed one leaves is cleared.
        for _ in range(2):
            process = self.server()
            process.kill()
            process.wait()
            self.assertTrue(stat.S_ISSOCK(os.stat(self.socket).st_mode))
            with self.assertRaises(Disconnected):
                Kalon.connect()
        process = self.server()
        Kalon.connect(self.socket).close()
        self.end(process)

    def test_many_that_start_at_once(self):
        path = self.path("one")
        stale = self.server(path)
        stale.kill()
        stale.wait()
        servers = [self.server(path, wait=False) for _ in range(6)]
        self.wait_until(lambda: sum(process.poll() is None for process in servers) == 1)
        (winner,) = [process for process in servers if process.poll() is None]
        self.assertIn(b"serving at", winner.stderr.readline())
        Kalon.connect(path).close()
        self.end(winner)

    def test_paths_that_cannot_be(self):
        pictures.write(self.path("file"), b"mine")
        os.mkdir(self.path("directory"))
        os.symlink(self.path("file"), self.path("link"))
        for path, words in ((self.path("file"), "no socket"), (self.path("directory"), "no socket"), (self.path("link"), "no socket"),
                            (self.path("x" * 120), "107 bytes"), (self.path("none", "socket"), "cannot be made")):
            before = sorted(os.listdir(self.top))
            result = self.kalon("serve", "--unix", path, code=None)
            self.assertIn(result.code, (FAILED, USAGE), path)
            self.assertIn(words, result.error_text)
            self.assertEqual(sorted(os.listdir(self.top)), before)
        with open(self.path("file"), "rb") as file:
            self.assertEqual(file.read(), b"mine")
        for runtime in ("", "relative"):
            self.assertIn("--unix PATH", self.kalon("serve", "--unix", code=USAGE, environment={"XDG_RUNTIME_DIR": runtime}).error_text)
        for arguments in ([], ["--stdio", "--unix"]):
            self.assertIn("--stdio", self.kalon("serve", *arguments, code=USAGE).error_text)

    def test_a_client_that_only_ends_its_input(self):
        self.some_pictures()
        self.index(code=SOME_FAILED)
        self.server()
        client = self.raw()
        client.say(*(request(number, "list") for number in range(20)), line(request("last", "plugins")).rstrip())
        client.socket.shutdown(socket.SHUT_WR)
        answers = []
        while message := client.hear():
            answers.append(message)
        self.assertEqual({message["id"] for message in answers}, {*range(20), "last"})
        self.assertTrue(all("result" in message for message in answers))

    def test_clients_that_go(self):
        process = self.server()
        endless = {"vectors": self.endless()["vectors"], "seconds": FOREVER}
        with Kalon.connect() as staying:
            gone = self.raw()
            gone.say(request(1, "order_vectors", **endless), request(2, "engine"))
            gone.answer(2)
            gone.shut()
            call = staying.start("order_vectors", progress=True, **self.endless())
            self.wait_until(lambda: call.progress)
            threads = self.threads(process)
            clients = [self.raw() for _ in range(5)]
            for number, client in enumerate(clients):
                client.say(*(request(n, "order_vectors", **endless, **{"$progress": True}) for n in range(6)))
                if number % 2 == 0:  # with work under way, or just begun, or in mid-message
                    self.assertEqual(client.hear()["method"], "progress")
                else:
                    client.socket.sendall(b'{"jsonrpc":')
            self.assertGreater(self.threads(process), threads)
            for client in clients:
                client.shut()
            self.wait_until(lambda: self.threads(process) <= threads)
            self.assertFalse(call.done)
            call.cancel()
            self.assertGreater(len(staying.call("plugins").rows), 0)
        self.end(process)

    def test_gone_while_a_folder_is_taken_in(self):
        pictures.assortment(self.pictures, 100, size=(320, 240))
        process = self.server("--threads", "1")
        client = self.raw()
        client.say(request(1, "index", paths=[to_uri(self.pictures)], **{"$progress": True}))
        self.assertEqual(client.hear()["method"], "progress")
        client.shut()
        with Kalon.connect() as kalon:
            kalon.call("index", paths=self.pictures)
            self.assertEqual(kalon.call("list", where="status = ok", count=True).summary["count"], 100)
        self.end(process)
        self.assert_healthy()

    def test_ten_clients(self):
        shots = self.some_pictures()
        process = self.server()
        together = threading.Barrier(10, timeout=PATIENCE)

        def work(number):
            with Kalon.connect() as kalon:
                together.wait()
                kalon.call("index", paths=self.pictures)
                for _ in range(3):
                    self.assertEqual(kalon.call("list", count=True).summary["count"], 14)
                    self.assertEqual(len(list(kalon.stream("similar", path=shots[number % 8], k=3))), 3)
                    kalon.call("exclude", paths=shots[number % 8], include=number % 2 == 1)

        self.side_by_side(10, work)
        self.end(process)
        self.assert_healthy()

    def test_a_server_that_is_killed(self):
        process = self.server()
        with Kalon.connect() as kalon:
            call = kalon.start("order_vectors", progress=True, **self.endless())
            self.wait_until(lambda: call.progress)
            process.kill()
            with self.assertRaisesRegex(Disconnected, "closed the connection"):
                call.result()
