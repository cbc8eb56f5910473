"""Trains the UNet and the text encoder together on the encoded pictures."""

import copy
import json
import os
import time

import numpy as np
import torch

from autoencoder import LATENTS
from schedule import ALPHAS
from text_encoder import WIDTH, TextEncoder
from train_autoencoder import DEVICE
from unet import UNet
from words import Tokenizer, learn

BATCH = 16
STEPS = 5400
RATE = 7e-4
WARMUP = 100  # steps
COOLING = 0.4  # last share of the steps, over which the rate falls to zero
EMPTY = 0.10  # share of captions left out, for guidance
EVERYTHING = 0.12  # share of pictures that are all hole, for painting from text alone
KEPT = 0.15  # weight of the loss outside the hole, where only copying is to be learned
GAMMA = 5.0  # signal to noise ratio above which a timestep weighs less and less
AVERAGE = 0.998  # decay of the averaged weights
SAVE_EVERY = 200  # steps


class Data:
    """The encoded data set in memory."""

    def __init__(self, folder):
        load = lambda name: torch.from_numpy(np.load(f"{folder}/{name}.npy"))
        self.latents, self.known, self.holes = load("latents"), load("known"), load("holes")
        with open(f"{folder}/latents.json") as file:
            self.nothing = torch.tensor(json.load(file)["nothing"])
        with open(f"{folder}/pictures/captions.json") as file:
            captions = json.load(file)
        self.tokenizer = Tokenizer(learn(text for texts in captions for text in texts))
        self.ids = torch.tensor([[self.tokenizer.encode(text) for text in texts] for texts in captions])
        self.empty = torch.tensor(self.tokenizer.encode(""))

    def batch(self, rng):
        """Latents, hole (1 = repaint), latents of the picture under the hole, token ids."""
        n = torch.from_numpy(rng.integers(0, len(self.latents), BATCH))
        m = torch.from_numpy(rng.integers(0, self.known.shape[1], BATCH))
        c = torch.from_numpy(rng.integers(0, self.ids.shape[1], BATCH))
        latents, known, hole, ids = self.latents[n].float(), self.known[n, m].float(), self.holes[n, m].float()[:, None], self.ids[n, c]
        everything = torch.from_numpy(rng.random(BATCH) < EVERYTHING)
        known[everything], hole[everything] = self.nothing, 1.0
        ids[torch.from_numpy(rng.random(BATCH) < EMPTY)] = self.empty
        return latents, hole, known, ids


def loss_of(unet, text_encoder, data, rng):
    latents, hole, known, ids = (part.to(DEVICE) for part in data.batch(rng))
    t = torch.from_numpy(((np.arange(BATCH) + rng.random(BATCH)) * 1000 / BATCH).astype(int))
    alpha = torch.from_numpy(ALPHAS[t.numpy()]).float().view(-1, 1, 1, 1).to(DEVICE)
    noise = torch.from_numpy(rng.standard_normal(latents.shape, np.float32)).to(DEVICE)
    noisy = alpha.sqrt() * latents + (1 - alpha).sqrt() * noise
    velocity = alpha.sqrt() * noise - (1 - alpha).sqrt() * latents
    sample = torch.cat([noisy, hole, known], 1).contiguous(memory_format=torch.channels_last)
    wrong = (unet(sample, t.to(DEVICE), text_encoder(ids)) - velocity) ** 2
    ratio = alpha / (1 - alpha)
    weight = (ratio.clamp(max=GAMMA) + 1) / (ratio + 1) * (KEPT + (1 - KEPT) * hole)
    return (wrong * weight).mean() / weight.mean()


def rate(step):
    """Share of RATE: a short rise, a long plateau, a fall to zero."""
    return min(1.0, (step + 1) / WARMUP, (STEPS - step) / (COOLING * STEPS))


def train(folder):
    """Writes folder/denoiser.pt unless it is finished; goes on from its last checkpoint."""
    data = Data(folder)
    torch.manual_seed(2)
    model = torch.nn.ModuleDict({"unet": UNet(LATENTS, WIDTH), "text_encoder": TextEncoder(len(data.tokenizer.vocab))})
    model = model.to(DEVICE, memory_format=torch.channels_last)
    average = copy.deepcopy(model).requires_grad_(False)
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE, betas=(0.9, 0.98), weight_decay=1e-2)
    path, start, spent = f"{folder}/denoiser.pt", 0, 0.0
    if os.path.exists(path):
        state = torch.load(path, map_location=DEVICE, weights_only=True)
        start, spent = state["step"], state["seconds"]
        model.load_state_dict(state["model"])
        average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
    began, losses = time.time() - spent, []
    for step in range(start, STEPS):
        for group in optimiser.param_groups:
            group["lr"] = RATE * rate(step)
        loss = loss_of(model["unet"], model["text_encoder"], data, np.random.default_rng((2, step)))
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        with torch.no_grad():
            decay = min(AVERAGE, (1 + step) / (10 + step))
            torch._foreach_lerp_(list(average.parameters()), list(model.parameters()), 1 - decay)
        losses.append(loss.item())
        if (step + 1) % 50 == 0:
            print(f"denoiser {step + 1}/{STEPS} loss {np.mean(losses[-50:]):.4f}, {time.time() - began:.0f} s", flush=True)
        if (step + 1) % SAVE_EVERY == 0 or step + 1 == STEPS:
            torch.save({"step": step + 1, "seconds": time.time() - began, "model": model.state_dict(),
                        "average": average.state_dict(), "optimiser": optimiser.state_dict()}, path + ".new")
            os.replace(path + ".new", path)


def averaged(folder):
    """Tokenizer, text encoder and UNet with the averaged weights of the last checkpoint."""
    with open(f"{folder}/pictures/captions.json") as file:
        tokenizer = Tokenizer(learn(text for texts in json.load(file) for text in texts))
    model = torch.nn.ModuleDict({"unet": UNet(LATENTS, WIDTH), "text_encoder": TextEncoder(len(tokenizer.vocab))})
    model.load_state_dict(torch.load(f"{folder}/denoiser.pt", map_location="cpu", weights_only=True)["average"])
    return tokenizer, model["text_encoder"].eval(), model["unet"].eval()
