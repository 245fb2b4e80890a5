"""Fetches trained weights and turns them into models: NAME.onnx and NAME.json in the folder of models.

    fetch.py FOLDER NAME...

What each NAME is, is written in NAME.json beside this script: the package and its hash, and the hash that the ONNX file must have.
The package comes through pip, which only downloads; nothing of it is run. Its archive stays in FOLDER/packages, so that the models
can be made again without a network.

Exit codes: 0 all there, 1 something is wrong, 2 usage, 4 a package could not be had (the registry was not reached).
"""
import hashlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import zipfile
import zlib

try:
    import efficientnet_lite
    import torch_tensors
except ModuleNotFoundError as missing:
    sys.exit(f"models: Python's {missing.name} is missing; assets/setup.sh weights installs it")

HERE = os.path.dirname(os.path.abspath(__file__))
DONE, FAILED, USAGE, UNREACHED = 0, 1, 2, 4
MAX_TORCH_FILE = 256 << 20
# What pip says when the network, and nothing else, stood in the way.
UNREACHED_WORDS = re.compile(r"No matching distribution|Could not find a version|Connection|connection|Max retries|timed out|Timeout|ProxyError"
                             r"|SSLError|HTTP error|Temporary failure|Name or service")


class Failure(Exception):
    def __init__(self, message, code=FAILED):
        super().__init__(message)
        self.code = code


def known_models():
    return sorted(name.removesuffix(".json") for name in os.listdir(HERE) if name.endswith(".json"))


def read_file(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def xxh3_128(data):
    try:
        done = subprocess.run(["xxhsum", "-H128", "-"], input=data, capture_output=True, check=True)
    except FileNotFoundError:
        raise Failure("xxhsum is missing; assets/setup.sh weights installs it") from None
    except subprocess.CalledProcessError as error:
        raise Failure(f"xxhsum: {error.stderr.decode(errors='replace').strip()}") from None
    return done.stdout.decode().split()[0]


def write_file(path, data):
    """All of it or nothing; a reader never sees half a file."""
    handle, part = tempfile.mkstemp(prefix=f".{os.path.basename(path)}.", dir=os.path.dirname(path))
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(part, 0o666 & ~umask)
        os.replace(part, path)
    except OSError as error:  # a full disk names no file
        os.unlink(part)
        raise OSError(error.errno, error.strerror, path) from None
    except BaseException:
        os.unlink(part)
        raise


def downloaded(source):
    """The package's archive, checked against its hash by pip."""
    requirement = f"{source['package']}=={source['version']} --hash=sha256:{source['sha256']}\n"
    with tempfile.TemporaryDirectory() as scratch:
        wanted = os.path.join(scratch, "requirements.txt")
        with open(wanted, "w", encoding="utf-8") as file:
            file.write(requirement)
        # Without --only-binary pip would run the setup script of a source package to learn its name.
        command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "--no-color", "download", "--quiet", "--no-deps",
                   "--require-hashes", "--only-binary", ":all:", "--retries", "1", "--timeout", "15", "--progress-bar", "off",
                   "--dest", scratch, "--requirement", wanted]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", cwd=scratch, env={**os.environ, "LC_ALL": "C.UTF-8"})
        if done.returncode != 0:
            says = [line for line in done.stderr.splitlines() if line.strip()]
            if "No module named pip" in done.stderr:
                raise Failure("pip is missing; assets/setup.sh weights installs it")
            if "DO NOT MATCH THE HASHES" in done.stderr:
                raise Failure(f"the registry's {source['package']} {source['version']} is not the one whose hash is written down; it is not used")
            if UNREACHED_WORDS.search(done.stderr):
                raise Failure(f"{source['package']} {source['version']} could not be fetched: the package registry cannot be reached, or does "
                              "not have it; Kalon goes on with the descriptor, which needs no weights", UNREACHED)
            raise Failure(f"pip could not download {source['package']}: {says[-1] if says else f'exit code {done.returncode}'}")
        archives = [name for name in os.listdir(scratch) if name.endswith(".whl")]
        if len(archives) != 1:
            raise Failure(f"pip brought {len(archives)} archives of {source['package']} instead of one")
        return read_file(os.path.join(scratch, archives[0]))


