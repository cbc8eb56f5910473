"""Trains the built-in model by the clock: autoencoder, denoiser with text encoder, and the judge's classifier.

Everything is drawn while it trains; learning rates follow the clock, so that every stage ends cooled.
"""

import argparse
import copy
import json
import math
import os
import time

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # spinning threads cost 3/4 of the speed on a shared machine

import numpy as np
import torch
from PIL import Image

import autoencoder
import classifier
import dataset
from autoencoder import LATENTS, Decoder, Encoder
from cases import case
from dataset import CAPTIONS, CHUNK, JUDGE, TRAIN, Chunks, Painter, rng_of
from drawing import draw
from masks import draw_masks
from scene import caption, pack
from schedule import ALPHAS, SIGMAS
from text_encoder import WIDTH, TextEncoder
from unet import UNet
from words import Tokenizer, learn

SIZE = 256  # native size, pixels
CUDA = torch.cuda.is_available()
DEVICE = torch.device("cuda" if CUDA else "cpu")
KL = 3e-4
RATES = {"autoencoder": 1.5e-3, "denoiser": 1e-3, "classifier": 2e-3}
AE_BATCH = 32
BATCH = 256
POOL = 65536  # encoded pictures that are kept for reuse
FIRST = 12  # chunks in the pool before the denoiser starts
DRAWING = 0.28  # most of the denoiser's time that may go into drawing
EMPTY = 0.12  # share of captions left out, for guidance
KEPT = 0.15  # weight of the loss outside the hole, where only copying is to be learned
GAMMA = 5.0  # signal to noise ratio above which a timestep weighs less and less
AVERAGE = 0.999  # decay of the averaged weights
BEGAN = time.time()


LOGS = []  # files that the log is written to besides standard output


def log(text):
    line = f"{time.time() - BEGAN:7.1f} s  {text}"
    print(line, flush=True)
    for path in LOGS:
        with open(path, "a") as out:
            out.write(line + "\n")


def sync():
    if CUDA:
        torch.cuda.synchronize()


def half():
    return torch.autocast(DEVICE.type, torch.bfloat16, enabled=CUDA)


def rate(share, step, top):
    """Learning rate after a share of the time: a short rise, a plateau, a fall to zero that always ends with the clock."""
    return top * min(1.0, (step + 1) / 200, max(0.0, 1 - share) / 0.65)


def vocabulary():
    """The tokenizer, learned from captions."""
    rng, captions = rng_of(TRAIN, 1 << 40), []
    for _ in range(12000):
        pair = dataset.pair(rng, bool(rng.random() < 0.4), bool(rng.random() < 0.15))
        captions += [caption(rng, scene) for scene in pair]
    return Tokenizer(learn(captions))


class Clock:
    """The share of a stage's seconds that has gone by, read every few steps."""

    def __init__(self, seconds):
        self.seconds, self.began, self.share = seconds, time.time(), 0.0

    def tick(self, step):
        if step % 8 == 0:
            sync()
            self.share = (time.time() - self.began) / self.seconds
        return self.share


def optimiser_of(parameters, top, decay):
    return torch.optim.AdamW(parameters, lr=top, betas=(0.9, 0.98), weight_decay=decay, fused=CUDA)


def update(optimiser, parameters, loss, now):
    for group in optimiser.param_groups:
        group["lr"] = now
    optimiser.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    optimiser.step()


def compiled(function, *inputs):
    """The function compiled for a CUDA device where that works for these inputs, else as it is."""
    if not CUDA or os.environ.get("NO_COMPILE"):
        return function
    began = time.time()
    try:
        fast = torch.compile(function, dynamic=False)
        out = fast(*inputs)
        if isinstance(out, torch.Tensor) and out.requires_grad and out.ndim == 0:
            out.backward()
        sync()
        log(f"compiled {getattr(function, '__name__', type(function).__name__)} in {time.time() - began:.0f} s")
        return fast
    except Exception as problem:  # slower is better than nothing here
        log(f"not compiled: {type(problem).__name__}: {str(problem)[:300]}")
        return function


