"""The trained models as they are, through the plugin, against a peer on generated pictures.

    trained_models.py --peer torch|onnxruntime --run onednn_run --plugin kalon-onednn.so --models FOLDER

torch: python3-torch in double precision over the ONNX file (torch_walker.py), always there. onnxruntime: ONNX Runtime, of
this Python or the one that KALON_ONNXRUNTIME_PYTHON names, else put by pip into a folder that goes with the test. Exit code 77, with a line that says what is missing, when
there are no models or no peer: skipped, not passed.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import onnx_runtime

SKIPPED = 77
# The bound for f32, relative to the largest value of the output.
TOLERANCE = 1e-4
ALONE = 1e-5  # a picture alone, in a batch, and on another stream
PICTURES = 7  # batches of 4, 2 and 1

ONNXRUNTIME = """
import sys, numpy, onnxruntime
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
data = numpy.load(sys.argv[2])
results = session.run(sys.argv[4:], {session.get_inputs()[0].name: data})
numpy.savez(sys.argv[3], *results)
"""


def skip(reason):
    print("SKIPPED:", reason)
    sys.exit(SKIPPED)


def onnxruntime_python(folder):
    """A Python that has ONNX Runtime, and the environment in which it does; the runtime is put into folder where none has it."""
    for python in filter(None, [os.environ.get("KALON_ONNXRUNTIME_PYTHON"), sys.executable]):
        if subprocess.run([python, "-c", "import onnxruntime"], capture_output=True).returncode == 0:
            return python, dict(os.environ)
    if reason := onnx_runtime.install(folder):
        skip(reason)
    return sys.executable, dict(os.environ, PYTHONPATH=folder)


def pictures_of(width, height):
    """Smooth, striped, noisy and plain ones: uint8, N x H x W x 3."""
    numbers = numpy.random.default_rng(7)
    y, x = numpy.mgrid[0:height, 0:width] / max(width, height)
    pictures = []
    for index in range(PICTURES):
        if index == 0:
            picture = numpy.full((height, width, 3), 127.0)
        elif index % 4 == 0:
            picture = numbers.uniform(0, 255, (height, width, 3))
        else:
            waves = [numpy.sin(numbers.uniform(1, 40) * (x * numpy.cos(a) + y * numpy.sin(a)) + a) for a in numbers.uniform(0, 6, 9)]
            picture = 127 + 60 * numpy.stack([sum(waves[c::3]) for c in range(3)], 2)
        pictures.append(numpy.clip(picture, 0, 255).astype(numpy.uint8))
    return numpy.stack(pictures)


def normalised(pictures, entry):
    data = (pictures.astype(numpy.float64) - numpy.array(entry["mean"])) / numpy.array(entry["std"])
    if entry["layout"] == "nchw":
        data = data.transpose(0, 3, 1, 2)
    return numpy.ascontiguousarray(data.astype(numpy.float32))


def expected(peer, python, onnx_path, manifest, data, folder):
    tensors = [output["tensor"] for output in manifest["outputs"]]
    if peer == "torch":
        import onnx
        import torch_walker
        model = onnx.load(str(onnx_path))
        results = torch_walker.run(model, {manifest["input"]["tensor"]: data}, tensors)
        return [results[tensor] for tensor in tensors]
    numpy.save(folder / "data.npy", data)
    program, environment = python
    command = [program, "-c", ONNXRUNTIME, str(onnx_path), str(folder / "data.npy"), str(folder / "peer.npz"), *tensors]
    subprocess.run(command, check=True, env=environment)
    with numpy.load(folder / "peer.npz") as file:
        return [file[name] for name in file.files]


def ours(arguments, environment, manifest, pictures, folder, mode):
    (folder / "pixels").write_bytes(pictures.tobytes())
    subprocess.run([arguments.run, arguments.plugin, manifest["id"], str(folder / "pixels"), str(folder / "results"), mode],
                   check=True, env=environment)
    flat = numpy.fromfile(folder / "results", numpy.float32)
    described = subprocess.run([arguments.run, arguments.plugin, manifest["id"]], check=True, env=environment,
                               capture_output=True, text=True).stdout.splitlines()[1:]
    results, begin = [], 0
    for line in described:
        size = int(line.split()[-1])
        results.append(flat[begin:begin + len(pictures) * size].reshape(len(pictures), size))
        begin += len(pictures) * size
    assert begin == len(flat)
    return results


def check(what, error, bound):
    print(f"  {what}: {error:.2e} (at most {bound:.0e})")
    return bool(error <= bound)


def main():
    parser = argparse.ArgumentParser()
    for name in ("peer", "run", "plugin", "models"):
        parser.add_argument("--" + name, required=True)
    arguments = parser.parse_args()
    arguments.models = os.path.abspath(arguments.models)
    manifests = sorted(pathlib.Path(arguments.models).glob("*.json"))
    if not manifests:
        skip(f"there are no models in {arguments.models}; assets/models.sh fetches them")
    place = tempfile.TemporaryDirectory()
    python = onnxruntime_python(place.name) if arguments.peer == "onnxruntime" else None
    environment = {**os.environ, "KALON_MODEL_PATH": arguments.models}
    good = True
    for path in manifests:
        manifest = json.loads(path.read_text())
        onnx_path = path.parent / manifest["file"]
        pictures = pictures_of(manifest["input"]["width"], manifest["input"]["height"])
        print(manifest["id"])
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            wanted = expected(arguments.peer, python, onnx_path, manifest, normalised(pictures, manifest["input"]), folder)
            together, alone, two = (ours(arguments, environment, manifest, pictures, folder, mode)
                                    for mode in ("together", "alone", "two"))
        for index, output in enumerate(manifest["outputs"]):
            peer = wanted[index].reshape(len(pictures), -1)
            largest = numpy.abs(peer).max()
            assert largest > 0 and numpy.abs(peer[0] - peer[1]).max() > 1e-3 * largest, "the pictures must differ"
            good &= check(f"{output['name']} against {arguments.peer}", numpy.abs(together[index] - peer).max() / largest, TOLERANCE)
            for mode, results in (("alone", alone), ("on two streams", two)):
                good &= check(f"{output['name']} {mode} against together",
                              numpy.abs(results[index] - together[index]).max() / largest, ALONE)
            good &= check(f"{output['name']} against the stated tolerance", numpy.abs(together[index] - peer).max(), output["tolerance"])
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
