#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns product images into vectors with any ONNX vision backbone, for a field with `num_dim`.

    pip install numpy pillow onnxruntime          (or openvino in place of onnxruntime)
    embed_images.py --model backbone.onnx --images images/ > vectors.jsonl
    embed_images.py --model backbone.onnx --list images.tsv --field image > vectors.jsonl
    curl "$HOST/collections/shop/documents/import?action=update" -H "X-TYPESENSE-API-KEY: $KEY" \\
         --data-binary @vectors.jsonl

An image of --images belongs to the product that its name without suffix is the id of; a line of --list
is an id, a tab and a path. Several images of one product make one vector: the mean of theirs. The
model takes one input, [n, 3, height, width] or [n, height, width, 3], of floats; images are scaled to
its size (--size where that is free) by their shorter side and cut to the middle, then normalised with
--mean and --std (ImageNet's unless told). Of its output, feature maps are averaged over their places,
tokens by --pooling; vectors get unit length. The field must be declared in the schema:

    {"name": "image", "type": "float[]", "num_dim": N, "optional": true}

N is printed to standard error. Images that cannot be read are named there and left out; then the exit
status is 2.
"""
import argparse
import json
import pathlib
import sys

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp"}
# Greater images are refused: a small file can stand for a great many pixels.
MOST_PIXELS = 200_000_000


class Backbone:
    """A vision model: batches of images to vectors."""

    def __init__(self, path, threads):
        try:
            import onnxruntime
        except ImportError:
            self._open_openvino(path, threads)
            return
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        session = onnxruntime.InferenceSession(path, options, providers=onnxruntime.get_available_providers())
        inputs = session.get_inputs()
        self._check(len(inputs))
        self.shape = [length if isinstance(length, int) else None for length in inputs[0].shape]
        name = inputs[0].name
        output = session.get_outputs()[0].name
        self.run = lambda batch: session.run([output], {name: batch})[0]

    def _open_openvino(self, path, threads):
        import openvino
        model = openvino.Core().compile_model(path, "CPU", {"INFERENCE_NUM_THREADS": threads})
        self._check(len(model.inputs))
        self.shape = [part.get_length() if part.is_static else None for part in model.inputs[0].partial_shape]
        self.run = lambda batch: model([batch])[0]

    @staticmethod
    def _check(inputs):
        if inputs != 1:
            raise SystemExit(f"The model has {inputs} inputs: a vision backbone has one.")

    def layout(self, size):
        """Whether channels come first, and the images' height and width."""
        if len(self.shape) != 4:
            raise SystemExit(f"The model's input has the shape {self.shape}: [n, 3, height, width] is needed.")
        first = self.shape[1] == 3 or self.shape[3] != 3
        height, width = self.shape[2:] if first else self.shape[1:3]
        return first, height or size, width or size


def read(path, height, width):
    """The middle of an image scaled to a size: floats of 0 to 1, [height, width, 3]."""
    import numpy
    from PIL import Image, ImageOps
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    with Image.open(path) as image:
        image = ImageOps.exif_transpose(image)
        if image.mode in ("RGBA", "LA", "P"):
            # What is transparent is white on a shop's page.
            image = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
        image = ImageOps.fit(image.convert("RGB"), (width, height), Image.Resampling.BICUBIC)
        return numpy.asarray(image, dtype=numpy.float32) / 255


def pooled(output, count, pooling):
    """The vectors of a batch, from vectors, tokens or feature maps."""
    import numpy
    output = numpy.asarray(output, dtype=numpy.float32)
    if output.ndim == 4:
        # The channels are the more numerous.
        output = output.mean(axis=(2, 3) if output.shape[1] >= output.shape[3] else (1, 2))
    elif output.ndim == 3:
        output = output[:, 0] if pooling == "cls" else output.mean(axis=1)
    if output.ndim != 2 or len(output) != count:
        raise SystemExit(f"The model's output has the shape {list(output.shape)}: a vector for each image is needed.")
    lengths = numpy.linalg.norm(output, axis=1, keepdims=True)
    if not numpy.isfinite(lengths).all() or (lengths == 0).any():
        raise SystemExit("The model gives vectors without a direction: check --mean, --std and the model.")
    return output / lengths


def products(arguments):
    """Ids with the paths of their images, in order."""
    found = {}
    if arguments.list:
        for line in arguments.list.read_text(encoding="utf-8").splitlines():
            name, tab, path = line.partition("\t")
            if tab:
                found.setdefault(name, []).append(arguments.list.parent / path)
    else:
        for path in sorted(arguments.images.rglob("*")):
            if path.suffix.lower() in SUFFIXES:
                found.setdefault(path.stem, []).append(path)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--images", type=pathlib.Path)
    source.add_argument("--list", type=pathlib.Path)
    parser.add_argument("--field", default="image")
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--mean", type=float, nargs=3, default=[0.485, 0.456, 0.406])
    parser.add_argument("--std", type=float, nargs=3, default=[0.229, 0.224, 0.225])
    parser.add_argument("--pooling", choices=["mean", "cls"], default="mean")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--threads", type=int, default=0, help="0 for all processors")
    arguments = parser.parse_args()
    import numpy
    backbone = Backbone(arguments.model, arguments.threads)
    first, height, width = backbone.layout(arguments.size)
    size = backbone.shape[0] or arguments.batch
    mean, std = (numpy.asarray(values, dtype=numpy.float32) for values in (arguments.mean, arguments.std))
    failed = 0
    waiting = []

    def vectors(images):
        count = len(images)
        # A model of a fixed batch is given copies of the last image.
        images = images + images[-1:] * (size - count if backbone.shape[0] else 0)
        batch = (numpy.stack(images) - mean) / std
        output = backbone.run(numpy.ascontiguousarray(batch.transpose(0, 3, 1, 2) if first else batch))
        return pooled(output, len(images), arguments.pooling)[:count]

    def flush():
        images = [image for _, images in waiting for image in images]
        parts = [vectors(images[start:start + size]) for start in range(0, len(images), size)]
        made = numpy.concatenate(parts)
        place = 0
        for name, images in waiting:
            vector = made[place:place + len(images)].mean(axis=0)
            place += len(images)
            vector = vector / max(numpy.linalg.norm(vector), 1e-12)
            print(json.dumps({"id": name, arguments.field: [round(float(value), 5) for value in vector]}))
        waiting.clear()
        return made.shape[1]

    dimension = None
    for name, paths in products(arguments).items():
        images = []
        for path in paths:
            try:
                images.append(read(path, height, width))
            except Exception as error:  # Pillow's decoders raise errors of many types.
                failed += 1
                print(f"{path}: {error}", file=sys.stderr)
        if images:
            waiting.append((name, images))
        if sum(len(images) for _, images in waiting) >= size:
            dimension = flush()
    if waiting:
        dimension = flush()
    if dimension is None:
        raise SystemExit("There are no images: check --images or --list.")
    print(f"num_dim {dimension}", file=sys.stderr)
    if failed:
        sys.exit(2)


if __name__ == "__main__":
    main()
