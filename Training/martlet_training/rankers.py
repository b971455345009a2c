# SPDX-License-Identifier: Apache-2.0
"""Three rankers over a matrix of normalised features: linear, a small network, boosted trees.

Each learns lists at once: the first two the softmax cross entropy of ListNet (Cao et al., 2007) between scores and
gains, the trees LambdaMART (Burges, 2010). Gains of clicks are weighted by the inverse propensity of the position.
"""
import numpy as np


def target(item):
    """Shares of a list's gains, and which candidates count: those with a label, and of judged lists all."""
    gains = item.gains() * item.weights
    counts = ~np.isnan(item.grades) if item.source == "events" else np.ones(len(gains), bool)
    gains = np.where(counts, gains, 0)
    return (gains / gains.sum() if gains.sum() > 0 else gains).astype(np.float64), counts


def usable(items):
    """Indices of lists that tell one candidate from another."""
    return [k for k, item in enumerate(items) if 0 < (target(item)[0] > 0).sum() < target(item)[1].sum()]


def padded(matrices, items, chosen):
    """Lists as arrays of one length: features [lists, longest, features], shares, and which candidates count."""
    longest = max(len(items[k].ids) for k in chosen)
    x = np.zeros((len(chosen), longest, matrices[0].shape[1]), np.float32)
    shares = np.zeros((len(chosen), longest), np.float32)
    counts = np.zeros((len(chosen), longest), bool)
    for row, k in enumerate(chosen):
        size = len(items[k].ids)
        x[row, :size] = matrices[k]
        shares[row, :size], counts[row, :size] = target(items[k])
    return x, shares, counts


class Linear:
    """Scores w x, w being held near `prior` by a ridge: with few queries it is the prior, with many what they say."""

    kind = "linear"

    def __init__(self, prior, ridge=1.0, temperature=1.0):
        self.prior = np.asarray(prior, np.float64)
        self.ridge = ridge
        self.temperature = temperature
        self.weights = self.prior.copy()

    def fit(self, matrices, items, seed=0, progress=None):
        """Newton's method: the loss is convex. `seed` changes nothing."""
        size = len(self.prior)
        chosen = usable(items)
        batches = [padded(matrices, items, chosen[start:start + 512]) for start in range(0, len(chosen), 512)]
        for _ in range(30):
            gradient = self.ridge * (self.weights - self.prior)
            curvature = self.ridge * np.eye(size)
            for x, shares, counts in batches:
                logits = np.where(counts, x @ self.weights / self.temperature, -np.inf)
                p = np.exp(logits - logits.max(axis=1, keepdims=True))
                p /= p.sum(axis=1, keepdims=True)
                mean = np.einsum("nl,nlf->nf", p, x)
                gradient += (mean.sum(0) - np.einsum("nl,nlf->f", shares, x)) / self.temperature
                flat = x.reshape(-1, size)
                curvature += ((flat * p.reshape(-1, 1)).T @ flat - mean.T @ mean) / self.temperature ** 2
            step = np.linalg.solve(curvature, gradient)
            self.weights -= step
            if np.abs(step).max() < 1e-7:
                break
        return self

    def score(self, matrix):
        return matrix @ self.weights


class Network:
    """Two hidden layers; trained with Adam and weight decay, best epoch by lists held out."""

    kind = "network"

    def __init__(self, size, hidden=(16, 8), epochs=60, decay=1e-3, rate=3e-3):
        self.size, self.hidden, self.epochs, self.decay, self.rate = size, hidden, epochs, decay, rate
        self.model = None

    def fit(self, matrices, items, seed=0, progress=None):
        import torch
        torch.manual_seed(seed)
        random = np.random.default_rng(seed)
        device = "cuda" if torch.cuda.is_available() else "cpu"
        layers, width = [], self.size
        for units in self.hidden:
            layers += [torch.nn.Linear(width, units), torch.nn.ReLU()]
            width = units
        self.model = torch.nn.Sequential(*layers, torch.nn.Linear(width, 1)).to(device)
        optimizer = torch.optim.AdamW(self.model.parameters(), lr=self.rate, weight_decay=self.decay)
        chosen = random.permutation(usable(items))
        held = max(1, len(chosen) // 10)

        def batch(indices):
            x, shares, counts = padded(matrices, items, indices)
            return [torch.tensor(array, device=device) for array in (x, shares, counts)]

        best, state = np.inf, None
        validation = [batch(chosen[start:min(start + 256, held)]) for start in range(0, held, 256)]
        for epoch in range(self.epochs):
            self.model.train()
            order = random.permutation(chosen[held:])
            for start in range(0, len(order), 64):
                loss = self._loss(*batch(order[start:start + 64]))
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            self.model.eval()
            with torch.no_grad():
                value = sum(float(self._loss(*part)) * len(part[0]) for part in validation) / held
            if value < best:
                best, state = value, {name: tensor.clone() for name, tensor in self.model.state_dict().items()}
            if progress and epoch % 10 == 9:
                progress(f"epoch {epoch + 1} of {self.epochs}, held-out loss {value:.4f}")
        self.model.load_state_dict(state)
        self.model.cpu().eval()
        return self

    def _loss(self, x, shares, counts):
        import torch
        scores = self.model(x).squeeze(2).masked_fill(~counts, -1e9)
        return -(shares * torch.log_softmax(scores, 1)).sum(1).mean()

    def score(self, matrix):
        import torch
        with torch.no_grad():
            return self.model(torch.tensor(matrix)).squeeze(1).numpy()


class Trees:
    """LambdaMART with few small trees; LightGBM."""

    kind = "trees"

    def __init__(self, rounds=150, leaves=8, rate=0.05):
        self.rounds, self.leaves, self.rate = rounds, leaves, rate
        self.booster = None

    def fit(self, matrices, items, seed=0, progress=None):
        import lightgbm
        rows, labels, weights, groups = [], [], [], []
        for k in usable(items):
            counts = target(items[k])[1]
            rows.append(matrices[k][counts])
            labels.append(np.nan_to_num(items[k].grades)[counts])
            weights.append(items[k].weights[counts])
            groups.append(int(counts.sum()))
        data = lightgbm.Dataset(np.concatenate(rows), np.concatenate(labels), weight=np.concatenate(weights),
                                group=groups)
        self.booster = lightgbm.train(
            {"objective": "lambdarank", "num_leaves": self.leaves, "learning_rate": self.rate, "min_data_in_leaf": 20,
             "lambda_l2": 1.0, "lambdarank_truncation_level": 15, "verbose": -1, "num_threads": 1, "seed": seed,
             "deterministic": True, "force_col_wise": True},
            data, num_boost_round=self.rounds)
        return self

    def score(self, matrix):
        return self.booster.predict(matrix, num_threads=1)
