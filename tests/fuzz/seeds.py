"""Writes sound files for the fuzzers to spoil: seeds.py FOLDER. Made by Pillow, NumPy, the schema's compiler and onnx."""
import io
import json
import struct
import subprocess
import sys
from pathlib import Path

import numpy
from onnx import TensorProto, helper, numpy_helper
from PIL import Image, ImageCms, PngImagePlugin

folder = Path(sys.argv[1])
picture = Image.fromarray(numpy.add.outer(numpy.arange(24), numpy.arange(32) * 3).astype("uint8")).convert("RGB")
profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

exif = Image.Exif()
exif[0x010F], exif[0x0110], exif[0x0112], exif[0x0132] = "Maker", "Maker Model 7", 6, "2023:05:14 10:22:33"
exif[0x4746], exif[0x9C9E] = 4, "a;b".encode("utf-16-le")
details = exif.get_ifd(0x8769)
details[0x9003], details[0x9291], details[0x9011] = "2023:05:14 10:22:33", "12", "+02:00"
details[0x829A], details[0x829D], details[0x8827], details[0x920A] = (1, 250), (28, 10), 400, (50, 1)
details[0xA434] = "Lens 50mm"
details[0x9286] = b"UNICODE\0" + "a comment".encode("utf-16-le")
place = exif.get_ifd(0x8825)
place[1], place[2], place[3], place[4] = "N", (52.0, 31.0, 12.5), "E", (13.0, 24.0, 18.0)
block = exif.tobytes()

xmp = b"""<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:lr="http://ns.adobe.com/lightroom/1.0/"
xmp:Rating="4" xmp:Label="Red" xmp:CreateDate="2023-05-14T10:22:33.12+02:00" exif:FNumber="28/10"><dc:subject><rdf:Bag><rdf:li>a</rdf:li>
<rdf:li>b &amp; c</rdf:li></rdf:Bag></dc:subject><dc:title><rdf:Alt><rdf:li xml:lang="x-default">Title</rdf:li></rdf:Alt></dc:title>
<lr:hierarchicalSubject><rdf:Bag><rdf:li>x|y</rdf:li></rdf:Bag></lr:hierarchicalSubject></rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


def saved(**options):
    stream = io.BytesIO()
    picture.save(stream, **options)
    return stream.getvalue()


jpeg = saved(format="JPEG", quality=80, exif=block, icc_profile=profile, comment=b"made here")
app1 = b"http://ns.adobe.com/xap/1.0/\0" + xmp
jpeg = jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(app1) + 2) + app1 + jpeg[2:]
(folder / "full.jpg").write_bytes(jpeg)
(folder / "plain.jpg").write_bytes(saved(format="JPEG", quality=85))
(folder / "progressive.jpg").write_bytes(saved(format="JPEG", progressive=True, quality=60))
(folder / "restart.jpg").write_bytes(saved(format="JPEG", quality=85)[:-2] + b"\xff\xd0\xff\xd9")

text = PngImagePlugin.PngInfo()
text.add_text("parameters", "a lake\nNegative prompt: people\nSteps: 20, Sampler: Euler, Seed: 7")
text.add_text("Comment", '{"prompt": "a tree", "seed": 3}', zip=True)
text.add_itxt("XML:com.adobe.xmp", xmp.decode())
(folder / "full.png").write_bytes(saved(format="PNG", pnginfo=text, exif=block, icc_profile=profile))
palette = io.BytesIO()
picture.convert("P").save(palette, "PNG", transparency=3)
(folder / "palette.png").write_bytes(palette.getvalue())
frames = io.BytesIO()
picture.save(frames, "PNG", save_all=True, append_images=[picture.rotate(90), picture.rotate(180)], duration=50)
(folder / "frames.png").write_bytes(frames.getvalue())

(folder / "block.exif").write_bytes(block[6:] if block.startswith(b"Exif\0\0") else block)
(folder / "packet.xmp").write_bytes(xmp)
(folder / "profile.icc").write_bytes(profile)
(folder / "grey.icc").write_bytes(ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes())

values = numpy.linspace(-1, 1, 60)
for name, table in {"single": values.astype("<f4").reshape(12, 5), "half": values.astype("<f2").reshape(5, 12),
                    "double": values.reshape(60, 1), "fortran": numpy.asfortranarray(values.reshape(4, 15).astype("<f4")),
                    "empty": numpy.zeros((0, 7), "<f4")}.items():
    numpy.save(folder / f"{name}.npy", table)
for version in ((2, 0), (3, 0)):
    with open(folder / f"version{version[0]}.npy", "wb") as file:
        numpy.lib.format.write_array(file, values.astype("<f4").reshape(6, 10), version=version)

# ---- texts

(folder / "camera.properties").write_text(
    "DateTimeOriginal=2023:05:14 10:22:33\nMake=A\nModel=A B\nLensModel=C\nRating=4\nFNumber=2.8\n"
    "text:parameters=a lake\\nNegative prompt: people\\nSteps: 20, Sampler: Euler a, Seed: 7, Size: 512x512\n"
    'text:Comment={"prompt": "x", "seed": 3, "uc": "y"}\n')
(folder / "quoted.csv").write_bytes(b'\xef\xbb\xbfpath,score,"a, b"\r\n/a/1.jpg,0.5,"x ""y"""\r\n/a/2.jpg,,"two\r\nlines"\r\n')
(folder / "semicolons.csv").write_text("id;score\n99aa06d3014798d86001c324468d497f;1e-3\nb;2\n")
(folder / "rows.jsonl").write_text(
    '{"path": "/a/1.jpg", "score": 0.5, "tags": ["a", {"b": null}], "text": "\\ud83d\\ude00"}\n{"path": "/a/2.jpg"}\n')
