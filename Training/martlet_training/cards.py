# SPDX-License-Identifier: Apache-2.0
"""Writes model directories: model.json (Documentation/Formats/Models.md) and MODEL-CARD.md."""
import hashlib
import json
import os
import pathlib
import shutil
import tempfile


class ModelDirectory:
    """A directory that appears whole or not at all; use it in a with statement, and write into `path`."""

    def __init__(self, target):
        self.target = pathlib.Path(target)

    def __enter__(self):
        self.target.parent.mkdir(parents=True, exist_ok=True)
        self.path = pathlib.Path(tempfile.mkdtemp(dir=self.target.parent, prefix=".new-"))
        os.chmod(self.path, 0o755)
        return self.path

    def __exit__(self, kind, *_):
        if kind is not None:
            shutil.rmtree(self.path)
            return
        if self.target.exists():
            shutil.rmtree(self.target)
        os.rename(self.path, self.target)


def digest(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def write(directory, description, card):
    (directory / "model.json").write_text(json.dumps(description, indent=1, ensure_ascii=False) + "\n")
    (directory / "MODEL-CARD.md").write_text(card)


def table(rows):
    """A Markdown table of rows, the first being the head."""
    lines = ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    lines.insert(1, "|" + "---|" * len(rows[0]))
    return "\n".join(lines)
