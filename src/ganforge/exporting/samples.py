"""Make samples with model.onnx: needs numpy and onnxruntime, and neither torch nor Ganforge.

    python samples.py --count 16 --seed 0 --truncation 0.8 --class cat --out samples.npy

`--out` takes .npy, .csv for rows of numbers, and .png for pictures (all of them in one sheet).
"""

from __future__ import annotations

import argparse
import binascii
import json
import struct
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt


class Generator:
    """An exported generator: the folder with model.onnx and config.json."""

    def __init__(self, folder: str | Path) -> None:
        import onnxruntime

        self.config: dict[str, Any] = json.loads((Path(folder) / "config.json").read_text(encoding="utf-8"))
        self._session = onnxruntime.InferenceSession(
            (Path(folder) / "model.onnx").read_bytes(), providers=["CPUExecutionProvider"]
        )

    def latents(self, n: int, seed: int = 0, truncation: float = 1.0) -> npt.NDArray[np.float32]:
        """Random z (n, latent); `truncation` below 1 gives more typical, less varied samples."""
        draw, latent = np.random.default_rng(seed), self.config["latent"]
        smooth = [draw.standard_normal((n, latent["normal"])), draw.uniform(-1.0, 1.0, (n, latent["uniform"]))]
        signs = draw.integers(0, 2, (n, latent["signs"])) * 2.0 - 1.0
        return np.concatenate([part * truncation for part in smooth] + [signs], axis=1).astype(np.float32)

    def x(self, z: npt.NDArray[np.float32], labels: npt.NDArray[np.int64] | None = None) -> npt.NDArray[np.float32]:
        """Samples as the networks see them; one label a sample where the model has classes, else all in turn."""
        given: dict[str, npt.NDArray[Any]] = {"z": z}
        if self.config["classes"]:
            given["label"] = np.arange(len(z)) % len(self.config["classes"]) if labels is None else labels
        x: npt.NDArray[np.float32] = self._session.run(["x"], given)[0]
        return x

    def decode(self, x: npt.NDArray[np.float32]) -> npt.NDArray[Any]:
        """Samples in the data's own form: uint8 (n, height, width[, 3]), or numbers (n, columns)."""
        units = self.config["units"]
        if not units:
            return x
        parts = []
        for unit in units:
            part = x[:, unit["axis"]].astype(np.float64) * unit["scale"] + unit["shift"]
            part = np.rint(part) + 0.0 if unit["whole"] else part
            parts.append(np.clip(part, unit["low"], unit["high"]) if unit["low"] is not None else part)
        samples = np.stack(parts, axis=-1)
        if x.ndim == 2:
            return samples
        return (samples[..., 0] if len(units) == 1 else samples).astype(np.uint8)

    def sample(self, n: int, seed: int = 0, truncation: float = 1.0, of_class: str | None = None) -> npt.NDArray[Any]:
        """New samples in the data's own form; of one class, or of all in turn."""
        labels = None if of_class is None else np.full(n, self.config["classes"].index(of_class))
        return self.decode(self.x(self.latents(n, seed, truncation), labels))


def png(pictures: npt.NDArray[np.uint8]) -> bytes:
    """Pictures uint8 (n, h, w[, 3]) side by side, as the bytes of a PNG file."""
    colour = pictures if pictures.ndim == 4 else pictures[..., None]
    count, height, width, channels = colour.shape
    columns = max(1, round(count**0.5))
    rows = -(-count // columns)
    sheet = np.full((rows * columns, height, width, channels), 255, np.uint8)
    sheet[:count] = colour
    lines = sheet.reshape(rows, columns, height, width, channels).swapaxes(1, 2).reshape(rows * height, -1)
    raw = b"".join(b"\0" + line.tobytes() for line in lines)
    header = struct.pack(">IIBBBBB", columns * width, rows * height, 8, 0 if channels == 1 else 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(raw)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", binascii.crc32(kind + data))


def write(generator: Generator, samples: npt.NDArray[Any], path: Path) -> None:
    """Write samples as .npy, .csv or .png, by the name of the file."""
    suffix = path.suffix.lower()
    if suffix == ".png" and samples.dtype == np.uint8:
        path.write_bytes(png(samples))
    elif suffix == ".csv" and samples.ndim == 2:
        units = generator.config["units"]
        names = [unit["name"] for unit in units] or [f"column {at + 1}" for at in range(samples.shape[1])]
        quoted = ['"' + name.replace('"', '""') + '"' for name in names]
        rows = [",".join(repr(value) for value in row) for row in samples.tolist()]
        path.write_text("\n".join([",".join(quoted), *rows]) + "\n", encoding="utf-8")
    elif suffix == ".npy":
        np.save(path, samples)
    else:
        raise SystemExit(
            f"These samples cannot be written as '{path.name}'. Use .npy, .csv (numbers), .png (pictures)."
        )


def main() -> None:
    """Write as many samples as asked for."""
    parser = argparse.ArgumentParser(description="Make samples with model.onnx.")
    parser.add_argument("--count", type=int, default=16)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--truncation", type=float, default=1.0, help="below 1: more typical, less varied")
    parser.add_argument("--class", dest="of_class", help="only this one; all in turn if not given")
    parser.add_argument("--out", type=Path, default=Path("samples.npy"))
    asked = parser.parse_args()
    generator = Generator(Path(__file__).resolve().parent)
    classes = generator.config["classes"]
    if asked.of_class is not None and asked.of_class not in classes:
        raise SystemExit(f"There is no class '{asked.of_class}'. There are: {', '.join(classes) or 'none'}.")
    if asked.count < 1:
        raise SystemExit(f"{asked.count} samples cannot be made; ask for 1 or more.")
    samples = generator.sample(asked.count, asked.seed, asked.truncation, asked.of_class)
    write(generator, samples, asked.out)
    sys.stdout.write(f"Wrote {asked.out}: {samples.shape} {samples.dtype}\n")


if __name__ == "__main__":
    main()
