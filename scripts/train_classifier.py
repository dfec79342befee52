# /// script
# requires-python = ">=3.11"
# dependencies = ["scikit-learn==1.7.2"]
# ///
"""Learns `dynaris/classifier/weights.bin` from the sentences in `dynaris/classifier/examples/`: `make classifier`.

Logistic regression over hashed signs; a weight is kept in a byte. Printed: how many sentences of situations that
it has not seen get their label, in four parts, each told by the other three.
"""

# pyright: reportMissingImports=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false

import json
import sys
import zlib
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from dynaris.classifier.examples import digest, examples  # noqa: E402
from dynaris.classifier.features import BUCKETS, features, words_of  # noqa: E402

TARGET = ROOT / "dynaris/classifier/weights.bin"
STRICTNESS = 30.0  # the inverse of how much large weights cost; found by trying, flat from 10 to 100
ALIKE = 5  # neighbours in a file may be one situation in other words: they stay on one side


def matrix(texts: list[str]) -> csr_matrix:
    rows = [features(words_of(text)) for text in texts]
    columns = np.concatenate([np.array(row, dtype=np.int32) for row in rows])
    values = np.concatenate([np.full(len(row), 1 / max(1, len(row)) ** 0.5) for row in rows])
    starts = np.cumsum([0, *(len(row) for row in rows)])
    return csr_matrix((values, columns, starts), shape=(len(texts), BUCKETS))


def main() -> None:
    known = list(examples())
    labels = np.array([example.label for example in known])
    told = matrix([example.text for example in known])
    model = LogisticRegression(C=STRICTNESS, max_iter=400)
    if "--check" in sys.argv:
        groups = [f"{example.label} {example.number // ALIKE}" for example in known]
        guessed = cross_val_predict(model, told, labels, groups=groups, cv=GroupKFold(4), n_jobs=-1)
        right = (guessed == labels).mean()
        print(f"{len(known)} sentences, {len(set(labels))} labels; unseen situations right: {right:.1%}")
    model.fit(told, labels)
    scale = float(np.abs(model.coef_).max()) / 127
    rows = (np.round(model.coef_.T / scale) + 128).astype(np.uint8)
    head = {
        "labels": [str(label) for label in model.classes_],
        "biases": [round(float(bias), 4) for bias in model.intercept_],
        "scale": scale,
        "examples": digest(),
    }
    TARGET.write_bytes(json.dumps(head).encode() + b"\n" + zlib.compress(rows.tobytes(), 9))
    print(f"{TARGET.relative_to(ROOT)}: {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
