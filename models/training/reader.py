"""The scene network: what every pixel of a picture shows, and which tags hold."""

import torch
from torch import nn

from parts import FILLERS, PARTS, RATINGS, SIDED, SIDES, TAGS, WORDS

MAP = 352  # side of CLIPSeg's maps, which what is made of them is measured by
WIDTHS = (16, 32, 64, 96, 128)  # at 1/2, 1/4, 1/8, 1/16 and 1/32 of the picture


def conv(inner, width, size=3, stride=1):
    return nn.Sequential(nn.Conv2d(inner, width, size, stride, size // 2, bias=False), nn.BatchNorm2d(width), nn.ReLU())


class Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.first, self.second = conv(width, width), conv(width, width)[:2]

    def forward(self, x):
        return torch.relu(x + self.second(self.first(x)))


class Trunk(nn.Module):
    """Picture [b, 3, h, w] in [-1, 1] -> features at 1/4, 1/8, 1/16 and 1/32."""

    def __init__(self):
        super().__init__()
        a, b, c, d, e = WIDTHS
        self.quarter = nn.Sequential(conv(3, a, 3, 2), conv(a, b, 3, 2), Residual(b))
        self.eighth = nn.Sequential(conv(b, c, 3, 2), Residual(c), Residual(c))
        self.sixteenth = nn.Sequential(conv(c, d, 3, 2), Residual(d), Residual(d))
        self.last = conv(d, e, 3, 2)

    def forward(self, x):
        quarter = self.quarter(x)
        eighth = self.eighth(quarter)
        sixteenth = self.sixteenth(eighth)
        return quarter, eighth, sixteenth, self.last(sixteenth)


class PartsHead(nn.Module):
    """Scores [b, parts, h/2, w/2] of what each place shows."""

    def __init__(self):
        super().__init__()
        _, b, c, d, e = WIDTHS
        self.down = nn.ModuleList([conv(e, d, 1), conv(d, c, 1), conv(c, 48, 1)])
        self.across = nn.ModuleList([conv(d, d), conv(c, c), nn.Sequential(conv(48, 48), conv(48, 48))])
        self.quarter = conv(b, 48, 1)
        self.out = nn.Conv2d(48, 4 * len(PARTS), 1)

    def forward(self, features):
        quarter, eighth, sixteenth, x = features
        for down, across, side in zip(self.down, self.across, (sixteenth, eighth, self.quarter(quarter))):
            x = across(nn.functional.interpolate(down(x), scale_factor=2) + side)
        return nn.functional.pixel_shuffle(self.out(x), 2)


# What the tags' head looks at by itself: the parts that it takes together.
GROUPS = (("sleeve", "torso"), tuple(name for name in PARTS if name.split()[-1] in SIDED), ("neck", "face"), ("hair",), ("background",), ("thing",))
HANDS, WALL = 1, 4


def mean_over(shares, x):
    """The means [b, groups * c] of x [b, c, h, w] over groups of parts whose shares of each place are [b, groups, h, w]."""
    weights = shares.flatten(2)
    sums = weights @ x.flatten(2).transpose(1, 2)
    return (sums / (weights.sum(2, keepdim=True) + 1e-2)).flatten(1)


class TagsHead(nn.Module):
    """Scores [b, tags], from colours and features of the parts that were told apart, each for itself, and of all of the picture."""

    def __init__(self):
        super().__init__()
        _, b, c, d, e = WIDTHS
        self.register_buffer("groups", torch.tensor([[float(name in group) for name in PARTS] for group in GROUPS]))
        self.norm = nn.BatchNorm1d(len(GROUPS) * (3 + b) + 2 * c + d + len(GROUPS) + d + 2 * e)
        self.hidden = nn.Linear(self.norm.num_features, 128)
        self.out = nn.Linear(128, len(TAGS))

    def forward(self, x, features, scores):
        quarter, eighth, sixteenth, last = features
        half = torch.softmax(scores, 1).flatten(2)
        half = (self.groups @ half).view(-1, len(GROUPS), *scores.shape[2:])
        pool = nn.functional.avg_pool2d
        at_quarter, at_eighth, at_sixteenth = pool(half, 2), pool(half, 4), pool(half, 8)
        seen = [
            mean_over(at_quarter, torch.cat([pool(x, 4), quarter], 1)),
            mean_over(at_eighth[:, [HANDS, WALL]], eighth),
            mean_over(at_sixteenth[:, [HANDS]], sixteenth),
            at_sixteenth.mean((2, 3)), sixteenth.amax((2, 3)), last.amax((2, 3)), last.mean((2, 3)),
        ]
        return self.out(torch.relu(self.hidden(self.norm(torch.cat(seen, 1)))))


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk, self.parts, self.tags = Trunk(), PartsHead(), TagsHead()

    def forward(self, x):
        features = self.trunk(x)
        scores = self.parts(features)
        with torch.autocast(x.device.type, enabled=False):
            return scores, self.tags(x, [each.float() for each in features], scores.detach().float())


class WordsToMask(nn.Module):
    """Pictures in [-1, 1] and the ids of words -> scores [b, MAP, MAP] of what the words name, and the ratings, in 0..1.

    Every known word is one token, which adds its parts to those that are looked for; a token that is none of them leaves nothing.
    """

    def __init__(self, reader, tokenizer):
        super().__init__()
        self.reader = reader
        table = torch.zeros(len(tokenizer.vocab), len(PARTS) + 3)  # parts, left, right, unknown
        table[:, -1] = 1
        start, end = (tokenizer.encode("")[i] for i in (0, 1))
        table[[start, end], -1] = 0
        for word in (*WORDS, *SIDES, *FILLERS):
            (token,) = tokenizer.piece_ids(word)
            table[token, -1] = 0
            for name in WORDS.get(word, ()):
                table[token, PARTS.index(name)] = 1
            if word in SIDES:
                table[token, len(PARTS) + list(SIDES).index(word)] = 1
        self.register_buffer("table", table)
        sides = torch.zeros(2, len(PARTS))  # parts that go where only the other side is asked for
        for i, name in enumerate(PARTS):
            if name.split()[-1] in SIDED:
                sides[list(SIDES).index(name.split()[0]), i] = 1
        self.register_buffer("sides", sides)

    def forward(self, pixels, ids, mask):
        scores, tags = self.reader(pixels)
        shares = torch.softmax(scores, 1)
        said = (self.table[ids] * mask[..., None]).sum(1).clamp(max=1)
        named, sides, unknown = said[:, : len(PARTS)], said[:, len(PARTS) : -1], said[:, -1:]
        out = (sides.amax(1, keepdim=True) * (1 - sides)) @ self.sides
        wanted = named * (1 - out) * (1 - unknown)
        share = (shares * wanted[:, :, None, None]).sum(1).clamp(1e-4, 1 - 2**-8)
        scores = torch.log(share / (1 - share))
        scores = nn.functional.interpolate(scores[:, None], size=(MAP, MAP), mode="bilinear")[:, 0]
        return scores, torch.sigmoid(tags[:, : len(RATINGS)])


class Tagger(nn.Module):
    """Pictures [b, h, w, 3], blue, green, red in 0..255 -> how sure each of the tags `told` is, in 0..1."""

    def __init__(self, reader, told):
        super().__init__()
        self.reader = reader
        self.register_buffer("told", torch.tensor(told))

    def forward(self, x):
        x = x.flip(3).permute(0, 3, 1, 2) / 127.5 - 1
        return torch.sigmoid(self.reader(x)[1][:, self.told])
