#!/usr/bin/python3
"""Makes the golden pictures of the viewer's window anew: make.py KALON [SCENE...]. Look at each before it is committed.

The scenes are those of tests/acceptance/viewer_scenes.py (needs python3-pil, python3-numpy and xvfb)."""
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ACCEPTANCE = os.path.join(HERE, "..", "..", "acceptance")


def main():
    os.environ["KALON"] = os.path.abspath(sys.argv[1])
    sys.path.insert(0, ACCEPTANCE)
    import viewer_goldens
    import viewer_scenes

    wanted = sys.argv[2:] or [scene.name for scene in viewer_scenes.SCENES]
    scenes = [scene for scene in viewer_scenes.SCENES if scene.name in wanted]

    class Make(viewer_goldens.GoldenCase):
        """A world of its own for each scene, as in the test."""

    def save(case, scene):
        picture = case.take(scene)
        for box in scene.masks:
            picture.paste((0, 0, 0), box)
        # A window has few colours and its pictures are flat: PNG loses nothing of it and is small.
        picture.save(os.path.join(HERE, scene.name + ".png"), optimize=True)

    for scene in scenes:
        setattr(Make, scene.name, lambda self, scene=scene: save(self, scene))
    made = unittest.TextTestRunner().run(unittest.TestSuite(Make(scene.name) for scene in scenes)).wasSuccessful()
    unknown = set(wanted) - {scene.name for scene in scenes}
    if unknown:
        print("there is no scene", *unknown, file=sys.stderr)
    return 0 if made and not unknown else 1


if __name__ == "__main__":
    sys.exit(main())
