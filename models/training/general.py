"""The denoiser as a UNet without mask channels, and as the ControlNet that gives it the picture around the mask.

Both are the inpainting UNet with its own weights: nothing is trained, so neither adds weights to the program.
With all of the picture masked that UNet paints from words alone; that is the general one. What the known picture
changes on its way down is a difference in what the levels hand across, and that difference is what a ControlNet
gives: at weight 1 both together are the inpainting UNet, to the rounding of a sum.
"""

import torch
from torch import nn

from autoencoder import FACTOR

NOTHING = -0.5  # below this a control picture's pixels are masked: -1 in every channel, where the others are in [0, 1]


def everything(sample, grey):
    """The channels of a mask over all: ones, and the latents of a grey picture."""
    ones = torch.ones_like(sample[:, :1])
    return torch.cat([sample, ones, grey.expand(len(sample), -1, *sample.shape[2:])], 1)


def grey_of(encoder):
    """Latents [1, LATENTS, 1, 1] of a grey picture, away from its edges."""
    with torch.no_grad():
        return encoder(torch.zeros(1, 3, 256, 256)).chunk(2, 1)[0][:, :, 15:16, 15:16]


class General(nn.Module):
    """Noisy latents [b, LATENTS, h, w], a timestep, text and what ControlNets add -> v."""

    def __init__(self, unet, encoder):
        super().__init__()
        self.unet = unet
        self.register_buffer("grey", grey_of(encoder))

    def forward(self, sample, timestep, text, add0, add1, add2, add):
        time = self.unet.moment(timestep, text)
        x0, x1, x2, h = self.unet.down(everything(sample, self.grey), time, text)
        return self.unet.up(x0 + add0, x1 + add1, x2 + add2, h + add, time, text)


class Inpaint(nn.Module):
    """The ControlNet: the same with a picture [b, 3, 8 h, 8 w] in [0, 1], -1 where it is masked -> what is added to three levels and the middle."""

    def __init__(self, unet, encoder):
        super().__init__()
        self.unet, self.encoder = unet, encoder
        self.register_buffer("grey", grey_of(encoder))

    def forward(self, sample, timestep, text, picture):
        masked = (picture.amax(1, keepdim=True) < NOTHING).to(picture.dtype)
        known = self.encoder((picture * 2 - 1) * (1 - masked)).chunk(2, 1)[0]
        mask = masked[:, :, ::FACTOR, ::FACTOR]  # a cell's first pixel, as the inpainting UNet's channel has it
        time = self.unet.moment(timestep, text)
        with_picture = self.unet.down(torch.cat([sample, mask, known], 1), time, text)
        without = self.unet.down(everything(sample, self.grey), time, text)
        return tuple(a - b for a, b in zip(with_picture, without))
