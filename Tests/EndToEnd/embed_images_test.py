# SPDX-License-Identifier: Apache-2.0
"""Training/embed_images.py with a backbone of one layer, whose vectors are the images' mean colours."""
import importlib.util
import json
import pathlib
import subprocess
import sys
import unittest

from support import ROOT, temporary

NEEDED = ["numpy", "PIL", "onnx"]
RUNTIMES = ["onnxruntime", "openvino"]


def is_there(name):
    return importlib.util.find_spec(name) is not None


@unittest.skipUnless(all(map(is_there, NEEDED)) and any(map(is_there, RUNTIMES)), "needs numpy, pillow, onnx and a runtime")
class EmbedImagesTest(unittest.TestCase):
    def setUp(self):
        directory = temporary()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        from onnx import TensorProto, helper, save
        ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 3, side, side])
                for name, side in (("x", 8), ("y", 1))]
        graph = helper.make_graph([helper.make_node("GlobalAveragePool", ["x"], ["y"])], "colours", ends[:1], ends[1:])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
        model.ir_version = 9
        save(model, self.directory / "model.onnx")

    def embed(self, *options):
        return subprocess.run(
            [sys.executable, ROOT / "Training/embed_images.py", "--model", self.directory / "model.onnx",
             "--mean", "0", "0", "0", "--std", "1", "1", "1", *map(str, options)], capture_output=True, text=True)

    def paint(self, name, colour, size=(20, 30)):
        from PIL import Image
        Image.new("RGB", size, colour).save(self.directory / name)

    def test_vectors_are_of_unit_length_and_by_product(self):
        self.paint("red.png", (255, 0, 0))
        self.paint("grey.jpg", (128, 128, 128))
        self.paint("other.png", (0, 255, 0), (300, 40))
        done = self.embed("--images", self.directory, "--batch", 2)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("num_dim 3", done.stderr)
        vectors = {line["id"]: line["image"] for line in map(json.loads, done.stdout.splitlines())}
        self.assertEqual(vectors["red"], [1, 0, 0])
        self.assertEqual(vectors["other"], [0, 1, 0])
        for part in vectors["grey"]:
            self.assertAlmostEqual(part, 3 ** -0.5, places=3)

    def test_several_images_of_a_product_make_one_vector(self):
        self.paint("a.png", (255, 0, 0))
        self.paint("b.png", (0, 0, 255))
        (self.directory / "broken.png").write_bytes(b"no image")
        (self.directory / "list.tsv").write_text("p1\ta.png\np1\tb.png\np2\tbroken.png\n")
        done = self.embed("--list", self.directory / "list.tsv", "--field", "looks")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("broken.png", done.stderr)
        self.assertEqual([json.loads(line) for line in done.stdout.splitlines()],
                         [{"id": "p1", "looks": [0.70711, 0, 0.70711]}])


if __name__ == "__main__":
    unittest.main()