(folder / "votes.csv").write_text(
    'left,right,outcome,annotator,weight,time,duration,id\r\n"a, b",c,left,Ann,0.5,2023-01-02 03:04:05+01:00,1.25,7\r\n'
    "c,d,1,Ben,,1700000000,,8\r\nb,a,b,,,,,\r\n")
(folder / "votes.jsonl").write_text(
    '{"left":"a","right":3,"outcome":"tie","annotator":"Ann","weight":2.5,"placement_known":false}\n'
    '{"items":["a","b","c"],"ranks":[2,1,3],"criterion":"x","certainty":0.5}\n')
(folder / "comparisons.csv").write_text('Winner,Loser\r\n"a, b",c\r\nNone,d\r\n')
(folder / "exclusions.json").write_text('{"/a.jpg": "blurry", "\\u00e9": null}')
some_id = "0123456789abcdef0123456789abcdef"
of_all = {"id": some_id, "action": some_id, "time": 5, "writer": "00000000000000ff", "sequence": 0}
(folder / "events.jsonl").write_text("".join(json.dumps(line) + "\n" for line in [
    {"format": "kalon-events", "version": 1},
    {**of_all, "event": "vote", "pictures": [some_id, some_id[::-1]], "ranks": [1, 2], "outcome": "ranks",
     "placement_known": True, "annotator": "A", "criterion": "", "duration": 0, "session": ""},
    {**of_all, "event": "undo", "undoes": some_id}]))
(folder / "names.list").write_bytes(b"/a/1.jpg\nfile:///a/%FF.jpg\n99aa06d3014798d86001c324468d497f\n")
(folder / "decoder.manifest").write_text(
    '{"manifest":1,"id":"a.decoder","kind":"decoder","library":"p.so","abi":{"major":0,"minor":1},"version":"1","licence":"MIT",'
    '"summary":"s","concurrency":"parallel","capabilities":["scale"],"formats":[{"name":"jpeg","extensions":["jpg"],'
    '"magic":[{"offset":0,"hex":"ffd8ff"}],"extension_first":true}]}')
(folder / "model.manifest").write_text(
    '{"manifest":1,"id":"a.model","kind":"model","library":"p.so","abi":{"major":0,"minor":1},"version":"1","licence":"MIT",'
    '"summary":"s","concurrency":"serial_per_process","weights":{"m":"079a47eeb723337fbe9d139949566805"}}')
for number, expression in enumerate([
        'rating >= 4 and (format = jpeg or width > 4000) and not name ~ "IMG_*"', "camera is known or 'a b' is unknown",
        "capture_time >= 2023-05-14 10:22:33 or mtime < 1969", "name ~ *[a-z][!x]?* and score < 1e-3"]):
    (folder / f"{number}.where").write_text(expression)

