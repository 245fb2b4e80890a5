"""The weights sit right: python3-torch alone, from the torch file, names what python3-skimage's well-known pictures show.

Class numbers: ImageNet's thousand in the usual order of their WordNet numbers.
"""
import sys
import unittest

import weights_world

NAMES = weights_world.models_there()
import torch

import oracle

SHOWN = {
    "chelsea.png": {281: "tabby", 282: "tiger cat", 285: "Egyptian cat"},
    "coffee.png": {967: "espresso", 504: "coffee mug", 968: "cup"},
    "rocket.jpg": {657: "missile", 744: "projectile", 812: "space shuttle"},
    "motorcycle_left.png": {665: "moped", 670: "motor scooter"},
    "camera.png": {872: "tripod", 759: "reflex camera"},
    "clock_motion.png": {409: "analog clock", 892: "wall clock"},
}
# No class of ImageNet, but photographs all the same.
MORE = ("astronaut.png", "hubble_deep_field.jpg")


class Network(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        torch.set_num_threads(1)
        cls.states = {name: weights_world.read_by_torch(weights_world.torch_bytes(name)) for name in NAMES}

    def test_pictures(self):
        images = [oracle.picture(file) for file in SHOWN]
        for name, state in self.states.items():
            with torch.no_grad():
                shares = oracle.forward(state, oracle.prepared(images, oracle.SIZES[name]))[1].softmax(1)
            for (file, right), of_picture in zip(SHOWN.items(), shares):
                first = of_picture.topk(5).indices.tolist()
                print(f"{name} {file}: " + ", ".join(f"{right.get(index, index)} {of_picture[index]:.3f}" for index in first), file=sys.stderr)
                with self.subTest(name=name, file=file):
                    self.assertTrue(right.keys() & set(first), first)

    def test_clear_cases_come_first(self):
        """The cat, the cup and the tripod are named first, and the whole family of cats has most of the probability."""
        for name, state in self.states.items():
            images = [oracle.picture(file) for file in ("chelsea.png", "coffee.png", "camera.png")]
            with torch.no_grad():
                cat, coffee, camera = oracle.forward(state, oracle.prepared(images, oracle.SIZES[name]))[1].softmax(1)
            with self.subTest(name=name):
                self.assertGreater(float(cat[281:288].sum()), 0.5)
                self.assertEqual([int(coffee.argmax()), int(camera.argmax())], [967, 872])

    def test_the_training_saw_pictures_this_way(self):
        """Batch norm keeps the means of the training's pictures. Photographs read as published come nearer to them than with any
        other padding, epsilon, order of colours or scale of values; so these follow from the weights themselves."""
        images = [oracle.picture(file) for file in (*SHOWN, *MORE)]
        mean, deviation = (torch.tensor(values).view(1, 3, 1, 1) for values in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
        for name, state in self.states.items():
            x = oracle.prepared(images, oracle.SIZES[name])

            def distance(x, **options):
                """Mean over the norms: by how many deviations the channels' means miss the training's."""
                found = []

                def at_norm(values, mean, variance):
                    found.append(((values.mean((0, 2, 3)) - mean) ** 2 / (variance + 1e-3)).mean().sqrt())

                with torch.no_grad():
                    oracle.forward(state, x, at_norm=at_norm, **options)
                return float(torch.stack(found).mean())

            published = distance(x)
            others = {
                "pads alike on all sides": distance(x, padded=oracle.padded_alike),
                "epsilon 1e-5": distance(x, epsilon=1e-5),
                "blue first": distance(x.flip(1)),
                "the usual means and deviations of ImageNet": distance(((x * 128 + 127) / 255 - mean) / deviation),
            }
            print(f"{name}: as published {published:.4f}, {', '.join(f'{what} {value:.4f}' for what, value in others.items())}", file=sys.stderr)
            for what, value in others.items():
                with self.subTest(name=name, what=what):
                    self.assertGreater(value, published * 1.02)


if __name__ == "__main__":
    weights_world.main()
