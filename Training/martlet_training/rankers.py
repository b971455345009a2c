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
        chosen = usable(items)
        lists = [(matrices[k][target(items[k])[1]].astype(np.float64), target(items[k])[0][target(items[k])[1]])
                 for k in chosen]
        size = len(self.prior)
        for _ in range(30):
            gradient = self.ridge * (self.weights - self.prior)
            curvature = self.ridge * np.eye(size)
            for x, shares in lists:
                logits = x @ self.weights / self.temperature
                p = np.exp(logits - logits.max())
                p /= p.sum()
                mean = p @ x
                gradient += (mean - shares @ x) / self.temperature
                curvature += ((x * p[:, None]).T @ x - np.outer(mean, mean)) / self.temperature ** 2
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
        chosen = usable(items)
        lists = []
        for k in chosen:
            shares, counts = target(items[k])
            lists.append((torch.tensor(matrices[k][counts], device=device),
                          torch.tensor(shares[counts], dtype=torch.float32, device=device)))
        order = random.permutation(len(lists))
        held = max(1, len(lists) // 10)
        best, state = np.inf, None
        for epoch in range(self.epochs):
            self.model.train()
            for start in range(0, len(order) - held, 32):
                batch = random.permutation(order[held:])[:32] if len(order) - held <= 32 else \
                    order[held + start:held + start + 32]
                loss = sum(self._loss(*lists[k]) for k in batch) / len(batch)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            self.model.eval()
            with torch.no_grad():
                value = float(sum(self._loss(*lists[k]) for k in order[:held])) / held
            if value < best:
                best, state = value, {name: tensor.clone() for name, tensor in self.model.state_dict().items()}
            order[held:] = random.permutation(order[held:])
            if progress and epoch % 10 == 9:
                progress(f"epoch {epoch + 1} of {self.epochs}, held-out loss {value:.4f}")
        self.model.load_state_dict(state)
        self.model.cpu().eval()
        return self

    def _loss(self, x, shares):
        import torch
        return -(shares * torch.log_softmax(self.model(x).squeeze(1), 0)).sum()

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