for number, message in enumerate([
        '{"jsonrpc":"2.0","id":1,"method":"list","params":{"where":"rating >= 4","$rows":"stream","$progress":true}}',
        '[{"jsonrpc":"2.0","id":"a","method":"cancel","params":{"id":1}},{"jsonrpc":"2.0","method":"undo"},1,[]]',
        '{"jsonrpc":"2.0","id":null,"method":"x","params":{"a":[1.5e3,-0.0,{"b":"\\u00e9\\n"}],"$rows":"collect"}}']):
    (folder / f"{number}.rpc").write_text(message)

# ---- records of a library, by the compiler of the schema

ID = {"bytes": list(range(16))}
RECORDS = {
    "File": {"id": 7, "path": list(b"/a/\xff.jpg"), "size": 9, "status": 7, "status_text": "cut", "picture": ID, "photo": ID,
             "format": "jpeg", "width": 4, "height": 3, "attributes": [{"name": "rating", "value": "5"}]},
    "Attributes": {"items": [{"name": "caption", "value": "text"}]},
    "Space": {"id": 1, "model": "descriptor", "weights_hash": "00", "output": "features", "policy": "full", "precision": "f32",
              "dimension": 64, "metric": 1, "rows": 3, "rows_per_block": 16},
    "Event": {"id": ID, "action": ID, "time": 5, "writer": 6, "sequence": 7, "body_type": "Vote",
              "body": {"pictures": [ID, ID], "ranks": [1, 2], "annotator": "me", "criterion": "beauty", "duration": 5}},
    "Operation": {"id": 1, "time": 2, "folder": list(b"/to"), "kind": "copy", "items": 2},
    "OperationItems": {"items": [{"source": list(b"/from/a"), "name": list(b"1_a")}]},
}
schema = Path(__file__).resolve().parents[2] / "engine/store/schema.fbs"
for name, content in RECORDS.items():
    document = folder / f"{name}.json"
    document.write_text(json.dumps(content))
    subprocess.run(["flatc", "--binary", "--root-type", f"kalon.records.{name}", "-o", folder, schema, document], check=True)
    document.unlink()
    (folder / f"{name}.bin").rename(folder / f"{name}.record")

# ---- networks, by the onnx package

def weights(name, *shape):
    content = numpy.linspace(-0.5, 0.5, int(numpy.prod(shape))).reshape(shape).astype("f4")
    return numpy_helper.from_array(content, name)


def node(operator, inputs, output, **attributes):
    return helper.make_node(operator, inputs.split(), [output], **attributes)


NETWORKS = {
    "plain": ([node("Conv", "x w b", "c", pads=[0, 0, 1, 1], strides=[2, 2]), node("Clip", "c low high", "r"),
               node("GlobalAveragePool", "r", "p"), node("Flatten", "p", "f"), node("Gemm", "f g", "y", transB=1)],
              [weights("w", 4, 3, 3, 3), weights("b", 4), weights("g", 5, 4), numpy_helper.from_array(numpy.float32(0), "low"),
               numpy_helper.from_array(numpy.float32(6), "high")]),
    "depthwise": ([node("BatchNormalization", "x s b m v", "n"), node("Conv", "n w", "c", group=3, pads=[1, 1, 1, 1]),
                   node("Sigmoid", "c", "g"), node("Mul", "c g", "k"), node("Add", "k n", "a"),
                   node("MaxPool", "a", "p", kernel_shape=[2, 2], strides=[2, 2]), node("Flatten", "p", "y")],
                  [weights(name, 3) for name in "sbm"] + [numpy_helper.from_array(numpy.ones(3, "f4"), "v"), weights("w", 3, 1, 3, 3)]),
    "movement": ([node("Transpose", "x", "t", perm=[0, 2, 3, 1]), node("Reshape", "t shape", "r"), node("MatMul", "r w", "m"),
                  node("Softmax", "m", "s", axis=1), node("Concat", "s m", "y", axis=1)],
                 [numpy_helper.from_array(numpy.array([-1, 192]), "shape"), weights("w", 192, 6)]),
}
for name, (nodes, constants) in NETWORKS.items():
    graph = helper.make_graph(nodes, name, [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3, 8, 8])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", None])], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    (folder / f"{name}.onnx").write_bytes(model.SerializeToString())