class Guard:
    """Goes back to the last good averages, at half the rate, where a loss is not finite."""

    def __init__(self, parameters, averages):
        self.parameters, self.averages, self.slower = parameters, averages, 1.0
        self.good = [p.detach().clone() for p in averages]

    @torch.no_grad()
    def check(self, loss, optimiser):
        if math.isfinite(loss):
            torch._foreach_copy_(self.good, self.averages)
            return
        self.slower *= 0.5
        torch._foreach_copy_(self.parameters, self.good)
        torch._foreach_copy_(self.averages, self.good)
        optimiser.state.clear()
        log(f"the loss is not finite: back to the last good weights, rate x {self.slower}")


# --- autoencoder

def edges(x):
    return x[..., 1:, :] - x[..., :-1, :], x[..., :, 1:] - x[..., :, :-1]


def autoencoder_loss(encoder, decoder, x):
    with half():
        mean, spread = encoder(x).float().chunk(2, 1)
        y = decoder(mean + torch.randn_like(mean) * (0.5 * spread).exp()).float()
    slopes = sum((a - b).abs().mean() for a, b in zip(edges(x), edges(y)))
    kl = 0.5 * (mean**2 + spread.exp() - 1 - spread).mean()
    return (x - y).abs().mean() + ((x - y) ** 2).mean() + 0.5 * slopes + KL * kl


@torch.no_grad()
def psnr(encoder, decoder, x):
    """Peak signal to noise ratio in dB of decoded means, over all pixels of pictures in [-1, 1]; float32."""
    y = decoder(encoder(x).chunk(2, 1)[0]).clamp(-1, 1)
    return 10 * math.log10(4 / (x - y).pow(2).mean().item())


