"""The engine's end of kalon.worker/1, written from sdk/docs/worker-protocol.md alone: starts a worker and asks it."""
import fcntl
import json
import mmap
import os
import pathlib
import select
import signal
import socket
import sys
import time

import numpy

SOURCE = pathlib.Path(__file__).resolve().parents[3]
WORKER = SOURCE / "plugins/models/python/worker.py"
EXAMPLES = SOURCE / "plugins/models/python/examples"
PATIENCE = 60  # seconds for anything that must happen; never reached unless it does not

_SAMPLES = {"u8": numpy.uint8, "f32": numpy.float32}


class Refused(Exception):
    """An answer with a status."""

    def __init__(self, answer):
        super().__init__(f"{answer['status']}: {answer.get('text')}")
        self.status, self.text = answer["status"], answer.get("text")


class Gone(Exception):
    """The worker closed the socket instead of answering."""


def file_uri(path):
    return "file://" + "".join(chr(byte) if chr(byte).isascii() and chr(byte).isalnum() or byte in b"/._-" else f"%{byte:02X}"
                               for byte in os.fsencode(path))


def memory(size):
    """Anonymous memory of a size that nobody can change: its descriptor and what is mapped."""
    descriptor = os.memfd_create("kalon test", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(descriptor, size)
    F_ADD_SEALS, SEAL, SHRINK, GROW = 1033, 1, 2, 4  # fcntl.h; Python has no names for them
    fcntl.fcntl(descriptor, F_ADD_SEALS, SEAL | SHRINK | GROW)
    return descriptor, mmap.mmap(descriptor, size)


class Worker:
    """A worker process. Used with `with`; whatever it does, it is gone afterwards."""

    def __init__(self, python=sys.executable, environment=None, stdio_open=True):
        self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(PATIENCE)
        self._log, writing = os.pipe()
        self._said = b""
        self.log_lines = []
        nothing = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        # The socket last: what is 3 here may be one of the others.
        actions = [(os.POSIX_SPAWN_DUP2, nothing, 0), (os.POSIX_SPAWN_DUP2, writing, 1), (os.POSIX_SPAWN_DUP2, writing, 2),
                   (os.POSIX_SPAWN_DUP2, theirs.fileno(), 3)]
        if not stdio_open:
            actions[:3] = [(os.POSIX_SPAWN_CLOSE, number) for number in range(3)]
        variables = {**os.environ, "OMP_NUM_THREADS": "1", **(environment or {})}
        self.process = os.posix_spawn(python, [python, "-B", str(WORKER)], variables, file_actions=actions, setpgroup=0)
        self._code = None
        theirs.close()
        for descriptor in (nothing, writing):
            os.close(descriptor)
        self.memories = {}
        self.about = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        try:
            os.killpg(self.process, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.end()
        os.close(self._log)

    # ---- packets

    def send(self, packet, descriptors=()):
        data = packet if isinstance(packet, bytes) else json.dumps(packet).encode()
        socket.send_fds(self.socket, [data], list(descriptors))

    def receive(self):
        while True:
            data, flags = self.socket.recvmsg(1 << 20)[0::2]
            assert not flags & socket.MSG_TRUNC and len(data) <= 65536, len(data)
            if not data:
                raise Gone(self.output())
            answer = json.loads(data)
            if "log" not in answer:
                return answer
            assert set(answer) == {"log", "text"}, answer
            self.log_lines.append((answer["log"], answer["text"]))

    def ask(self, packet, descriptors=()):
        """The answer of a success; Refused for another."""
        try:
            self.send(packet, descriptors)
            answer = self.receive()
        except ConnectionError:
            raise Gone(self.output()) from None
        if "status" in answer:
            raise Refused(answer)
        return answer

    # ---- requests

    def hello(self, script, **other):
        descriptor, self.control = memory(64)
        try:
            return self.ask({"do": "hello", "protocol": 1, "plugin": "a.test", "kind": "model", "script": file_uri(script), **other},
                            [descriptor])
        finally:
            os.close(descriptor)

    def start(self, script):
        """Everything before the first run."""
        self.hello(script)
        models = self.ask({"do": "models"})["models"]
        assert len(models) == 1, models
        self.about = models[0]
        self.ask({"do": "create", "model": 0})
        return self.about

    def share(self, which, size):
        descriptor, mapped = memory(size)
        try:
            self.ask({"do": "memory", "which": which, "bytes": size}, [descriptor])
        finally:
            os.close(descriptor)
        self.memories[which] = mapped
        return mapped

    def shape(self, count):
        width, height = self.about["input_width"], self.about["input_height"]
        return (count, 3, height, width) if self.about["input_layout"] == "nchw" else (count, height, width, 3)

    def pictures(self, count, seed=1):
        """Random ones, as the engine would make them of 8 bits."""
        values = numpy.random.default_rng(seed).integers(0, 256, self.shape(count), numpy.uint8)
        if self.about["input_sample"] == "u8":
            return values
        shape = (1, 3, 1, 1) if self.about["input_layout"] == "nchw" else (1, 1, 1, 3)
        mean, deviation = (numpy.array(self.about[name], numpy.float32).reshape(shape) for name in ("input_mean", "input_deviation"))
        return (values / numpy.float32(255) - mean) / deviation

    def run_all(self, pictures, wanted=None):
        """The statuses, the text, and each output (None: not wanted)."""
        count = len(pictures)
        assert pictures.dtype == _SAMPLES[self.about["input_sample"]] and pictures.shape == self.shape(count)
        outputs = self.about["outputs"]
        wanted = [True] * len(outputs) if wanted is None else wanted
        needed = sum(4 * count * output["dimension"] for output, is_wanted in zip(outputs, wanted) if is_wanted)
        for which, size in (("input", pictures.nbytes), ("output", needed)):
            if len(self.memories.get(which, b"")) < max(size, 1):
                self.share(which, max(size, 1))
        self.memories["input"][: pictures.nbytes] = pictures.tobytes()
        answer = self.ask({"do": "run", "count": count, "wanted": wanted})
        assert len(answer["statuses"]) == count, answer
        vectors, at = [], 0
        for output, is_wanted in zip(outputs, wanted):
            size = 4 * count * output["dimension"] * is_wanted
            vectors.append(numpy.frombuffer(self.memories["output"][at: at + size], numpy.float32).reshape(count, -1) if is_wanted else None)
            at += size
        return answer["statuses"], answer.get("text", ""), vectors

    def run(self, pictures):
        """The one output of pictures that are all well."""
        statuses, text, vectors = self.run_all(pictures)
        assert set(statuses) <= {"ok"}, text
        return vectors[0]

    # ---- the process

    def output(self):
        """What came on standard output and error so far."""
        while select.select([self._log], [], [], 0)[0]:
            piece = os.read(self._log, 1 << 16)
            if not piece:
                break
            self._said += piece
        return self._said.decode("utf-8", "replace")

    def wait_for_output(self, text):
        until = time.monotonic() + PATIENCE
        while text not in self.output() and time.monotonic() < until:
            time.sleep(0.01)
        return self._said.decode("utf-8", "replace")

    def end(self):
        """Waits until it is gone; its exit code, minus the signal when one ended it, or None when it is still there."""
        until = time.monotonic() + PATIENCE
        while self._code is None and time.monotonic() < until:
            process, status = os.waitpid(self.process, os.WNOHANG)
            if process:
                self._code = os.waitstatus_to_exitcode(status)
            else:
                time.sleep(0.005)
        return self._code
