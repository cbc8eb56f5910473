"""Trains the autoencoder on random crops of the drawn pictures."""

import os
import time

import numpy as np
import torch

from autoencoder import Decoder, Encoder

CROP = 64  # pixels
BATCH = 16
STEPS = 2600
RATE = 2e-3
KL = 3e-4
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def crops(pictures, rng):
    """A batch of crops as float [BATCH, 3, CROP, CROP] in [-1, 1]."""
    room = pictures.shape[1] - CROP
    out = np.empty((BATCH, CROP, CROP, 3), np.uint8)
    for i in range(BATCH):
        n, (y, x) = rng.integers(len(pictures)), rng.integers(0, room + 1, 2)
        out[i] = pictures[n, y : y + CROP, x : x + CROP]
    return to_float(out)


def to_float(pictures):
    """uint8 [b, h, w, 3] -> float32 [b, 3, h, w] in [-1, 1]."""
    return torch.from_numpy(np.asarray(pictures)).permute(0, 3, 1, 2).float() / 127.5 - 1


def edges(x):
    return x[..., 1:, :] - x[..., :-1, :], x[..., :, 1:] - x[..., :, :-1]


def loss_of(encoder, decoder, x):
    mean, spread = encoder(x).chunk(2, 1)
    y = decoder(mean + torch.randn_like(mean) * (0.5 * spread).exp())
    slopes = sum((a - b).abs().mean() for a, b in zip(edges(x), edges(y)))
    kl = 0.5 * (mean**2 + spread.exp() - 1 - spread).mean()
    return (x - y).abs().mean() + 0.5 * slopes + KL * kl


def psnr(encoder, decoder, pictures):
    """Peak signal to noise ratio in dB of decoded means, over all pixels of uint8 pictures."""
    with torch.no_grad():
        x = to_float(pictures).to(DEVICE)
        y = decoder(encoder(x).chunk(2, 1)[0]).clamp(-1, 1)
        return 10 * np.log10(4 / (x - y).pow(2).mean().item())


def train(folder):
    """Writes folder/autoencoder.pt unless it is finished; goes on from its last checkpoint."""
    pictures = np.load(f"{folder}/pictures/pictures.npy", mmap_mode="r")
    torch.manual_seed(1)
    encoder, decoder = (m().to(DEVICE, memory_format=torch.channels_last) for m in (Encoder, Decoder))
    parameters = [*encoder.parameters(), *decoder.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=RATE, betas=(0.9, 0.98), weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, STEPS, pct_start=0.06)
    path, start = f"{folder}/autoencoder.pt", 0
    if os.path.exists(path):
        state = torch.load(path, map_location=DEVICE, weights_only=True)
        start = state["step"]
        for part, name in ((encoder, "encoder"), (decoder, "decoder"), (optimiser, "optimiser"), (schedule, "schedule")):
            part.load_state_dict(state[name])
    began = time.time()
    for step in range(start, STEPS):
        x = crops(pictures, np.random.default_rng((1, step))).to(DEVICE, memory_format=torch.channels_last)
        loss = loss_of(encoder, decoder, x)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        schedule.step()
        if (step + 1) % 200 == 0 or step + 1 == STEPS:
            print(f"autoencoder {step + 1}/{STEPS} loss {loss.item():.4f} psnr {psnr(encoder, decoder, pictures[:64]):.2f} dB, {time.time() - began:.0f} s", flush=True)
            torch.save({"step": step + 1, "encoder": encoder.state_dict(), "decoder": decoder.state_dict(),
                        "optimiser": optimiser.state_dict(), "schedule": schedule.state_dict()}, path + ".new")
            os.replace(path + ".new", path)