def package_of(source, folder):
    """The package's archive: the one kept from before, or downloaded and kept."""
    path = os.path.join(folder, "packages", f"{source['package']}-{source['version']}.whl")
    data = read_file(path)
    if data is not None and hashlib.sha256(data).hexdigest() == source["sha256"]:
        return data
    data = downloaded(source)
    if hashlib.sha256(data).hexdigest() != source["sha256"]:
        raise Failure(f"{source['package']} {source['version']} does not have the hash that is written down; it is not used")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    write_file(path, data)
    return data


def torch_file_of(package):
    """The bytes of the one torch file in a package's archive; nothing is written, and no other member is looked into."""
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            found = [member for member in archive.infolist() if member.orig_filename.endswith(".pth")]
            if len(found) != 1:
                raise Failure(f"the package holds {len(found)} torch files instead of one")
            name, parts = found[0].orig_filename, found[0].orig_filename.split("/")
            if "\\" in name or "" in parts or ".." in parts or not name.isprintable():
                raise Failure(f"the package's member {name!r} has a name that leads elsewhere")
            if found[0].external_attr >> 28 not in (0, 8):
                raise Failure(f"the package's member {name!r} is not a plain file")
            if found[0].file_size > MAX_TORCH_FILE:
                raise Failure(f"the package's member {name!r} has {found[0].file_size} bytes; at most {MAX_TORCH_FILE} are read")
            with archive.open(found[0]) as file:
                data = file.read(MAX_TORCH_FILE + 1)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, EOFError, OSError) as error:
        raise Failure(f"the package's archive is broken: {str(error)[:200]}") from None
    if len(data) != found[0].file_size:
        raise Failure(f"the package's member {name!r} is not of the size it says")
    return data


def make(name, folder):
    """True when something was made, false when all was there."""
    manifest_text = read_file(os.path.join(HERE, f"{name}.json"))
    manifest = json.loads(manifest_text)
    model_path, manifest_path = os.path.join(folder, manifest["file"]), os.path.join(folder, f"{name}.json")
    model = read_file(model_path)
    if model is None or xxh3_128(model) != manifest["weights"]:
        package = package_of(manifest["source"], folder)
        try:
            model = efficientnet_lite.to_onnx(name, torch_tensors.read_tensors(torch_file_of(package)))
        except (torch_tensors.TorchFileError, efficientnet_lite.ArchitectureError) as error:
            raise Failure(f"the weights are refused: {error}") from None
        made = xxh3_128(model)
        if made != manifest["weights"]:
            raise Failure(f"the ONNX file came out as {made}, not as {manifest['weights']}, which {name}.json names; "
                          "a change of the converter needs the new hash there")
        write_file(model_path, model)
    elif read_file(manifest_path) == manifest_text:
        return False
    # The manifest comes last: where it lies, the model is whole.
    write_file(manifest_path, manifest_text)
    return True


def main(arguments):
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return USAGE
    folder, names = os.path.abspath(arguments[0]), arguments[1:]
    for name in names:
        if name not in known_models():
            print(f"models: there is no model {name}; known are {', '.join(known_models())}", file=sys.stderr)
            return USAGE
    worst = DONE
    for name in names:
        try:
            os.makedirs(folder, exist_ok=True)
            if make(name, folder):
                print(f"models: made {os.path.join(folder, name)}.onnx")
        except Failure as failure:
            print(f"models: {name}: {failure}", file=sys.stderr)
            worst = worst if worst == FAILED else failure.code
        except OSError as error:
            print(f"models: {name}: {error.filename}: {error.strerror}", file=sys.stderr)
            worst = FAILED
    return worst


def interrupted(*_):
    raise KeyboardInterrupt


if __name__ == "__main__":
    # However it is asked to end, half-written files go. What nohup ignores stays ignored.
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, interrupted)
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
