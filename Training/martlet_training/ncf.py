# SPDX-License-Identifier: Apache-2.0
"""Neural Collaborative Filtering (He et al., 2017): a factorization (GMF) beside a network (MLP), joined at the end."""
import os
import pathlib

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper

from .onnx_files import OPSET, constant

# Shares of ids that training replaces by 0, so that an unknown shopper or item has a meaning: the usual one.
UNKNOWN_SHOPPERS, UNKNOWN_ITEMS = 0.05, 0.01


class NeuMF(torch.nn.Module):
    """Logits of pairs of ids; 0 is an unknown one."""

    def __init__(self, shoppers, items, factors=32, layers=(64, 32, 16)):
        super().__init__()
        half = layers[0] // 2
        self.gmf_shopper = torch.nn.Embedding(shoppers + 1, factors)
        self.gmf_item = torch.nn.Embedding(items + 1, factors)
        self.mlp_shopper = torch.nn.Embedding(shoppers + 1, half)
        self.mlp_item = torch.nn.Embedding(items + 1, half)
        self.item_bias = torch.nn.Embedding(items + 1, 1)
        for table in (self.gmf_shopper, self.gmf_item, self.mlp_shopper, self.mlp_item):
            torch.nn.init.normal_(table.weight, std=0.05)
        torch.nn.init.zeros_(self.item_bias.weight)
        self.dense = torch.nn.ModuleList(torch.nn.Linear(a, b) for a, b in zip(layers, layers[1:]))
        self.last = torch.nn.Linear(factors + layers[-1], 1)
        with torch.no_grad():
            self.last.weight[:, :factors].fill_(1)

    def forward(self, shopper, item):
        product = self.gmf_shopper(shopper) * self.gmf_item(item)
        flow = torch.cat([self.mlp_shopper(shopper), self.mlp_item(item)], -1)
        for layer in self.dense:
            flow = torch.relu(layer(flow))
        return (self.last(torch.cat([product, flow], -1)) + self.item_bias(item)).squeeze(-1)


