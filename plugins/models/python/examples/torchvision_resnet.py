"""ResNet-18 of torchvision, its 512 pooled features as the embedding.

KALON_RESNET_WEIGHTS names a file of weights (a state dict of resnet18, as torchvision offers it); without it they are random, the
same in each run: enough to see that it works, and it tells pictures apart by their colours and textures."""
import os

import torch
import torchvision

WEIGHTS = os.environ.get("KALON_RESNET_WEIGHTS")


class Model:
    @staticmethod
    def describe():
        return {
            "id": "torchvision-resnet18" if WEIGHTS else "torchvision-resnet18-random",
            "name": "ResNet-18 of torchvision",
            "summary": "What a photograph shows, by the kinds of ImageNet" if WEIGHTS else "Colours and textures, by random weights",
            "licence": "BSD-3-Clause",
            "input": (224, 224),
            "dtype": "float32",
            "layout": "nchw",
            "mean": (0.485, 0.456, 0.406),
            "std": (0.229, 0.224, 0.225),
            "dimension": 512,
            "weights": [os.path.abspath(WEIGHTS)] if WEIGHTS else [],
        }

    def __init__(self):
        torch.manual_seed(0)
        self.network = torchvision.models.resnet18(weights=None)
        if WEIGHTS:
            self.network.load_state_dict(torch.load(WEIGHTS, map_location="cpu", weights_only=True))
        self.network.fc = torch.nn.Identity()
        self.network.eval()

    @torch.inference_mode()
    def embed(self, pictures):
        return self.network(torch.from_numpy(pictures))
