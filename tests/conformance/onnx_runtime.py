"""ONNX Runtime, a peer that is no package of Debian: pip puts it, by version and hash, into a folder that its user throws away."""
import subprocess
import sys
import tempfile

REQUIREMENT = "onnxruntime==1.16.3 --hash=sha256:3e253e572021563226a86f1c024f8f70cdae28f2fb1cc8c3a9221e8b1ce37db5\n"  # Python 3.11, x86-64


def install(folder):
    """Makes `import onnxruntime` work with folder on the path; what stood in the way, or ""."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as wanted:
        wanted.write(REQUIREMENT)
        wanted.flush()
        command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps", "--require-hashes",
                   "--only-binary", ":all:", "--retries", "0", "--timeout", "10", "--target", folder, "--requirement", wanted.name]
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode == 0:
        return ""
    return "ONNX Runtime cannot be had: " + (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
