#!/usr/bin/python3
"""The worker as a process: what a script prints, starts, closes and catches, and that it ends with the engine whatever it does."""
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time
import unittest

from engine_end import PATIENCE, WORKER, Worker
from scripts import PLAIN, WithScripts, model


class Process(WithScripts):
    def test_what_a_script_prints_goes_to_the_log(self):
        worker = self.started(model("""
            print("by print")
            sys.stdout.write("half a line")
            os.write(1, b"by the system\\n")
            sys.stderr.write("an error \\udcff\\n")
            os.system("echo by a child")
            assert sys.stdin.read() == ""
            return [[1, 2]] * len(pictures)
            """))
        self.assertEqual(worker.run(worker.pictures(1)).tolist(), [[1, 2]])
        said = worker.wait_for_output("by a child")
        for text in ("by print\n", "by the system\n", "an error \\udcff\n", "by a child\n"):
            self.assertIn(text, said)
        worker.socket.close()
        self.assertEqual(worker.end(), 0)
        self.assertIn("half a line", worker.output())

    def test_more_print_than_a_pipe_holds(self):
        # As the engine does, the test reads while it waits for the answer.
        worker = self.started(model("print('x' * 5_000_000)\nsys.stderr.write('y\\n' * 100_000)\nreturn [[1, 2]] * len(pictures)"))
        stop = threading.Event()
        reader = threading.Thread(target=lambda: [worker.output() for _ in iter(stop.is_set, True)])
        reader.start()
        try:
            self.assertEqual(worker.run(worker.pictures(1)).tolist(), [[1, 2]])
        finally:
            stop.set()
            reader.join()
        said = worker.wait_for_output("y\n" * 100_000)
        self.assertEqual((said.count("x"), said.count("y")), (5_000_000, 100_000))

    def test_no_standard_streams_at_all(self):
        worker = self.started(model("print('lost', file=sys.stderr)\nprint(sys.stdin.read())\nreturn [[1, 2]] * len(pictures)"), stdio_open=False)
        self.assertEqual(worker.run(worker.pictures(1)).tolist(), [[1, 2]])

    def test_it_ends_with_the_engine(self):
        with Worker() as worker:
            worker.socket.close()
            self.assertEqual(worker.end(), 0)
        worker = self.started(PLAIN)
        worker.run(worker.pictures(1))
        worker.socket.close()
        self.assertEqual(worker.end(), 0)

    def test_it_ends_with_the_engine_whatever_it_does(self):
        for hang in ("time.sleep(1000)", "while True: pass", "[signal.signal(n, signal.SIG_IGN) for n in (1, 2, 13, 15)]\nsignal.pause()",
                     "threading.Thread(target=time.sleep, args=(1000,)).start()\natexit.register(time.sleep, 1000)\nos.read(os.pipe()[0], 1)",
                     "try:\n    time.sleep(1000)\nfinally:\n    time.sleep(1000)"):
            with self.subTest(hang):
                worker = self.started(model("print('hanging')\n" + hang, above="import atexit, signal, threading"))
                worker.share("input", 24)
                worker.share("output", 8)
                worker.send({"do": "run", "count": 1, "wanted": [True]})
                self.assertIn("hanging", worker.wait_for_output("hanging"))
                worker.socket.close()
                self.assertIsNotNone(worker.end())
        worker = Worker()
        self.addCleanup(worker.__exit__)
        path = self.script("import time\nprint('loading')\ntime.sleep(1000)\n")
        with self.assertRaises(OSError):
            worker.socket.settimeout(0.0)
            worker.hello(path)
        worker.wait_for_output("loading")
        worker.socket.close()
        self.assertIsNotNone(worker.end())

    def test_threads_and_exit_handlers_do_not_keep_it(self):
        worker = self.started(PLAIN + "import atexit, threading, time\nthreading.Thread(target=time.sleep, args=(1000,)).start()\n"
                              "atexit.register(time.sleep, 1000)\n")
        worker.socket.close()
        self.assertEqual(worker.end(), 0)

    def test_the_end_of_the_process_is_no_answer(self):
        for end in ("os._exit(0)", "os.kill(os.getpid(), 9)", "import ctypes; ctypes.string_at(0)"):
            with self.subTest(end):
                self.assert_gone(self.started(model(end)))

    def test_a_crash_says_where(self):
        worker = self.started(model("import ctypes\nctypes.string_at(0)"))
        self.assert_gone(worker)
        self.assertEqual(worker.end(), -signal.SIGSEGV)
        self.assertRegex(worker.output(), r'model\.py", line 9 in embed')

    def test_writing_into_pictures_behind_the_back_of_numpy_changes_only_that_call(self):
        # As torch does in place. The batch that raises after it is repeated with what the engine sent.
        worker = self.started(model("""
            first = pictures.reshape(len(pictures), -1)[:, :2].copy()
            ctypes.memset(pictures.ctypes.data, 7, pictures.nbytes)
            assert (pictures == 7).all()
            if len(pictures) == 3:
                raise RuntimeError
            return first
            """, above="import ctypes"))
        for count in (1, 3, 2):
            pictures = worker.pictures(count, seed=count)
            self.assertTrue((worker.run(pictures) == pictures.reshape(count, -1)[:, :2]).all())
            self.assertEqual(worker.memories["input"][:pictures.nbytes], pictures.tobytes())

    def test_interrupts_of_the_terminal_are_not_meant_for_it(self):
        worker = self.started(PLAIN)
        os.kill(worker.process, signal.SIGINT)
        worker.run(worker.pictures(1))

    def test_forked_children(self):
        for child in ("os._exit(0)", "pass", "raise RuntimeError", "time.sleep(1000)"):
            with self.subTest(child):
                worker = self.started(model(f"if os.fork() == 0:\n    {child}\nreturn [[1, 2]] * len(pictures)"))
                for _ in range(2):
                    self.assertEqual(worker.run(worker.pictures(2)).tolist(), [[1, 2]] * 2)
                # The child that lives on does not keep the socket open.
                os.kill(worker.process, signal.SIGKILL)
                self.assertEqual(worker.socket.recv(10), b"")
        for way in ("fork", "spawn"):
            with self.subTest(way):
                worker = self.started(model("with multiprocessing.get_context(%r).Pool(1) as pool:\n    return pool.map(pair, [1] * len(pictures))" % way,
                                            above="import multiprocessing\ndef pair(x):\n    return [x, 2]"))
                self.assertEqual(worker.run(worker.pictures(2)).tolist(), [[1, 2]] * 2)

    def test_children_end_with_the_engine(self):
        def is_there(process):
            try:
                return pathlib.Path(f"/proc/{process}/stat").read_bytes().rpartition(b")")[2].split()[0] != b"Z"
            except OSError:
                return False
        for after in ("return [[1, 2]] * len(pictures)", "time.sleep(1000)"):
            worker = self.started(model(f"""
                child = os.fork()
                if child == 0:
                    time.sleep(1000)
                print("child", child, "is there")
                {after}
                """))
            for which in ("input", "output"):
                worker.share(which, 24)
            worker.send({"do": "run", "count": 1, "wanted": [True]})
            child = int(re.search("child ([0-9]+) is", worker.wait_for_output("is there"))[1])
            self.assertTrue(is_there(child))
            worker.socket.close()
            worker.end()
            until = time.monotonic() + PATIENCE
            while is_there(child) and time.monotonic() < until:
                time.sleep(0.01)
            self.assertFalse(is_there(child))

    def test_signals_that_a_script_takes_for_itself(self):
        handler = "def handler(*_):\n    raise RuntimeError('out of time')\nsignal.signal(signal.SIGALRM, handler)"
        worker = self.started(model("signal.setitimer(signal.ITIMER_REAL, 0.05)\ntime.sleep(1000)", above="import signal\n" + handler))
        self.assertIn("RuntimeError: out of time (model.py:4 in handler", self.failure(worker))
        # One that strikes between two calls ends the process, and that says why.
        worker = self.started(model("signal.setitimer(signal.ITIMER_REAL, 0.2)\nreturn [[1, 2]] * len(pictures)", above="import signal\n" + handler))
        worker.run(worker.pictures(1))
        self.assertEqual(worker.end(), 1)
        self.assertIn("RuntimeError: out of time", worker.output())

    def test_descriptors_closed_by_the_script(self):
        worker = self.started(model("os.closerange(0, 100)\nreturn [[1, 2]] * len(pictures)"))
        self.assertEqual(worker.run(worker.pictures(1)).tolist(), [[1, 2]])
        worker = self.started(model("os.closerange(3, 5000)\nreturn [[1, 2]] * len(pictures)"))
        self.assert_gone(worker)
        self.assertEqual(worker.end(), 1)
        self.assertIn("Bad file descriptor", worker.output())

    def test_nothing_is_inherited_by_what_the_script_starts(self):
        worker = self.started(model("""
            import subprocess
            listed = subprocess.run(["ls", "-l", "/proc/self/fd"], stdout=subprocess.PIPE, close_fds=False, text=True).stdout
            return [["/dev/null" in listed, "socket:" in listed or "memfd:" in listed]] * len(pictures)
            """))
        self.assertEqual(worker.run(worker.pictures(1)).tolist(), [[1, 0]])

    def test_run_by_hand(self):
        done = subprocess.run([sys.executable, "-B", str(WORKER)], stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"started by Kalon", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
