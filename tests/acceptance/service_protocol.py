"""`kalon serve` by hand: every rule of the protocol, and clients that break them."""
import json
import os
import random
import select
import subprocess

import pictures
from service_case import (CANCELLED, FOREVER, INVALID_PARAMS, INVALID_REQUEST, LARGEST_MESSAGE, LIMIT_EXCEEDED,
                          METHOD_NOT_FOUND, NOT_FOUND, PARSE_ERROR, ServiceCase, line, notification, request)
from world import DONE, KALON, PATIENCE, SOME_FAILED
from kalon import to_uri  # service_case knows where it is


class Protocol(ServiceCase):
    def test_what_is_no_request(self):
        source = random.Random(5)
        deep = lambda levels: b'{"jsonrpc":"2.0","id":1,"method":"engine","params":' + b'{"a":' * levels + b"1" + b"}" * levels + b"}"
        for text, code in [(b"{", PARSE_ERROR), (b"kalon", PARSE_ERROR), (b'{"jsonrpc":"2.0",}', PARSE_ERROR),
                           (b'{"jsonrpc":"2.0","id":1e999,"method":"engine"}', PARSE_ERROR), (b'"\xff\xfe"', PARSE_ERROR),
                           (b'{"jsonrpc":"2.0","id":1,"method":"engine"} {}', PARSE_ERROR), (b"\0", PARSE_ERROR),
                           (b'["\\ud800"]', PARSE_ERROR), (b"[" * 1_000_000, INVALID_REQUEST), (deep(100), INVALID_REQUEST),
                           (b"[]", INVALID_REQUEST), (b"1", INVALID_REQUEST), (b"null", INVALID_REQUEST), (b'"list"', INVALID_REQUEST),
                           (b"{}", INVALID_REQUEST), (b'{"id":{},"jsonrpc":"2.0","method":"engine"}', INVALID_REQUEST),
                           (b'{"id":[1],"jsonrpc":"2.0","method":"engine"}', INVALID_REQUEST),
                           (b'{"id":true,"jsonrpc":"2.0","method":"engine"}', INVALID_REQUEST),
                           (line(request("x" * 5000, "engine")), INVALID_REQUEST),
                           (bytes(source.choice([n for n in range(256) if n not in b"\n {[\""]) for _ in range(5000)), PARSE_ERROR)]:
            self.assert_fault(self.answers(text, request(7, "engine"))[0], code)
        for change in ({"jsonrpc": "1.0"}, {"jsonrpc": 2.0}, {"jsonrpc": None}, {"method": 5}, {"method": None}):
            wrong = {name: value for name, value in {**request(3, "engine"), **change}.items() if value is not None}
            self.assert_fault(self.answer(wrong), INVALID_REQUEST, 3)
        # A bracket in a string is no level.
        self.assert_fault(self.answer(request(1, "[" * 500)), METHOD_NOT_FOUND, 1)
        self.assertIn("result", self.answer(request("\u00e9\n\"" * 100, "engine")))

    def test_requests_that_cannot_be_meant(self):
        self.assert_fault(self.answer(request(1, "frobnicate")), METHOD_NOT_FOUND, 1, "frobnicate")
        self.assert_fault(self.answer(request(1, "Engine" * 10000)), METHOD_NOT_FOUND, 1)
        for params in ([], [1], 5, "x", None, True):
            self.assert_fault(self.answer({**request(2, "list"), "params": params}), INVALID_PARAMS, 2)
        for option in ({"$nonsense": 1}, {"$rows": "all"}, {"$rows": True}, {"$progress": 1}, {"$progress": "yes"}, {"$": 1}):
            self.assert_fault(self.answer(request(3, "list", **option)), INVALID_PARAMS, 3, next(iter(option)))
        self.index(self.folder("empty"))
        for params in ({"limit": "3"}, {"limit": -1}, {"limit": 1e300}, {"paths": 5}, {"paths": [5]}, {"paths": ["relative"]},
                       {"where": {}}, {"where": "("}, {"count": 1}, {"nonsense": 1}, {"": 1}):
            answer = self.answer(request(4, "list", **params))
            self.assert_fault(answer, INVALID_PARAMS, 4)
            self.assertEqual(answer["error"]["data"]["status"], "invalid_argument")
        for params in ({}, {"id": {}}, {"id": []}, {"id": 1, "more": 1}):
            self.assert_fault(self.answer(request(5, "cancel", **params)), INVALID_PARAMS, 5)
        self.assert_fault(self.answer(request(6, "engine", nonsense=1)), INVALID_PARAMS, 6)

    def test_ids_come_back(self):
        ids = [0, -1, 2**53 + 1, 2**64 - 1, -2**63, 1.5, "", "1", "\0\x1b\u2028\u00e9", "x" * 1000]
        answers = self.answers(*(request(number, "engine") for number in ids))
        self.assertEqual([(type(one["id"]), one["id"]) for one in answers], [(type(number), number) for number in ids])
        # Or are refused, when they could not come back as they were.
        for number in (10**25 + 1, 2**64 + 1, -2**63 - 1, "x" * 1001):
            self.assert_fault(self.answer(request(number, "engine")), INVALID_REQUEST)

    def test_engine(self):
        result = self.answer({"jsonrpc": "2.0", "id": "e", "method": "engine"})["result"]
        self.assertEqual(self.kalon("--version").text, f"kalon {result['version']}\n")
        self.assertEqual(result["protocol"], 1)
        self.assertEqual(len(set(result["methods"])), len(result["methods"]))
        self.assertLessEqual({"index", "list", "similar", "sort", "undo"}, set(result["methods"]))

    def test_large_messages(self):
        large = request(1, "list", where="x" * LARGEST_MESSAGE)
        first, second = self.answers(large, request(2, "engine"))
        self.assert_fault(first, INVALID_REQUEST, None, str(LARGEST_MESSAGE))
        self.assertEqual(second["id"], 2)
        self.assert_fault(self.answer(b"x" * (3 * LARGEST_MESSAGE)), INVALID_REQUEST)
        exact = line(request(1, "engine", a=""))
        exact = exact.replace(b'""', b'"' + b"x" * (LARGEST_MESSAGE - len(exact) + 1) + b'"')
        self.assertEqual(len(exact), LARGEST_MESSAGE + 1)
        self.assert_fault(self.answer(exact.rstrip()), INVALID_PARAMS, 1)

    def test_rows_that_are_more_than_a_message_holds(self):
        name = pictures.save(pictures.picture(1), os.path.join(self.pictures, "one.png"))
        self.index()
        wanted = [to_uri(name)] * 40000
        answer = self.answer(request(1, "info", paths=wanted))
        self.assert_fault(answer, LIMIT_EXCEEDED, 1, "stream")
        self.assertEqual(answer["error"]["data"]["status"], "limit_exceeded")
        *pieces, last = self.answers(request(1, "info", paths=wanted, **{"$rows": "stream"}))
        self.assertEqual({(piece["method"], piece["params"]["id"]) for piece in pieces}, {("rows", 1)})
        self.assertEqual(sum(len(piece["params"]["rows"]) for piece in pieces), len(wanted))
        self.assertEqual(last["result"], {"status": "ok", "summary": {"missing": 0}})
        self.assertLess(max(len(line(piece)) for piece in pieces), LARGEST_MESSAGE / 16)
        few = self.answer(request(1, "info", paths=wanted[:3], **{"$rows": "collect"}))["result"]
        self.assertEqual(few["rows"], pieces[0]["params"]["rows"][:3])

    def test_a_client_that_does_not_read_lets_the_method_wait(self):
        name = pictures.save(pictures.picture(1), os.path.join(self.pictures, "one.png"))
        self.index()
        process = self.server("--stdio", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        process.stdin.write(line(request(1, "info", paths=[to_uri(name)])))
        process.stdin.flush()
        process.stdout.readline()
        process.stdin.write(line(request(2, "info", paths=[to_uri(name)] * 100000, **{"$rows": "stream"})))
        process.stdin.flush()
        select.select([process.stdout], [], [], PATIENCE)
        self.wait_until_idle(process)
        process.stdin.write(line(request(3, "cancel", id=2)))
        process.stdin.close()
        waiting = process.stdout.read()
        answers = {message["id"]: message for message in map(json.loads, waiting.splitlines()) if "id" in message}
        # Of some 50 MB of rows.
        self.assertLess(len(waiting), 4 << 20)
        self.assert_fault(answers[2], CANCELLED, 2)
        self.assertEqual((answers[3]["result"], process.wait(PATIENCE)), ({"cancelled": True}, DONE))

    def test_a_client_that_does_not_read_lets_its_requests_wait(self):
        name = pictures.save(pictures.picture(1), os.path.join(self.pictures, "one.png"))
        self.index()
        process = self.server("--stdio", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        large = [to_uri(name)] * 4000  # some 2 MB of rows
        for number in range(40):
            process.stdin.write(line(request(number, "info", paths=large)))
        process.stdin.flush()
        select.select([process.stdout], [], [], PATIENCE)
        self.wait_until_idle(process)
        process.stdin.write(line([request(f"cancel {number}", "cancel", id=number) for number in range(39, -1, -1)]))
        process.stdin.close()
        answers = [one for message in map(json.loads, process.stdout) for one in (message if isinstance(message, list) else [message])]
        self.assertEqual((len(answers), process.wait(PATIENCE)), (80, DONE))
        cancelled = [one["id"] for one in answers if one.get("error", {}).get("code") == CANCELLED]
        self.assertGreater(len(cancelled), 20)
        heard = {one["id"] for one in answers if one.get("result") == {"cancelled": True}}
        self.assertEqual(heard, {f"cancel {number}" for number in cancelled})

    def server(self, *arguments, **popen):
        process = subprocess.Popen([KALON, "serve", *arguments], stderr=subprocess.PIPE, **popen)

        def end():
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout, process.stderr):
                if pipe:
                    pipe.close()

        self.addCleanup(end)
        return process

    def test_notifications(self):
        self.assertEqual(self.answers(notification("engine"), notification("frobnicate"), notification("list", nonsense=1),
                                      notification("list", **{"$rows": "nonsense"}), {**notification("list"), "params": []},
                                      notification("cancel", id=5), notification("cancel"), b"", b"  \r", b"\t"), [])
        # They are done all the same.
        shots = self.some_pictures()
        self.index(code=SOME_FAILED)
        self.assertEqual(self.answers(notification("exclude", paths=[to_uri(shots[1])], **{"$progress": True, "$rows": "stream"})), [])
        self.assertEqual(len(self.list("--where", "excluded = true")), 1)
        # An id that is null is an id.
        self.assertEqual(self.answer({**request(1, "engine"), "id": None})["id"], None)

    def test_batches(self):
        batch = [request(1, "engine"), notification("engine"), request("two", "frobnicate"), 5, request(None, "plugins"),
                 {"id": 3}, request(2.5, "plugins", **{"$rows": "stream"})]
        *rows, answer = self.answers(batch)
        self.assertEqual({(row["method"], row["params"]["id"]) for row in rows}, {("rows", 2.5)})
        self.assertIsInstance(answer, list)
        self.assertEqual(len(answer), 6)
        by_id = {one["id"]: one for one in answer if one["id"] is not None}
        self.assertEqual(set(by_id), {1, "two", 3, 2.5})
        self.assert_fault(by_id["two"], METHOD_NOT_FOUND, "two")
        self.assert_fault(by_id[3], INVALID_REQUEST, 3)
        self.assertEqual(sorted("error" in one for one in answer if one["id"] is None), [False, True])
        self.assertEqual(self.answers([notification("engine")] * 3), [])
        self.assertEqual(len(self.answer([request(n, "engine") for n in range(1000)])), 1000)
        self.assert_fault(self.answer([request(n, "engine") for n in range(1001)]), INVALID_REQUEST)
        self.assertEqual([one["error"]["code"] for one in self.answer([1, 2, [request(1, "engine")]])], [INVALID_REQUEST] * 3)
        # A batch may cancel its own.
        answer = self.answer([request(n, "order_vectors", vectors=self.endless()["vectors"], seconds=FOREVER) for n in range(6)] +
                             [request(f"cancel {n}", "cancel", id=n) for n in range(6)])
        self.assertEqual([one["error"]["code"] for one in answer if isinstance(one["id"], int)], [CANCELLED] * 6)
        self.assertEqual([one["result"] for one in answer if isinstance(one["id"], str)], [{"cancelled": True}] * 6)

    def test_two_requests_of_one_id(self):
        endless = {"vectors": self.endless()["vectors"], "seconds": FOREVER}
        first, second, third = self.answers(request(1, "order_vectors", **endless), request(1, "plugins"),
                                            request(2, "cancel", id=1))
        self.assert_fault(first, INVALID_REQUEST, 1, "at work")
        self.assertEqual({second["id"], third["id"]}, {1, 2})
        for one in (second, third):
            if one["id"] == 1:
                self.assert_fault(one, CANCELLED, 1)
            else:
                self.assertEqual(one["result"], {"cancelled": True})

    def test_cancel(self):
        endless = {"vectors": self.endless()["vectors"], "seconds": FOREVER}
        answers = self.answers(*(request(n, "order_vectors", **endless) for n in range(6)),
                               request("none", "cancel", id=77), request("text", "cancel", id="1"),
                               *(request(f"first {n}", "cancel", id=n) for n in range(5, -1, -1)))
        by_id = {one["id"]: one for one in answers}
        self.assertEqual(len(by_id), len(answers))
        for number in range(6):
            self.assert_fault(by_id[number], CANCELLED, number)
            self.assertEqual(by_id[number]["error"]["data"], {"status": "cancelled"})
            self.assertEqual(by_id[f"first {number}"]["result"], {"cancelled": True})
        for name in ("none", "text"):
            self.assertEqual(by_id[name]["result"], {"cancelled": False})

    def test_a_message_cut_anywhere(self):
        shots = self.some_pictures()
        self.index(code=SOME_FAILED)
        said = line(request("\u00e9", "info", paths=[to_uri(shots[0])])) + json.dumps(
            request(2, "list", where='name = "copy.jpg"'), ensure_ascii=False).encode() + b"\r\n" + line(request(3, "engine")).rstrip()
        whole = self.answers(said.rstrip())
        self.assertEqual({one["id"] for one in whole}, {"\u00e9", 2, 3})
        source = random.Random(3)
        for pieces in (1, 3, 9, len(said)):
            cuts = sorted(source.sample(range(1, len(said)), min(pieces, len(said) - 1)))
            process = self.server("--stdio", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            for begin, end in zip([0, *cuts], [*cuts, None]):
                os.write(process.stdin.fileno(), said[begin:end])
            process.stdin.close()
            answers = [json.loads(one) for one in process.stdout]
            key = lambda one: str(one["id"])
            self.assertEqual(sorted(answers, key=key), sorted(whole, key=key))
            self.assertEqual(process.wait(PATIENCE), DONE)
        # Ended in mid-message: what is whole is answered, and the rest is told of.
        for end in (1, len(said) // 3, len(said) - 2):
            answers = self.answers(said[:end])
            whole = ["\u00e9", "2"][:said.count(b"\n", 0, end)]
            self.assertEqual({key(one) for one in answers if "result" in one}, set(whole))
            self.assertEqual([(one["id"], one["error"]["code"]) for one in answers if "error" in one], [(None, PARSE_ERROR)])

    def test_garbage(self):
        source = random.Random(11)
        template = line(request(1, "list", where="rating >= 4", paths=["file:///a"]))
        messages = [bytes(source.randrange(256) for _ in range(source.randrange(2000))) for _ in range(40)]
        for _ in range(400):
            message = bytearray(template)
            for _ in range(source.randrange(1, 4)):
                message[source.randrange(len(message))] = source.choice(b'"{}[],:\\0129eE-.\x00\xff\x80 \nu$')
            messages.append(bytes(message))
        *answers, last = self.answers(*messages, request("end", "engine"))
        self.assertGreater(len(answers), 400)
        known = {PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS, NOT_FOUND}
        for one in [*answers, last]:
            self.assertEqual(one["jsonrpc"], "2.0")
            self.assertIn(one["error"]["code"] if one["id"] != "end" else "result" in one, {*known, True})
        self.assertIn("end", [one["id"] for one in (*answers, last)])

    def test_without_a_library(self):
        missing = self.path("none")
        for method in ("list", "info", "undo", "exclude", "doctor"):
            answer = self.answer(request(1, method), library=missing)
            self.assert_fault(answer, NOT_FOUND, 1)
            self.assertEqual((answer["error"]["data"]["status"], answer["error"]["data"]["context"]), ("not_found", missing))
        self.assertGreater(len(self.answer(request(1, "models"), library=missing)["result"]["rows"]), 0)
        self.assertFalse(os.path.exists(missing))
        # An empty one.
        self.index(self.folder("empty"))
        self.assertEqual(self.answer(request(1, "list"))["result"], {"status": "ok", "summary": {"more": False}, "rows": []})
        self.assertIn("error", self.answer(request(1, "groups")))

    def test_standard_descriptors_that_are_closed(self):
        # Whatever is opened next gets their numbers, the library's files among them.
        shots = self.some_pictures()
        self.index(code=SOME_FAILED)
        for closed in ([0], [1], [0, 1, 2]):
            close = lambda: [os.close(number) for number in closed]
            process = self.start("serve", "--stdio", before=close, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.assertEqual(process.wait(PATIENCE), DONE, closed)
        close = lambda: [os.close(number) for number in (0, 1, 2)]
        for command in (["list"], ["exclude", shots[0], "nothing"], ["index", self.pictures]):
            self.start(*command, before=close).wait(PATIENCE)
        self.assert_healthy()

    def test_standard_output_goes_away(self):
        # Whether it is at work or idle, and though its input stays open.
        for messages in ([], [request(1, "order_vectors", vectors=self.endless()["vectors"], seconds=FOREVER)]):
            process = self.server("--stdio", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            process.stdin.write(b"".join(map(line, messages + [request(2, "engine")])))
            process.stdin.flush()
            process.stdout.readline()
            process.stdout.close()
            self.assertGreaterEqual(process.wait(PATIENCE), 0)