class Trainer:
    """Trains by binary cross entropy against sampled negatives, saving itself after every epoch."""

    def __init__(self, model, shoppers, items, count, seed, checkpoint=None, negatives=8, batch=2048, rate=3e-3,
                 decay=1e-6):
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.model = model.to(self.device)
        self.pairs = torch.tensor(np.stack([shoppers, items]), dtype=torch.int64)
        self.count, self.negatives, self.batch = count, negatives, batch
        self.optimizer = torch.optim.Adam(model.parameters(), lr=rate, weight_decay=decay)
        self.random = torch.Generator().manual_seed(seed)
        self.checkpoint = checkpoint
        self.epoch = 0
        if checkpoint and pathlib.Path(checkpoint).exists():
            state = torch.load(checkpoint, weights_only=True)
            self.model.load_state_dict(state["model"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.random.set_state(state["random"])
            self.epoch = state["epoch"]

    def step(self):
        """One epoch; returns the mean loss."""
        self.model.train()
        order = torch.randperm(self.pairs.shape[1], generator=self.random)
        total = 0.0
        for start in range(0, len(order), self.batch):
            chosen = order[start:start + self.batch]
            shopper, item = self.pairs[:, chosen]
            wrong = torch.randint(1, self.count + 1, (len(chosen), self.negatives), generator=self.random)
            items = torch.cat([item[:, None], wrong], 1)
            shopper = self._forget(shopper, UNKNOWN_SHOPPERS)[:, None].expand_as(items)
            items = self._forget(items, UNKNOWN_ITEMS)
            logits = self.model(shopper.to(self.device), items.to(self.device))
            # The softmax over the pair and its negatives ranks better than the paper's sum of sigmoids.
            loss = -torch.log_softmax(logits, 1)[:, 0].mean()
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            self.optimizer.step()
            total += loss.item() * len(chosen)
        self.epoch += 1
        if self.checkpoint:
            state = {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(),
                     "random": self.random.get_state(), "epoch": self.epoch}
            torch.save(state, str(self.checkpoint) + ".new")
            os.replace(str(self.checkpoint) + ".new", self.checkpoint)
        return total / len(order)

    def _forget(self, ids, share):
        return ids.masked_fill(torch.rand(ids.shape, generator=self.random) < share, 0)


def score(model, shoppers, items, batch=65536):
    """Logits of pairs, on the model's device."""
    device = next(model.parameters()).device
    model.eval()
    parts = []
    with torch.no_grad():
        for start in range(0, len(shoppers), batch):
            parts.append(model(torch.as_tensor(shoppers[start:start + batch]).to(device),
                               torch.as_tensor(items[start:start + batch]).to(device)).cpu())
    return torch.cat(parts).numpy()


def leave_one_out(score_pairs, held, negatives, depth=10):
    """Hit rate and nDCG within depth of each held-out item among its negatives; ties count against it."""
    shoppers = np.repeat(held[:, 0], negatives.shape[1] + 1)
    items = np.concatenate([held[:, 1:2], negatives], axis=1)
    scores = score_pairs(shoppers, items.ravel()).reshape(items.shape)
    ranks = (scores[:, 1:] >= scores[:, :1]).sum(axis=1)
    return (ranks < depth).astype(float), np.where(ranks < depth, 1 / np.log2(ranks + 2.0), 0.0)


def draw_negatives(held, taken, count, number, seed):
    """For each held-out pair, items that its shopper did not take."""
    random = np.random.default_rng(seed)
    rows = []
    for shopper, _ in held:
        own = set(taken[shopper - 1].tolist())
        row = []
        while len(row) < number:
            item = int(random.integers(1, count + 1))
            if item not in own:
                own.add(item)
                row.append(item)
        rows.append(row)
    return np.array(rows)


TABLES = ("gmf_shopper", "gmf_item", "mlp_shopper", "mlp_item")


def save_onnx(path, model, int8):
    """The model as ONNX; with int8, tables have one byte a number and a scale a row."""
    weights = {name: tensor.detach().cpu().numpy() for name, tensor in model.state_dict().items()}
    nodes, initializers = [], []
    add = lambda *arguments, **options: nodes.append(helper.make_node(*arguments, **options))
    for name in TABLES:
        table = weights[name + ".weight"].astype(np.float32)
        ids = "shopper" if name.endswith("shopper") else "item"
        if not int8:
            initializers.append(constant(name, table))
            add("Gather", [name, ids], [name + ".row"])
            continue
        scale = np.abs(table).max(axis=1, keepdims=True) / 127
        scale[scale == 0] = 1
        initializers += [constant(name, np.round(table / scale).astype(np.int8)), constant(name + ".scale", scale)]
        add("Gather", [name, ids], [name + ".bytes"])
        add("Cast", [name + ".bytes"], [name + ".numbers"], to=TensorProto.FLOAT)
        add("Gather", [name + ".scale", ids], [name + ".scales"])
        add("Mul", [name + ".numbers", name + ".scales"], [name + ".row"])
    initializers.append(constant("item_bias", weights["item_bias.weight"].astype(np.float32)))
    add("Gather", ["item_bias", "item"], ["bias"])
    add("Mul", ["gmf_shopper.row", "gmf_item.row"], ["product"])
    add("Concat", ["mlp_shopper.row", "mlp_item.row"], ["flow0"], axis=1)
    depth = len(model.dense)
    for k in range(depth):
        initializers += [constant(f"w{k}", weights[f"dense.{k}.weight"].T.astype(np.float32)),
                         constant(f"b{k}", weights[f"dense.{k}.bias"].astype(np.float32))]
        add("MatMul", [f"flow{k}", f"w{k}"], [f"m{k}"])
        add("Add", [f"m{k}", f"b{k}"], [f"a{k}"])
        add("Relu", [f"a{k}"], [f"flow{k + 1}"])
    initializers += [constant("w", weights["last.weight"].T.astype(np.float32)),
                     constant("b", weights["last.bias"].astype(np.float32))]
    add("Concat", ["product", f"flow{depth}"], ["joined"], axis=1)
    add("MatMul", ["joined", "w"], ["m"])
    add("Add", ["m", "b"], ["a"])
    add("Add", ["a", "bias"], ["logit"])
    add("Sigmoid", ["logit"], ["score"])
    graph = helper.make_graph(
        nodes, "ncf", [helper.make_tensor_value_info(name, TensorProto.INT64, ["n"]) for name in ("shopper", "item")],
        [helper.make_tensor_value_info("score", TensorProto.FLOAT, ["n", 1])], initializers)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="martlet-training")
    made.ir_version = 9
    onnx.checker.check_model(made)
    pathlib.Path(path).write_bytes(made.SerializeToString(deterministic=True))
