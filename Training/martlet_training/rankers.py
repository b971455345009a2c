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

    def fit(self, matrices, items, seed=0):
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
    """Two hidden layers; trained with Adam and weight decay until lists held out have not gained for some epochs."""

    kind = "network"
    patience = 5

    def __init__(self, size, hidden=(16, 8), epochs=60, decay=1e-3, rate=3e-3):
        self.size, self.hidden, self.epochs, self.decay, self.rate = size, hidden, epochs, decay, rate
        self.model = None

    def fit(self, matrices, items, seed=0):
        import torch
        torch.set_num_threads(1)
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
        arrays = padded(matrices, items, chosen)

        def batch(rows):
            return [torch.tensor(array[rows], device=device) for array in arrays]

        best, state, waited = np.inf, None, 0
        for _ in range(self.epochs):
            self.model.train()
            order = held + random.permutation(len(chosen) - held)
            for start in range(0, len(order), 64):
                loss = self._loss(*batch(order[start:start + 64]))
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            self.model.eval()
            with torch.no_grad():
                value = float(self._loss(*batch(np.arange(held))))
            waited += 1
            if value < best:
                best, state, waited = value, {name: t.clone() for name, t in self.model.state_dict().items()}, 0
            if waited >= self.patience:
                break
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

    def fit(self, matrices, items, seed=0):
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
