"""Pictures a second of the plugin and of ONNX Runtime, f32, in the same run; no test, as the machine decides.

    speed.py --run onednn_run --plugin kalon-onednn.so --models FOLDER --model ID --onnxruntime PYTHON [--rounds N]

Each figure is the median over the rounds of one stream's rate by its own processor time, so that a busy neighbour does
not count; a stream is one thread. Two streams: the sum. The rounds of both sides alternate.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile

import numpy

SECONDS = 1.5

PEER = """
import sys, threading, time, numpy, onnxruntime
path, batch, streams, seconds, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5])
data = numpy.random.default_rng(1).normal(size=(batch, 3, size, size)).astype(numpy.float32)
def work():
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    run = lambda: session.run(["features"], {name: data})
    run()
    begin, done = time.thread_time(), 0
    while time.thread_time() - begin < seconds:
        run()
        done += batch
    print(done / (time.thread_time() - begin))
threads = [threading.Thread(target=work) for _ in range(streams)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


def rate(command, environment=None):
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return sum(float(line) for line in done.stdout.split())


def main():
    parser = argparse.ArgumentParser()
    for name in ("run", "plugin", "models", "model", "onnxruntime"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    arguments.models = os.path.abspath(arguments.models)
    manifest = json.loads((pathlib.Path(arguments.models) / f"{arguments.model}.json").read_text())
    onnx_path = pathlib.Path(arguments.models) / manifest["file"]
    size = manifest["input"]["width"]
    environment = {**os.environ, "KALON_MODEL_PATH": arguments.models}
    print(f"{arguments.model}: pictures a second (median of {arguments.rounds} rounds)")
    with tempfile.TemporaryDirectory() as folder:
        for batch in (1, manifest["preferred_batch"]):
            pixels = pathlib.Path(folder) / "pixels"
            pixels.write_bytes(numpy.random.default_rng(1).integers(0, 256, batch * size * size * 3, numpy.uint8).tobytes())
            for streams in (1, 2):
                ours, peer = [], []
                for _ in range(arguments.rounds):
                    ours.append(rate([arguments.run, arguments.plugin, arguments.model, str(pixels), "-", str(SECONDS), str(streams)],
                                     environment))
                    peer.append(rate([arguments.onnxruntime, "-c", PEER, str(onnx_path), str(batch), str(streams), str(SECONDS),
                                      str(size)]))
                a, b = statistics.median(ours), statistics.median(peer)
                print(f"  batch {batch}, streams {streams}: plugin {a:.0f}, ONNX Runtime {b:.0f}, ratio {a / b:.2f}")


if __name__ == "__main__":
    main()