def train_autoencoder(chunks, painter, seconds):
    torch.manual_seed(1)
    encoder, decoder = (m().to(DEVICE, memory_format=torch.channels_last) for m in (Encoder, Decoder))
    both = torch.nn.ModuleList([encoder, decoder])
    average = copy.deepcopy(both).requires_grad_(False)
    parameters = list(both.parameters())
    optimiser = optimiser_of(parameters, RATES["autoencoder"], 1e-4)
    clock, step, losses = Clock(seconds), 0, []
    test = painter.pictures(chunks.next(DEVICE)[0])[:: max(1, CHUNK // 64)].contiguous(memory_format=torch.channels_last)
    loss_of = compiled(lambda x: autoencoder_loss(encoder, decoder, x), test[:AE_BATCH])
    guard = Guard(parameters, list(average.parameters()))
    while clock.share < 1:
        scenes, others, holes, _ = chunks.next(DEVICE)
        x, y, hole = painter.paint(scenes, others, holes)
        y[::3] *= 1 - hole[::3]  # pictures with a hole
        for part in torch.cat([x, y])[torch.randperm(2 * CHUNK, device=DEVICE)].split(AE_BATCH):
            part = part.contiguous(memory_format=torch.channels_last)
            loss = loss_of(part)
            update(optimiser, parameters, loss, guard.slower * rate(clock.tick(step), step, RATES["autoencoder"]))
            with torch.no_grad():
                torch._foreach_lerp_(list(average.parameters()), parameters, 1 - min(0.995, (1 + step) / (10 + step)))
            losses.append(loss.detach())
            step += 1
            if step % 200 == 0:
                now = torch.stack(losses[-200:]).mean().item()
                log(f"autoencoder {step} loss {now:.4f} psnr {psnr(*average, test):.2f} dB, {clock.share:.0%}")
                guard.check(now, optimiser)
    log(f"autoencoder done: {step} steps of {AE_BATCH}, psnr {psnr(*average, test):.2f} dB")
    encoder, decoder = average
    return rescaled(encoder.eval(), decoder.eval(), test)


@torch.no_grad()
def rescaled(encoder, decoder, pictures):
    """The same autoencoder with latents of unit deviation in every channel, and its linear preview."""
    mean, spread = encoder(pictures).chunk(2, 1)
    deviation = (mean.var((0, 2, 3)) + spread.exp().mean((0, 2, 3))).sqrt()
    encoder.head.weight[:LATENTS] /= deviation.view(-1, 1, 1, 1)
    encoder.head.bias[:LATENTS] /= deviation
    encoder.head.bias[LATENTS:] -= 2 * deviation.log()
    decoder.stem.weight *= deviation.view(1, -1, 1, 1)
    log(f"deviations of the latents {[round(d, 2) for d in deviation.tolist()]}, psnr after rescaling {psnr(encoder, decoder, pictures):.2f} dB")
    z = encoder(pictures).chunk(2, 1)[0]
    rgb = torch.nn.functional.avg_pool2d((pictures + 1) / 2, autoencoder.FACTOR).permute(0, 2, 3, 1).reshape(-1, 3)
    x = torch.cat([z.permute(0, 2, 3, 1).reshape(-1, LATENTS), torch.ones(len(rgb), 1, device=z.device)], 1)
    w = torch.linalg.lstsq(x, rgb).solution
    return encoder, decoder, {"scale": 1.0, "factors": w[:-1].tolist(), "bias": w[-1].tolist()}


# --- denoiser

class Pool:
    """Encoded pictures: what is to be painted, what was there before, what is known, the hole, and captions."""

    def __init__(self, chunks, painter, encoder):
        self.chunks, self.painter, self.filled, self.at, self.drawn = chunks, painter, 0, 0, 0
        side, new = painter.size // autoencoder.FACTOR, lambda *shape, dtype: torch.zeros(POOL, *shape, dtype=dtype, device=DEVICE)
        latent = torch.bfloat16 if CUDA else torch.float32
        self.target, self.before, self.known = (new(LATENTS, side, side, dtype=latent) for _ in range(3))
        self.hole = new(1, side, side, dtype=torch.bool)
        self.ids = new(CAPTIONS, 77, dtype=torch.int16)

        def encode(x):
            with half():
                return encoder(x)[:, :LATENTS]

        self.encode = compiled(torch.no_grad()(encode), torch.zeros(CHUNK, 3, painter.size, painter.size, device=DEVICE))

    @torch.no_grad()
    def draw(self):
        scenes, others, holes, ids = self.chunks.next(DEVICE)
        x, y, hole = self.painter.paint(scenes, others, holes)
        here, middle = slice(self.at, self.at + CHUNK), autoencoder.FACTOR // 2
        for place, picture in ((self.target, x), (self.before, y), (self.known, x * (1 - hole))):
            place[here] = self.encode(picture).to(place.dtype)
        self.hole[here] = hole[:, :, middle :: autoencoder.FACTOR, middle :: autoencoder.FACTOR] > 0
        self.ids[here] = ids
        self.at = (self.at + CHUNK) % POOL
        self.filled = min(POOL, self.filled + CHUNK)
        self.drawn += CHUNK

    def batch(self, n):
        """Latents to paint, latents before, latents known, hole, token ids."""
        i = torch.randint(self.filled, (n,), device=DEVICE)
        ids = self.ids[i, torch.randint(CAPTIONS, (n,), device=DEVICE)]
        return self.target[i].float(), self.before[i].float(), self.known[i].float(), self.hole[i].float(), ids.long()


def start_of(target, before, hole, t):
    """What is noised in place of the target: for some, at high noise, what a run may stand at instead.

    Runs start from the picture as it was, from nothing but noise, or overshoot by guidance; the network is to come back from there.
    """
    n = len(target)
    kind, u = torch.rand(2, n, 1, 1, 1, device=DEVICE)
    share = torch.where(kind < 0.18, 1.0, torch.where(kind < 0.25, u, torch.where(kind < 0.36, -2.5 * u * u, 0.0)))
    share = torch.where(t.view(-1, 1, 1, 1) < 380, 0.0, share)
    start = target + share * (before - target)
    nothing = (kind > 0.36) & (kind < 0.60) & (t.view(-1, 1, 1, 1) > 900)
    return target + hole * (torch.where(nothing, 0.0, start) - target)


def denoiser_loss(model, alphas, target, before, known, hole, ids, t, noise, start):
    alpha = alphas[t].view(-1, 1, 1, 1)
    noisy = alpha.sqrt() * start + (1 - alpha).sqrt() * noise
    velocity = (alpha.sqrt() * noisy - target) / (1 - alpha).sqrt()
    sample = torch.cat([noisy, hole, known], 1).contiguous(memory_format=torch.channels_last)
    with half():
        said = model["unet"](sample, t, model["text_encoder"](ids)).float()
    ratio = alpha / (1 - alpha)
    weight = (ratio.clamp(max=GAMMA) + 1) / (ratio + 1) * (KEPT + (1 - KEPT) * hole)
    return ((said - velocity) ** 2 * weight).mean() / weight.mean()


def train_denoiser(pool, tokenizer, seconds, save):
    torch.manual_seed(2)
    model = torch.nn.ModuleDict({"unet": UNet(LATENTS, WIDTH), "text_encoder": TextEncoder(len(tokenizer.vocab))})
    model = model.to(DEVICE, memory_format=torch.channels_last)
    average = copy.deepcopy(model).requires_grad_(False)
    parameters, averages = list(model.parameters()), list(average.parameters())
    optimiser = optimiser_of(parameters, RATES["denoiser"], 1e-2)
    alphas = torch.from_numpy(ALPHAS).float().to(DEVICE)
    empty = torch.tensor(tokenizer.encode(""), device=DEVICE)
    clock, step, losses, saved = Clock(seconds), 0, [], 0
    for _ in range(FIRST):
        pool.draw()
    sync()
    began = time.time()
    pool.draw(), pool.draw()
    sync()
    drawing = (time.time() - began) / 2

    def inputs():
        target, before, known, hole, ids = pool.batch(BATCH)
        ids = torch.where(torch.rand(BATCH, 1, device=DEVICE) < EMPTY, empty, ids)
        t = ((torch.arange(BATCH, device=DEVICE) + torch.rand(BATCH, device=DEVICE)) * (1000 / BATCH)).long().clamp(max=999)
        return target, before, known, hole, ids, t, torch.randn_like(target), start_of(target, before, hole, t)

    loss_of = compiled(lambda *parts: denoiser_loss(model, alphas, *parts), *inputs())
    every, timed, guard = 4, time.time(), Guard(parameters, averages)
    while clock.share < 1:
        if step % every == 0:
            pool.draw()
        loss = loss_of(*inputs())
        update(optimiser, parameters, loss, guard.slower * rate(clock.tick(step), step, RATES["denoiser"]))
        with torch.no_grad():
            torch._foreach_lerp_(averages, parameters, 1 - min(AVERAGE, (1 + step) / (10 + step)))
        losses.append(loss.detach())
        step += 1
        if step in (48, 96, 400):
            sync()
            took = (time.time() - timed) / (48 if step < 100 else 304)
            stepping = max(1e-4, took - drawing / every)
            every = max(1, math.ceil(drawing * (1 - DRAWING) / DRAWING / stepping))
            timed = time.time()
            log(f"a chunk takes {drawing * 1000:.0f} ms, a step {stepping * 1000:.1f} ms: a chunk every {every} steps")
        if step % 200 == 0:
            now = torch.stack(losses[-200:]).mean().item()
            log(f"denoiser {step} loss {now:.4f}, {pool.drawn} pictures, {clock.share:.0%}")
            guard.check(now, optimiser)
        if clock.share > 0.3 + 0.2 * saved:
            save(average)
            saved += 1
    log(f"denoiser done: {step} steps of {BATCH}, {pool.drawn} pictures, loss {torch.stack(losses[-400:]).mean().item():.4f}")
    return average.eval()


# --- the judge

def train_classifier(chunks, painter, encoder, decoder, seconds):
    torch.manual_seed(3)
    network = classifier.Classifier().to(DEVICE, memory_format=torch.channels_last)
    parameters = list(network.parameters())
    optimiser = optimiser_of(parameters, RATES["classifier"], 1e-2)
    clock, step = Clock(seconds), 0
    while clock.share < 1:
        x, labels = classifier.examples(chunks, painter, encoder, decoder, DEVICE)
        order = torch.randperm(len(x), device=DEVICE)
        for i in order.split(classifier.BATCH):
            with half():
                loss = classifier.loss_of(network, x[i].contiguous(memory_format=torch.channels_last), labels[i])
            update(optimiser, parameters, loss, rate(clock.tick(step), step, RATES["classifier"]))
            step += 1
        if step % 100 < 2:
            log(f"classifier {step} loss {loss.item():.3f}")
    network.eval()
    x, labels = classifier.examples(chunks, painter, encoder, decoder, DEVICE)
    said, labels = classifier.read(network, x), labels.cpu().numpy()
    right = {name: float((said[name] == labels[:, j])[labels[:, j] != classifier.UNKNOWN].mean()) for j, name in enumerate(classifier.HEADS)}
    log(f"classifier done: {step} steps; right about " + ", ".join(f"{k} {v:.1%}" for k, v in right.items()))
    return network


def karras(steps, strength):
    n = np.linspace(0, 1, steps)
    low, high = SIGMAS[0], SIGMAS[-1]
    sigmas = np.append((high ** (1 / 7) + n * (low ** (1 / 7) - high ** (1 / 7))) ** 7, 0.0)
    return sigmas[steps - min(int(steps * strength), steps) :]


@torch.no_grad()
def repaired(model, encoder, decoder, tokenizer, pictures, masks, prompts, seed=0, steps=20, guidance=7.0, strength=0.75):
    """Pictures [b, 3, h, w] in [-1, 1] after a repaint with DPM++ 2M Karras, as the program does it by default but for soft mask edges."""
    middle = autoencoder.FACTOR // 2
    hole = masks[:, :, middle :: autoencoder.FACTOR, middle :: autoencoder.FACTOR]
    before, known = encoder(pictures)[:, :LATENTS], encoder(pictures * (1 - masks))[:, :LATENTS]
    text = model["text_encoder"](torch.tensor([tokenizer.encode(p) for p in ["", *prompts]], device=DEVICE))
    nothing, text = text[:1].expand(len(text) - 1, -1, -1), text[1:]
    sigmas = karras(steps, strength)
    noise = torch.from_numpy(np.stack([np.random.default_rng((seed, i)).standard_normal(before.shape[1:], np.float32) for i in range(len(before))])).to(DEVICE)
    z, last, h_last = before + sigmas[0] * noise if strength < 1 else noise * sigmas[0], None, None
    for i, sigma in enumerate(sigmas[:-1]):
        t = float(np.interp(math.log(sigma), np.log(SIGMAS), np.arange(1000)))
        sample = torch.cat([z / (sigma**2 + 1) ** 0.5, hole, known], 1)
        t = torch.full((len(z),), t, device=DEVICE)
        with half():
            plain, asked = model["unet"](sample, t, nothing).float(), model["unet"](sample, t, text).float()
        v = plain + guidance * (asked - plain)
        now = z / (sigma**2 + 1) - v * sigma / (sigma**2 + 1) ** 0.5
        now = hole * now + (1 - hole) * before
        if sigmas[i + 1] == 0:
            z = now
            break
        h = math.log(sigma / sigmas[i + 1])
        better = now if last is None else now + 0.5 * h / h_last * (now - last)
        z = sigmas[i + 1] / sigma * z - math.expm1(-h) * better
        last, h_last = now, h
    painted = decoder(z).clamp(-1, 1)
    return torch.where(masks > 0, painted, pictures)


@torch.no_grad()
def judge(model, encoder, decoder, tokenizer, network, cases, out):
    wrong, right, masks, prompts = zip(*map(case, range(cases)))
    drawn = lambda scenes: torch.cat([
        draw(torch.from_numpy(pack(s))[None].to(DEVICE), SIZE, s["figure"], s["second"] is not None).add(0.5).floor() / 127.5 - 1 for s in scenes])
    x, truth = drawn(wrong), drawn(right)
    numbers = lambda scenes: torch.from_numpy(np.stack([pack(s) for s in scenes])).to(DEVICE)
    hole = draw_masks(torch.from_numpy(np.stack(masks)).to(DEVICE), numbers(right), numbers(wrong), SIZE)
    for name, scenes, pictures in (("wrong", right, x), ("true", right, truth)):
        log(f"judge: {sum(not w for w in classifier.verdicts(classifier.read(network, pictures), scenes))} of {cases} {name} pictures read as good")
    shown = None
    for seed, guidance, strength in ((0, 7.0, 0.75), (0, 3.0, 0.75), (0, 5.0, 1.0), (0, 2.0, 1.0), (1, 7.0, 0.75)):
        y = torch.cat([repaired(model, encoder, decoder, tokenizer, x[i : i + 50], hole[i : i + 50], prompts[i : i + 50], seed, 20, guidance, strength)
                       for i in range(0, cases, 50)])
        verdicts = classifier.verdicts(classifier.read(network, y), right)
        log(f"judge: seed {seed} guidance {guidance} strength {strength}: {sum(not w for w in verdicts)} of {cases} good")
        shown = y if shown is None else shown
    rows = torch.cat([x[:48:2], x[:48:2] * (1 - 0.6 * hole[:48:2]), shown[:48:2], truth[:48:2]], 3)
    rows = ((rows + 1) * 127.5).round().byte().permute(0, 2, 3, 1).cpu().numpy()
    half_of = len(rows) // 2
    sheet = Image.fromarray(np.concatenate([np.concatenate(rows[:half_of]), np.concatenate(rows[half_of : 2 * half_of])], 1))
    sheet.resize((sheet.width // 2, sheet.height // 2), Image.LANCZOS).save(f"{out}/sheet.png")


def smaller(network):
    return {name: value.detach().half().cpu() if value.is_floating_point() else value.cpu() for name, value in network.state_dict().items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", default="run", help="folder of the checkpoints")
    parser.add_argument("--autoencoder", type=float, default=80, help="seconds")
    parser.add_argument("--denoiser", type=float, default=385, help="seconds")
    parser.add_argument("--classifier", type=float, default=20, help="seconds")
    parser.add_argument("--cases", type=int, default=200, help="wrong hands that are judged at the end")
    parser.add_argument("--workers", type=int, default=max(1, (os.cpu_count() or 2) - 2))
    args = parser.parse_args()
    os.makedirs(args.out, exist_ok=True)
    LOGS.append(f"{args.out}/log.txt")
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    torch.backends.cudnn.benchmark = True
    if not CUDA:
        torch.set_num_threads(2)

    tokenizer = vocabulary()
    log(f"{len(tokenizer.vocab)} tokens")
    chunks = Chunks(lambda use, index: dataset.chunk(tokenizer.encode, use, index), TRAIN, args.workers)
    judging = Chunks(classifier.chunk, JUDGE, 3)
    log(f"on {torch.cuda.get_device_name() if CUDA else 'the processor'}, torch {torch.__version__}")

    painter = Painter(SIZE, False)
    if CUDA and not os.environ.get("NO_COMPILE"):
        fast = Painter(SIZE, True)
        try:
            first, began = chunks.next(DEVICE)[:3], time.time()
            painted = fast.paint(*first)
            sync()
            log(f"compiled drawing in {time.time() - began:.0f} s; differs by {(painted[0] - painter.paint(*first)[0]).abs().mean().item() * 127.5:.4f} of 255 on average")
            painter = fast
        except Exception as problem:
            log(f"drawing is not compiled: {type(problem).__name__}: {str(problem)[:300]}")

    encoder, decoder, latents = train_autoencoder(chunks, painter, args.autoencoder)
    with open(f"{args.out}/latents.json", "w") as file:
        json.dump(latents | {"merges": [" ".join(pair) for pair in tokenizer.ranks]}, file)
    rest = {"encoder": smaller(encoder), "decoder": smaller(decoder)}
    torch.save(rest, f"{args.out}/rest.pt")

    def save(average):
        rest["text_encoder"] = smaller(average["text_encoder"])
        torch.save(rest, f"{args.out}/rest.pt")
        weights = list(smaller(average["unet"]).items())
        sizes = np.cumsum([value.numel() for _, value in weights])
        middle = int(np.searchsorted(sizes, sizes[-1] / 2))
        torch.save(dict(weights[:middle]), f"{args.out}/unet-a.pt")
        torch.save(dict(weights[middle:]), f"{args.out}/unet-b.pt")

    model = train_denoiser(Pool(chunks, painter, encoder), tokenizer, args.denoiser, save)
    save(model)
    chunks.stop()
    network = train_classifier(judging, painter, encoder, decoder, args.classifier)
    rest["classifier"] = smaller(network)
    torch.save(rest, f"{args.out}/rest.pt")
    judge(model, encoder, decoder, tokenizer, network, args.cases, args.out)
    judging.stop()
    log("done")


if __name__ == "__main__":
    main()
