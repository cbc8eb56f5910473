"""The autoencoder: pictures [b, 3, h, w] in [-1, 1] <-> latents [b, LATENTS, h/8, w/8]."""

import torch
from torch import nn
from torch.nn import functional as F

LATENTS = 12
FACTOR = 8
WIDTHS = (40, 80, 160)  # channels at a half, a quarter and an eighth of the picture's resolution


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
    """Picture -> mean and log variance of the latents, [b, 2 LATENTS, h/8, w/8]."""

    def __init__(self):
        super().__init__()
        _, b, c = WIDTHS
        self.stem = nn.Conv2d(3 * 16, b, 3, padding=1)
        self.fine = Residual(b)
        self.down = nn.Conv2d(4 * b, c, 1)
        self.body = nn.Sequential(Residual(c), Residual(c))
        self.head = nn.Conv2d(c, 2 * LATENTS, 3, padding=1)

    def forward(self, sample):
        x = self.fine(self.stem(F.pixel_unshuffle(sample, 4)))
        x = self.body(self.down(F.pixel_unshuffle(F.silu(x), 2)))
        mean, spread = self.head(F.silu(x)).chunk(2, 1)
        return torch.cat([mean, spread - 5.0], 1)


class Decoder(nn.Module):
    """Latents, not scaled -> picture."""

    def __init__(self):
        super().__init__()
        a, b, c = WIDTHS
        self.stem = nn.Conv2d(LATENTS, c, 3, padding=1)
        self.body = nn.Sequential(Residual(c), Residual(c), Residual(c))
        self.up1 = nn.Conv2d(c, b * 4, 1)
        self.fine1 = nn.Sequential(Residual(b), Residual(b))
        self.up2 = nn.Conv2d(b, a * 4, 1)
        self.fine2 = Residual(a)
        self.head = nn.Conv2d(a, 3 * 4, 3, padding=1)

    def forward(self, latent_sample):
        x = self.body(self.stem(latent_sample))
        x = self.fine1(F.pixel_shuffle(self.up1(F.silu(x)), 2))
        x = self.fine2(F.pixel_shuffle(self.up2(F.silu(x)), 2))
        return F.pixel_shuffle(self.head(F.silu(x)), 2)
