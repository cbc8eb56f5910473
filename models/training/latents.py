"""Encodes the drawn pictures once, so that training the denoiser runs no encoder.

Written as float16, scaled to unit deviation: latents.npy [n, 4, 32, 32] and, of each picture under
the masks in use, known.npy [n, MASKS_USED, 4, 32, 32] beside holes.npy (bool, [n, MASKS_USED, 32, 32]).
"""

import json
import os
import time

import numpy as np
os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # before the import: it reports to its vendor otherwise
import onnxruntime as ort
import torch

from autoencoder import FACTOR, LATENTS, Decoder, Encoder
from dataset import MASKS, SIZE
from export import export_encoder
from train_autoencoder import to_float

MASKS_USED = 1
BATCH = 32


def load_autoencoder(folder):
    state = torch.load(f"{folder}/autoencoder.pt", map_location="cpu", weights_only=True)
    encoder, decoder = Encoder(), Decoder()
    encoder.load_state_dict(state["encoder"])
    decoder.load_state_dict(state["decoder"])
    return encoder.eval(), decoder.eval()


def hide(pictures, holes):
    """Pictures in [-1, 1] with the holes (bool [b, h, w], true = hidden) at mid grey."""
    return pictures * ~torch.as_tensor(holes)[:, None]


def preview(latents, pictures):
    """Least-squares factors [4, 3] and bias [3] from scaled latents to RGB in 0..1."""
    rgb = torch.nn.functional.avg_pool2d((pictures + 1) / 2, FACTOR).permute(0, 2, 3, 1).reshape(-1, 3)
    x = torch.cat([latents.permute(0, 2, 3, 1).reshape(-1, LATENTS), torch.ones(len(rgb), 1)], 1)
    w = torch.linalg.lstsq(x, rgb).solution
    return w[:-1].tolist(), w[-1].tolist()


def encode_all(folder):
    """Writes the latents of the data set; does nothing when they are there."""
    if os.path.exists(f"{folder}/latents.json"):
        return
    pictures = np.load(f"{folder}/pictures/pictures.npy", mmap_mode="r")
    masks = np.load(f"{folder}/pictures/masks.npy", mmap_mode="r")
    export_encoder(load_autoencoder(folder)[0], f"{folder}/encoder.onnx")
    session = ort.InferenceSession(f"{folder}/encoder.onnx")
    encode = lambda x: session.run(None, {"sample": x.numpy()})[0][:, :LATENTS]
    n, side, began = len(pictures), SIZE // FACTOR, time.time()
    create = lambda name, dtype, *shape: np.lib.format.open_memmap(f"{folder}/{name}.npy", "w+", dtype, shape)
    latents = create("latents", np.float16, n, LATENTS, side, side)
    known = create("known", np.float16, n, MASKS_USED, LATENTS, side, side)
    holes = create("holes", bool, n, MASKS_USED, side, side)
    first = encode(to_float(pictures[:512]))
    scale = float(1 / first.std())
    factors, bias = preview(torch.from_numpy(first * scale), to_float(pictures[:512]))
    nothing = encode(torch.zeros(1, 3, SIZE, SIZE))[0] * scale
    for i in range(0, n, BATCH):
        x = to_float(pictures[i : i + BATCH])
        latents[i : i + BATCH] = encode(x) * scale
        full = np.unpackbits(masks[i : i + BATCH], axis=-1).reshape(-1, MASKS, SIZE, SIZE).astype(bool)
        for m in range(MASKS_USED):
            known[i : i + BATCH, m] = encode(hide(x, full[:, m])) * scale
            holes[i : i + BATCH, m] = full[:, m, FACTOR // 2 :: FACTOR, FACTOR // 2 :: FACTOR]
    latents.flush(), known.flush(), holes.flush()
    with open(f"{folder}/latents.json", "w") as file:
        json.dump({"scale": scale, "factors": factors, "bias": bias, "nothing": nothing.tolist()}, file)
    print(f"encoded {n} pictures, {time.time() - began:.0f} s, scale {scale:.4f}", flush=True)
