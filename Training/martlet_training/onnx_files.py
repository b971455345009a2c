# SPDX-License-Identifier: Apache-2.0
"""Writes rankers as ONNX of plain tensor operations, which any runtime has, and makes int8 of them."""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17


def constant(name, array):
    return numpy_helper.from_array(np.ascontiguousarray(array), name)


def save(path, nodes, initializers, features):
    graph = helper.make_graph(
        nodes, "ranker",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", features])],
        [helper.make_tensor_value_info("score", TensorProto.FLOAT, ["n", 1])], initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="martlet-training")
    model.ir_version = 9
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString(deterministic=True))


def save_network(path, network):
    """Dense layers with ReLU between."""
    layers = [layer for layer in network.model if hasattr(layer, "weight")]
    nodes, initializers, flow = [], [], "features"
    for k, layer in enumerate(layers):
        last = k == len(layers) - 1
        initializers += [constant(f"w{k}", layer.weight.detach().numpy().T.astype(np.float32)),
                         constant(f"b{k}", layer.bias.detach().numpy().astype(np.float32))]
        nodes += [helper.make_node("MatMul", [flow, f"w{k}"], [f"m{k}"]),
                  helper.make_node("Add", [f"m{k}", f"b{k}"], ["score" if last else f"a{k}"])]
        flow = f"a{k}"
        if not last:
            nodes.append(helper.make_node("Relu", [f"a{k}"], [f"r{k}"]))
            flow = f"r{k}"
    save(path, nodes, initializers, network.size)


def save_trees(path, trees, features):
    """Trees as products of matrices (Nakandala et al., 2020): which tests hold, which leaf has all of its tests so."""
    tests, leaves = [], []
    for tree in trees.booster.dump_model()["tree_info"]:
        walk(tree["tree_structure"], [], tests, leaves)
    select = np.zeros((features, len(tests)), np.float32)
    limits = np.zeros(len(tests), np.float32)
    for k, (feature, limit) in enumerate(tests):
        select[feature, k] = 1
        # The trees compare doubles; the greatest float not above the limit tells floats apart alike.
        rounded = np.float32(limit)
        limits[k] = rounded if rounded <= limit else np.nextafter(rounded, np.float32(-np.inf))
    paths = np.zeros((len(tests), len(leaves)), np.float32)
    wanted = np.zeros(len(leaves), np.float32)
    values = np.zeros((len(leaves), 1), np.float32)
    for k, (path_of_leaf, value) in enumerate(leaves):
        values[k] = value
        for test, holds in path_of_leaf:
            paths[test, k] = 1 if holds else -1
            wanted[k] += 1 if holds else 0
    nodes = [
        helper.make_node("MatMul", ["features", "select"], ["tested"]),
        helper.make_node("LessOrEqual", ["tested", "limits"], ["holds"]),
        helper.make_node("Cast", ["holds"], ["held"], to=TensorProto.FLOAT),
        helper.make_node("MatMul", ["held", "paths"], ["passed"]),
        helper.make_node("Equal", ["passed", "wanted"], ["reached"]),
        helper.make_node("Cast", ["reached"], ["leaf"], to=TensorProto.FLOAT),
        helper.make_node("MatMul", ["leaf", "values"], ["score"]),
    ]
    save(path, nodes, [constant("select", select), constant("limits", limits), constant("paths", paths),
                       constant("wanted", wanted), constant("values", values)], features)


def walk(node, path, tests, leaves):
    if "leaf_value" in node and "split_feature" not in node:
        leaves.append((path, node["leaf_value"]))
        return
    index = len(tests)
    tests.append((node["split_feature"], node["threshold"]))
    walk(node["left_child"], path + [(index, True)], tests, leaves)
    walk(node["right_child"], path + [(index, False)], tests, leaves)


def quantize(source, result, batches):
    """Static int8 of weights and activations, calibrated on batches of features."""
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

    class Reader(CalibrationDataReader):
        def __init__(self):
            self.rest = iter(batches)

        def get_next(self):
            batch = next(self.rest, None)
            return None if batch is None else {"features": batch}

    quantize_static(str(source), str(result), Reader(), quant_format=QuantFormat.QDQ,
                    activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, per_channel=True)


def session(path, threads=1):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def latency(run, rounds=200):
    """Median microseconds of a call, after a warm-up."""
    import time
    times = []
    for k in range(rounds + 20):
        started = time.perf_counter_ns()
        run()
        if k >= 20:
            times.append((time.perf_counter_ns() - started) / 1000)
    return float(np.median(times))
