#!/usr/bin/python3
"""Packets that an engine should not send: each is answered with a status, and the worker lives on."""
import json
import os
import random
import unittest

from engine_end import Refused, Worker, file_uri, memory
from scripts import PLAIN, WithScripts

STATUSES = {"invalid_argument", "unsupported", "missing_feature", "limit_exceeded", "out_of_memory", "not_found", "io"}


class Requests(WithScripts):
    def assert_refused(self, worker, packet, *words, descriptors=(), status="invalid_argument"):
        with self.assertRaises(Refused) as caught:
            worker.ask(packet, descriptors)
        self.assertEqual(caught.exception.status, status, caught.exception.text)
        for word in words:
            self.assertIn(word, caught.exception.text)

    def test_packets_that_are_none(self):
        worker = self.started(PLAIN)
        for packet, word in ((b"\xff\xfe", "not JSON"), (b"{", "not JSON"), (b"[" * 60000, "not JSON"), (b"9" * 60000, ""),
                             (b"[]", "object"), (b"null", "object"), (b"{}", '"do"'), (b'{"do": 3}', '"do"'), (b"\0" * 100, "not JSON"),
                             (b'{"do": "run"} {"do": "run"}', "not JSON"), (b'{"do": "\xed\xa0\x80"}', "not JSON")):
            self.assert_refused(worker, packet, word)
        self.assert_refused(worker, b'{"do": "' + b"x" * 70000 + b'"}', "65536", status="limit_exceeded")
        for name in ("open", "read", "scale", "\\udc00", "x" * 60000, "__init__", "_run", "\\u0000"):
            self.assert_refused(worker, b'{"do": "%s"}' % name.encode(), "do not answer", status="unsupported")
        worker.send(b"")
        with self.assertRaises(Refused):
            worker.ask(b"")
        worker.receive()
        worker.run(worker.pictures(2))

    def test_hello(self):
        good = {"do": "hello", "protocol": 1, "plugin": "a", "kind": "model", "script": file_uri(self.script(PLAIN))}
        with Worker() as worker:
            for packet in ({"do": "models"}, {"do": "create", "model": 0}, {"do": "run", "count": 1, "wanted": [True]}):
                self.assert_refused(worker, packet, "first request must be hello")
            self.assert_refused(worker, good, "control memory")
            descriptor, _ = memory(64)
            for change, word, status in (({"protocol": 2}, "the engine 2", "missing_feature"), ({"protocol": None}, "None", "missing_feature"),
                                         ({"kind": "decoder"}, "kind", "invalid_argument"), ({"script": 3}, "script", "invalid_argument")):
                self.assert_refused(worker, {**good, **change}, word, status=status, descriptors=[descriptor])
            small, _ = memory(8)
            for wrong in (small, os.open(os.devnull, os.O_RDONLY), os.open(self.folder, os.O_RDONLY)):
                self.assert_refused(worker, good, "control memory", descriptors=[wrong])
            worker.ask(good, [descriptor])
            self.assert_refused(worker, good, "hello came before", descriptors=[descriptor])
        for uri in ("", "model.py", "http://host/model.py", "file://other/model.py", "file:model.py", "file:///a%00b", "file:///a?b", "file://[", "file:///\udc80.py"):
            with Worker() as worker:
                self.assert_refused(worker, {**good, "script": uri}, "file:// URI", descriptors=[descriptor])

    def test_memory(self):
        worker = self.started(PLAIN)
        descriptor, _ = memory(4096)
        good = {"do": "memory", "which": "input", "bytes": 4096}
        for change in ({"which": "both"}, {"which": None}, {"which": ["input"]}, {"bytes": 4097}, {"bytes": 0}, {"bytes": -1}, {"bytes": "4096"},
                       {"bytes": 1.5}, {"bytes": True}, {"bytes": 1 << 60}, {"bytes": 10 ** 400}):
            self.assert_refused(worker, {**good, **change}, descriptors=[descriptor])
        self.assert_refused(worker, good, "descriptor")
        self.assert_refused(worker, good, "more than one", descriptors=[descriptor] * 2)
        self.assert_refused(worker, good, "more than one", descriptors=[descriptor] * 50)
        read_only = os.open(f"/proc/self/fd/{descriptor}", os.O_RDONLY)
        self.assert_refused(worker, {**good, "which": "output"}, "cannot be mapped", descriptors=[read_only], status="out_of_memory")
        # Memory that was refused is not there, and what follows says so.
        worker.share("output", 8)
        self.assert_refused(worker, {"do": "run", "count": 1, "wanted": [True]}, "input memory")
        worker.run(worker.pictures(3))
        self.assertLess(len(os.listdir(f"/proc/{worker.process}/fd")), 20)

    def test_create_and_run(self):
        with Worker() as worker:
            worker.hello(self.script(PLAIN))
            self.assert_refused(worker, {"do": "run", "count": 1, "wanted": [True]}, "before create")
            for number in (1, -1, None, "0", True, 0.0):
                self.assert_refused(worker, {"do": "create", "model": number}, '"model"')
            # describe() is not asked for first by everyone.
            worker.ask({"do": "create", "model": 0})
            worker.about = worker.ask({"do": "models"})["models"][0]
            good = {"do": "run", "count": 1, "wanted": [True]}
            self.assert_refused(worker, good, "output memory")
            worker.share("output", 15)
            self.assert_refused(worker, good, "24 bytes")
            worker.share("input", 23)
            self.assert_refused(worker, good, "24 bytes")
            worker.share("input", 50)
            for change, word in (({"count": 2}, "output memory"), ({"count": 4096}, "output memory"), ({"count": -1}, '"count"'), ({"count": 4097}, '"count"'),
                                 ({"count": 1.0}, '"count"'), ({"count": None}, '"count"'), ({"wanted": []}, "wanted"), ({"wanted": [1]}, "wanted"),
                                 ({"wanted": True}, "wanted"), ({"wanted": [True, True]}, "wanted"), ({"wanted": None}, "wanted")):
                self.assert_refused(worker, {**good, **change}, word)
            self.assertEqual(worker.ask(good), {"statuses": ["ok"]})

    def test_requests_that_wait_are_answered_in_their_order(self):
        worker = self.started(PLAIN)
        for name in ("models", "nonsense", "models"):
            worker.send({"do": name})
        self.assertEqual(["models" in worker.receive() for _ in range(3)], [True, False, True])

    def test_the_longest_answers_fit_into_a_packet(self):
        outputs = [{"name": '"' * 124 + f"{number:04}", "dimension": 1} for number in range(64)]
        about = {"input": 1, "outputs": outputs, **{name: '"' * 4096 for name in ("name", "summary", "licence")}}
        text = (f"import numpy\nclass Model:\n    @staticmethod\n    def describe():\n        return {about!r}\n    def embed(self, pictures):\n"
                "        return {output['name']: numpy.full((len(pictures), 1), numpy.nan) for output in self.describe()['outputs']}\n")
        worker = self.started(text)
        self.assertEqual([output["name"] for output in worker.about["outputs"]], [output["name"] for output in outputs])
        statuses, text, _ = worker.run_all(worker.pictures(4096))
        self.assertEqual(statuses, ["internal"] * 4096)

    def test_random_changes_of_good_packets(self):
        worker = self.started(PLAIN)
        worker.run(worker.pictures(2))
        chance = random.Random(7)
        good = [json.dumps(packet).encode() for packet in ({"do": "run", "count": 2, "wanted": [True]}, {"do": "create", "model": 0},
                {"do": "memory", "which": "input", "bytes": 4096}, {"do": "models"}, {"do": "hello", "protocol": 1, "kind": "model", "script": "file:///"})]
        refused = 0
        for _ in range(3000):
            packet = bytearray(chance.choice(good))
            for _ in range(chance.randint(1, 4)):
                at = chance.randrange(len(packet))
                packet[at: at + chance.choice((0, 1, 1, 8))] = chance.choice((b"", b"9", b'"', b"{", b"-", b"1e999", bytes([chance.randrange(256)])))
                packet = packet or bytearray(b"x")
            descriptors = [memory(chance.choice((64, 4096)))[0]] if chance.random() < 0.1 else []
            try:
                worker.ask(bytes(packet), descriptors)
            except Refused as error:
                self.assertIn(error.status, STATUSES, (packet, error.text))
                refused += 1
            for descriptor in descriptors:
                os.close(descriptor)
        self.assertGreater(refused, 1000)
        worker.ask({"do": "create", "model": 0})
        worker.share("input", 48)
        worker.run(worker.pictures(2))
        self.assertLess(len(os.listdir(f"/proc/{worker.process}/fd")), 20)


if __name__ == "__main__":
    unittest.main(verbosity=2)
