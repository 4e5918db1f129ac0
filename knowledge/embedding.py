"""Embedders: sentences to vectors of length one. The port, the empty one, and an OpenAI-compatible server."""

from collections.abc import Sequence
from typing import Protocol

import httpx
import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class EmbedderError(Exception):
    """The embedder cannot do its work now; search goes on without vectors and says so."""


class Embedder(Protocol):
    """Turns texts into vectors. `name` and `dimension` are recorded in an index, which refuses any other."""

    @property
    def name(self) -> str:
        """What made the vectors, with its version: vectors of different names are never compared."""

    @property
    def dimension(self) -> int:
        """Numbers in a vector; 0 for the embedder that makes none."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One vector of length 1 a text, as rows. Raises `EmbedderError`."""


class NoEmbedder:
    """Lexical mode: no vectors, and chroma is not opened."""

    name = "none"
    dimension = 0

    def embed(self, texts: Sequence[str]) -> Vectors:
        """No vectors: an array without columns."""
        return np.zeros((len(texts), 0), dtype=np.float32)


class OpenAIEmbedder:
    """Any server that speaks OpenAI's `POST /embeddings`. Texts of the pages are sent to it."""

    def __init__(
        self,
        *,
        base_url: str,
        model: str,
        dimension: int,
        api_key: str = "",
        timeout: float = 30.0,
        batch: int = 64,
    ) -> None:
        """`base_url` up to and including `/v1`; `dimension` is checked against what comes back."""
        self.name = f"openai:{model}:{dimension}"
        self.dimension = dimension
        self._model = model
        self._batch = batch
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._client = httpx.Client(
            base_url=base_url.rstrip("/") + "/", headers=headers, timeout=timeout, trust_env=False
        )

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors from the server, in order, made to length 1."""
        parts = [self._some(texts[at : at + self._batch]) for at in range(0, len(texts), self._batch)]
        return np.concatenate(parts) if parts else np.zeros((0, self.dimension), dtype=np.float32)

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _some(self, texts: Sequence[str]) -> Vectors:
        try:
            answer = self._client.post("embeddings", json={"model": self._model, "input": list(texts)})
            answer.raise_for_status()
            rows = sorted(answer.json()["data"], key=lambda row: int(row["index"]))
            vectors = np.array([row["embedding"] for row in rows], dtype=np.float32)
        except (httpx.HTTPError, KeyError, TypeError, ValueError) as wrong:
            raise EmbedderError("The embedding server did not give vectors.") from wrong
        if vectors.shape != (len(texts), self.dimension):
            raise EmbedderError(
                f"The embedding server gave {vectors.shape}, not {self.dimension} numbers a text."
            )
        return unit(vectors)


def unit(vectors: Vectors) -> Vectors:
    """Rows made to length 1 (a row of zeros stays as it is)."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Vectors = (vectors / np.maximum(lengths, 1e-12)).astype(np.float32)
    return scaled
