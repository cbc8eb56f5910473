"""The denoiser: a small conditional UNet for inpainting.

Input [b, 2 c + 1, h, w] for latents of c channels: noisy latents, mask (one where the picture is to
be repainted), latents of the masked picture. Output [b, c, h, w]: the velocity v. h and w are multiples of 4.
"""

import math

import torch
from torch import nn
from torch.nn import functional as F

from attention import Attention

WIDTHS = (96, 192, 320)  # channels at full, half and quarter latent resolution
TIME = 256
GROUPS = 8
HEAD = 32  # channels of an attention head


class Residual(nn.Module):
    """Two convolutions; the time embedding scales and shifts the second norm."""

    def __init__(self, inner, outer):
        super().__init__()
        self.norm1 = nn.GroupNorm(GROUPS, inner)
        self.conv1 = nn.Conv2d(inner, outer, 3, padding=1)
        self.time = nn.Linear(TIME, 2 * outer)
        self.norm2 = nn.GroupNorm(GROUPS, outer)
        self.conv2 = nn.Conv2d(outer, outer, 3, padding=1)
        self.shortcut = nn.Conv2d(inner, outer, 1) if inner != outer else nn.Identity()
        nn.init.zeros_(self.conv2.weight)

    def forward(self, x, time):
        h = self.conv1(F.silu(self.norm1(x)))
        scale, shift = self.time(time)[:, :, None, None].chunk(2, 1)
        h = self.norm2(h) * (1 + scale) + shift
        return self.shortcut(x) + self.conv2(F.silu(h))


class Transformer(nn.Module):
    """Attention of the pixels to the text, and, when `deep`, first to each other and then a feed-forward."""

    def __init__(self, width, text, deep):
        super().__init__()
        self.deep = deep
        self.norm = nn.GroupNorm(GROUPS, width)
        if deep:
            self.norm1 = nn.LayerNorm(width)
            self.attn1 = Attention(width, width // HEAD)
            self.norm3 = nn.LayerNorm(width)
            self.fc1 = nn.Linear(width, 2 * width)
            self.fc2 = nn.Linear(2 * width, width)
            nn.init.zeros_(self.fc2.weight)
        self.norm2 = nn.LayerNorm(width)
        self.attn2 = Attention(width, width // HEAD, text)

    def forward(self, x, text):
        tokens = self.norm(x).flatten(2).transpose(1, 2)
        change = 0
        if self.deep:
            change = change + self.attn1(self.norm1(tokens))
        change = change + self.attn2(self.norm2(tokens + change), text)
        if self.deep:
            change = change + self.fc2(F.silu(self.fc1(self.norm3(tokens + change))))
        return x + change.transpose(1, 2).unflatten(2, x.shape[2:])


class UNet(nn.Module):
    def __init__(self, latents, text):
        """`latents` channels of a latent, `text` channels of the text states."""
        super().__init__()
        a, b, c = WIDTHS
        self.time1, self.time2 = nn.Linear(64, TIME), nn.Linear(TIME, TIME)
        self.text = nn.Linear(text, TIME)
        self.conv_in = nn.Conv2d(2 * latents + 1, a, 3, padding=1)
        self.down0 = Residual(a, a)
        self.shrink0 = nn.Conv2d(a, a, 3, stride=2, padding=1)
        self.down1, self.read1 = Residual(a, b), Transformer(b, text, False)
        self.shrink1 = nn.Conv2d(b, b, 3, stride=2, padding=1)
        self.down2, self.read2 = Residual(b, c), Transformer(c, text, True)
        self.middle, self.read3 = Residual(c, c), Transformer(c, text, True)
        self.up2, self.read4 = Residual(2 * c, c), Transformer(c, text, True)
        self.up1, self.read5 = Residual(c + b, b), Transformer(b, text, True)
        self.fine1 = Residual(b, b)
        self.up0 = Residual(b + a, a)
        self.fine0 = Residual(a, a)
        self.norm_out = nn.GroupNorm(GROUPS, a)
        self.conv_out = nn.Conv2d(a, latents, 3, padding=1)
        nn.init.zeros_(self.conv_out.weight)

    def forward(self, sample, timestep, text):
        """`timestep` is a scalar or [b], 0..999; `text` [b, tokens, channels]."""
        time = self.moment(timestep, text)
        return self.up(*self.down(sample, time, text), time, text)

    def moment(self, timestep, text):
        """The embedding of timestep and text, [b, TIME]."""
        rates = torch.exp(torch.arange(32, device=text.device) * (-math.log(10000.0) / 32))
        angles = timestep.reshape(-1, 1).float() * rates
        time = self.time1(torch.cat([angles.cos(), angles.sin()], 1))
        return F.silu(self.time2(F.silu(time)) + self.text(text.mean(1)))

    def down(self, sample, time, text):
        """The way down: what its three levels hand across, finest first, and the middle."""
        x0 = self.down0(self.conv_in(sample), time)
        x1 = self.read1(self.down1(self.shrink0(x0), time), text)
        x2 = self.read2(self.down2(self.shrink1(x1), time), text)
        return x0, x1, x2, self.read3(self.middle(x2, time), text)

    def up(self, x0, x1, x2, h, time, text):
        """The way up."""
        h = self.read4(self.up2(torch.cat([h, x2], 1), time), text)
        h = F.interpolate(h, scale_factor=2.0, mode="nearest")
        h = self.fine1(self.read5(self.up1(torch.cat([h, x1], 1), time), text), time)
        h = F.interpolate(h, scale_factor=2.0, mode="nearest")
        h = self.fine0(self.up0(torch.cat([h, x0], 1), time), time)
        return self.conv_out(F.silu(self.norm_out(h)))
