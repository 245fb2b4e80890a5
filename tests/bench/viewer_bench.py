"""The viewer at 100,000 photos, on a screen of its own with Mesa's software renderer."""
import json
import os
import subprocess

from photographs import write_jpegs
from run import row

PHOTOS = 100_000


class Screen:
    def __enter__(self):
        reading, writing = os.pipe()
        self.server = subprocess.Popen(["Xvfb", "-displayfd", str(writing), "-screen", "0", "1600x1000x24", "-nolisten", "tcp"],
                                       pass_fds=[writing], stderr=subprocess.DEVNULL)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            self.display = ":" + pipe.readline().strip()
        return self

    def __exit__(self, *_):
        self.server.terminate()
        self.server.wait()


def run(bench):
    library, pictures = bench.scratch / "library", bench.scratch / "pictures"
    subprocess.run([bench.program("bench_viewer"), library, pictures, str(PHOTOS)], check=True)
    photographs, of_them = bench.scratch / "photographs", bench.scratch / "library-of-photographs"
    photographs.mkdir()
    write_jpegs(photographs, 60, (3000, 2000))
    subprocess.run([bench.program("kalon"), "--library", of_them, "index", "--quiet", "--model", "descriptor", photographs], check=True)
    with Screen() as screen:
        environment = {**os.environ, "DISPLAY": screen.display, "LIBGL_ALWAYS_SOFTWARE": "1"}

        def view(script, *arguments, library=library):
            """What the script's lines `state` saved."""
            states, lines = [], []
            for line in script.strip().splitlines():
                line = line.strip()
                if line == "state":
                    states.append(bench.scratch / f"state-{len(states)}.json")
                    line = f"state {states[-1]}"
                lines.append(line)
            file = bench.scratch / "script.txt"
            file.write_text("\n".join(lines + ["quit\n"]))
            subprocess.run([bench.program("kalon-viewer"), "--library", str(library), "--settings", "", "--size", "1440x900",
                            "--script", str(file), *arguments], env=environment, check=True)
            return [json.loads(state.read_text()) for state in states]

        starts = sorted(view("state", "--no-index")[0]["frame_milliseconds"]["first_pictures_seconds"] for _ in range(5))
        yield row("start to first thumbnails, warm", starts[len(starts) // 2], "s", target=0.5)
        scrolling = "\n".join(f"scroll-to {position}" for position in range(0, 200_000, 1900))
        after_scroll, rated, idle = view(f"""
            reset-costs
            {scrolling}
            state
            select-range 10000
            key 3
            state
            sleep 1
            sleep 5
            state
        """, "--no-index")
        cost = after_scroll["frame_milliseconds"]
        yield row(f"own logic of a scrolling frame, {PHOTOS:,} photos, median", cost["median"], "ms", target=2)
        yield row("  99th percentile", cost["p99"], "ms", target=2)
        yield row("anonymous memory with textures, after scrolling", after_scroll["anonymous_bytes"] / 2**20, "MB", target=400)
        yield row("  of it textures", after_scroll["pictures"]["texture_bytes"] / 2**20, "MB", target=128)
        yield row("10,000 photos rated by one key: until it is stored", rated["decision_milliseconds"], "ms", target=100)
        yield row("frames drawn in 5 idle seconds", idle["frame_milliseconds"]["idle_frames"], "frames", target=0)
        stepping = "\n".join(["right"] * 100)
        (loupe,) = view(f"loupe\nright\nright\nreset-costs\n{stepping}\nstate", "--no-index")
        yield row("next picture in the loupe, prefetched: main thread until handed to OpenGL, 99th percentile",
                  loupe["frame_milliseconds"]["handed"]["p99"], "ms", target=30)
        # On photographs of six megapixels: forwards each is decoded ahead, back again they are there.
        forwards, there, back = ["right"] * 40, "state", ["left"] * 12
        lines = ["panels", "loupe", "right", "right", "wait", "reset-costs", *forwards, there, "reset-costs", *back, there]
        ahead, again = view("\n".join(lines), str(photographs), library=of_them)
        yield row("  photographs of 6 megapixels, decoded ahead", ahead["frame_milliseconds"]["handed"]["p99"], "ms", target=30)
        yield row("  the last twelve of them again", again["frame_milliseconds"]["handed"]["p99"], "ms", target=30)
        yield row("  pictures decoded for these", again["pictures"]["decoded"] - ahead["pictures"]["decoded"], "pictures", target=0)
        votes = "\n".join(["vote left", "vote right"] * 30)
        (voted,) = view(f"rank-new bench criterion=taste\nwait\n{votes}\nstate", str(photographs), library=of_them)
        yield row("a vote until the next pair is drawn, slowest of 60", voted["views"]["rank"]["slowest_next_ms"], "ms", target=16)
        yield row("  pairs that were waited for", voted["views"]["rank"]["waited"], "pairs", target=0)
