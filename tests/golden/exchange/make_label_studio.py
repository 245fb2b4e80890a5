"""Writes label-studio.json: make_label_studio.py URL TOKEN TASKS.json CONFIG.xml

Made by Label Studio 1.23.2 (PyPI label-studio), run with legacy tokens enabled: imports tasks that write_label_studio()
wrote (five votes over three pictures), adds four annotations as its own page sends them, and exports all as JSON.
"""
import json
import pathlib
import sys
import urllib.request

url, token, tasks, config = sys.argv[1:]


def call(method, path, body=None):
    request = urllib.request.Request(url + path, method=method, data=None if body is None else json.dumps(body).encode(),
                                     headers={"Authorization": "Token " + token, "Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or b"null")


def result(control, target, kind, value, region):
    return {"value": value, "id": region, "from_name": control, "to_name": target, "type": kind, "origin": "manual"}


project = call("POST", "/api/projects", {"title": "pairs of kalon", "label_config": pathlib.Path(config).read_text()})["id"]
call("POST", f"/api/projects/{project}/import", json.loads(pathlib.Path(tasks).read_text()))
first, second = [task["id"] for task in call("GET", f"/api/projects/{project}/export?exportType=JSON")]
for task, answer in [
        (first, {"result": [result("pw", "pw", "pairwise", {"selected": "right"}, "Dx_aB91ISN")], "lead_time": 4.288}),
        (first, {"result": [], "was_cancelled": True, "lead_time": 1.5}),
        (second, {"result": [result("verdict", "left", "choices", {"choices": ["tie"]}, "q0c3RhY2sx")], "lead_time": 2}),
        (second, {"result": []})]:
    call("POST", f"/api/tasks/{task}/annotations/", answer)
exported = call("GET", f"/api/projects/{project}/export?exportType=JSON&download_all_tasks=true")
target = pathlib.Path(__file__).with_name("label-studio.json")
target.write_text(json.dumps(exported, indent=1, ensure_ascii=False))
