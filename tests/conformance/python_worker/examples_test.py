#!/usr/bin/python3
"""The examples against NumPy and torchvision by themselves, on random pictures and on what an engine makes of them."""
import pathlib
import tempfile
import unittest

import numpy
import torch
import torchvision

from engine_end import EXAMPLES, Worker


class MeanColour(unittest.TestCase):
    def test_means(self):
        with Worker() as worker:
            about = worker.start(EXAMPLES / "mean_colour.py")
            self.assertEqual((about["id"], about["outputs"][0]["metric"]), ("mean_colour", "euclidean"))
            pictures = worker.pictures(5)
            numpy.testing.assert_allclose(worker.run(pictures), pictures.reshape(5, -1, 3).astype(float).mean(axis=1) / 255, atol=1e-7)


class Resnet(unittest.TestCase):
    def features(self, network, pictures):
        """By the network's own parts up to the pooling, not by the trick that the example uses."""
        network.eval()
        with torch.no_grad():
            parts = list(network.children())[:-1]
            return torch.nn.Sequential(*parts)(torch.from_numpy(pictures)).flatten(1).numpy()

    def compare(self, network, environment, identity):
        # As many threads as the worker has, for sums of floats depend on how they are shared out.
        torch.set_num_threads(1)
        with Worker(environment=environment) as worker:
            about = worker.start(EXAMPLES / "torchvision_resnet.py")
            self.assertEqual((about["id"], about["input_width"], about["input_height"], about["input_sample"], about["input_layout"]),
                             (identity, 224, 224, "f32", "nchw"))
            pictures = worker.pictures(3).astype(numpy.float32)
            expected = self.features(network, pictures)
            self.assertEqual(expected.shape, (3, 512))
            together = worker.run(pictures)
            scale = numpy.abs(expected).max()
            self.assertGreater(scale, 0.1)
            numpy.testing.assert_allclose(together, expected, atol=1e-5 * scale)
            for number in range(3):
                alone = worker.run(pictures[number:number + 1])[0]
                numpy.testing.assert_allclose(alone, expected[number], atol=1e-5 * scale)
            self.assertNotIn("Warning", worker.output())
            return about["weights_hash"]

    def test_random_weights(self):
        torch.manual_seed(0)
        self.compare(torchvision.models.resnet18(weights=None), {"KALON_RESNET_WEIGHTS": ""}, "torchvision-resnet18-random")

    def test_weights_of_a_file(self):
        torch.manual_seed(1)
        network = torchvision.models.resnet18(weights=None)
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "weights.pth")
            torch.save(network.state_dict(), file)
            self.compare(network, {"KALON_RESNET_WEIGHTS": str(file)}, "torchvision-resnet18")


if __name__ == "__main__":
    unittest.main(verbosity=2)
