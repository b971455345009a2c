#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the small ONNX files beside this script; needs the package onnx (1.23.2)."""
import pathlib

import numpy as np
import onnx
from onnx import TensorProto as T, helper as h, numpy_helper as n

HERE = pathlib.Path(__file__).resolve().parent
WEIGHTS = np.array([[1.0], [2.0], [-0.5]], np.float32)


def save(name, nodes, inputs, outputs, constants=()):
    graph = h.make_graph(nodes, "g", inputs, outputs, list(constants))
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", 17)], ir_version=8)
    (HERE / f"{name}.onnx").write_bytes(model.SerializeToString())


def ranker(name, weights=WEIGHTS, batch="n", output=None, extra=(), constants=None):
    """features [n, 3] -> score [n, 1]: x W + 0.25, and nodes in between."""
    width, outs = weights.shape
    last = extra[-1].output[0] if extra else "product"
    save(name,
         [h.make_node("MatMul", ["features", "W"], ["product"]), *extra,
          h.make_node("Add", [last, "b"], ["score"])],
         [h.make_tensor_value_info("features", T.FLOAT, [batch, width])],
         [h.make_tensor_value_info("score", T.FLOAT, output or [batch, outs])],
         constants or [n.from_array(weights, "W"), n.from_array(np.float32([0.25]), "b")])


def big_tensor():
    """Claims 2^29 floats and holds none."""
    tensor = n.from_array(WEIGHTS, "W")
    tensor.ClearField("dims")
    tensor.dims.extend([3, 1 << 28])
    return tensor


def external():
    tensor = n.from_array(WEIGHTS, "W")
    tensor.ClearField("raw_data")
    tensor.data_location = T.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "../../../../etc/passwd"
    return tensor


bias = n.from_array(np.float32([0.25]), "b")
ranker("ranker")
ranker("ranker-batch-4", batch=4)
ranker("nan", np.float32([[1], [np.nan], [0]]))
ranker("overflow", np.float32([[3e38], [3e38], [3e38]]))
ranker("wide-input", np.float32([[1], [2], [3], [4]]))
ranker("wide-output", np.float32([[1, 2], [3, 4], [5, 6]]))
ranker("external", constants=[external(), bias])
ranker("big-tensor", constants=[big_tensor(), bias])
# Small on disk, 4 GiB when run: running sums over 2^30 floats.
ranker("big-when-run", extra=[
    h.make_node("ReduceMax", ["product"], ["most"], keepdims=0),
    h.make_node("Expand", ["most", "size"], ["filled"]),
    h.make_node("CumSum", ["filled", "axis"], ["sums"]),
    h.make_node("ReduceMax", ["sums"], ["greatest"], keepdims=0),
    h.make_node("Add", ["product", "greatest"], ["total"])],
    constants=[n.from_array(WEIGHTS, "W"), bias, n.from_array(np.int64([1 << 30]), "size"),
               n.from_array(np.int64(0), "axis")])
# Never ends: a loop of 2^62 turns.
body = h.make_graph(
    [h.make_node("Identity", ["go"], ["go_on"]), h.make_node("Sin", ["x"], ["y"])], "body",
    [h.make_tensor_value_info("turn", T.INT64, []), h.make_tensor_value_info("go", T.BOOL, []),
     h.make_tensor_value_info("x", T.FLOAT, None)],
    [h.make_tensor_value_info("go_on", T.BOOL, []), h.make_tensor_value_info("y", T.FLOAT, None)])
ranker("endless", extra=[h.make_node("Loop", ["turns", "yes", "product"], ["looped"], body=body)],
       constants=[n.from_array(WEIGHTS, "W"), bias, n.from_array(np.int64(1 << 62), "turns"),
                  n.from_array(np.array(True), "yes")])
def ncf(name, last_shopper):
    """Products of two factors; number 3 of the shoppers is given."""
    save(name,
         [h.make_node("Gather", ["S", "shopper"], ["s"]), h.make_node("Gather", ["I", "item"], ["i"]),
          h.make_node("Mul", ["s", "i"], ["product"]),
          h.make_node("ReduceSum", ["product", "axis"], ["score"], keepdims=0)],
         [h.make_tensor_value_info("shopper", T.INT64, ["n"]),
          h.make_tensor_value_info("item", T.INT64, ["n"])],
         [h.make_tensor_value_info("score", T.FLOAT, ["n"])],
         [n.from_array(np.float32([[0, 0], [1, 0], [0, 1], last_shopper]), "S"),
          n.from_array(np.float32([[0, 0], [1, 2], [3, 4], [5, 6]]), "I"),
          n.from_array(np.int64([1]), "axis")])


ncf("ncf", [1, 1])
# A number that runs on other rows do not meet.
ncf("nan-in-one-row", [1, np.nan])
# The sum of the tokens' weights: of [PAD] [UNK] [CLS] [SEP] red lamp blue chair, the padding's great.
ids, mask, types = (h.make_tensor_value_info(name, T.INT64, ["n", "l"]) for name in ("ids", "mask", "types"))
save("pairs",
     [h.make_node("Gather", ["E", "ids"], ["weights"]),
      h.make_node("Cast", ["mask"], ["kept"], to=T.FLOAT),
      h.make_node("Cast", ["types"], ["second"], to=T.FLOAT),
      h.make_node("Add", ["weights", "second"], ["raised"]),
      h.make_node("Mul", ["raised", "kept"], ["masked"]),
      h.make_node("ReduceSum", ["masked", "axis"], ["score"], keepdims=0)],
     [ids, mask, types], [h.make_tensor_value_info("score", T.FLOAT, ["n"])],
     [n.from_array(np.float32([1e6, 10, 0, 0, 100, 200, 300, 400]), "E"),
      n.from_array(np.int64([1]), "axis")])
