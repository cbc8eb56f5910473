"""The autoencoder: pictures [b, 3, h, w] in [-1, 1] <-> latents [b, 4, h/4, w/4]."""

import torch
from torch import nn
from torch.nn import functional as F

LATENTS = 4
FACTOR = 4
WIDTH = 72  # channels at latent resolution
FINE = 32  # channels of the decoder at twice that resolution


class Residual(nn.Module):
    """Two convolutions around a shortcut; no norm, so a pixel's result never depends on far ones."""

    def __init__(self, width):
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(self.conv2.weight)
        nn.init.zeros_(self.conv2.bias)

    def forward(self, x):
        return x + self.conv2(F.silu(self.conv1(F.silu(x))))


class Encoder(nn.Module):
    """Picture -> mean and log variance of the latents, [b, 8, h/4, w/4]."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3 * FACTOR**2, WIDTH, 3, padding=1)
        self.body = nn.Sequential(Residual(WIDTH), Residual(WIDTH))
        self.head = nn.Conv2d(WIDTH, 2 * LATENTS, 3, padding=1)

    def forward(self, sample):
        mean, spread = self.head(F.silu(self.body(self.stem(F.pixel_unshuffle(sample, FACTOR))))).chunk(2, 1)
        return torch.cat([mean, spread - 5.0], 1)


class Decoder(nn.Module):
    """Latents, not scaled -> picture."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(LATENTS, WIDTH, 3, padding=1)
        self.body = nn.Sequential(Residual(WIDTH), Residual(WIDTH), Residual(WIDTH))
        self.up = nn.Conv2d(WIDTH, FINE * 4, 3, padding=1)
        self.fine = Residual(FINE)
        self.head = nn.Conv2d(FINE, 3 * 4, 3, padding=1)

    def forward(self, latent_sample):
        x = F.pixel_shuffle(self.up(F.silu(self.body(self.stem(latent_sample)))), 2)
        return F.pixel_shuffle(self.head(F.silu(self.fine(x))), 2)
