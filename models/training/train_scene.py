"""Trains the scene network by the clock, on a processor or a CUDA device; `--resume` goes on from the last checkpoint, or from the network that is shipped."""

import argparse
import copy
import os

import torch
from torch.nn import functional as F

from dataset import SEEN, UNSEEN, Chunks
from foreign import JUDGED, TRAINED, wheel_pictures
from parts import HAND, NAMED, PARTS, TAGS
from pictures import Pictures
from reader import Reader
from shipped import restore
from train import AVERAGE, CUDA, DEVICE, LOGS, Clock, log, optimiser_of, rate, update

RATE = 2e-3
TAGS_WEIGH = 4.0
RARE = 0.5  # how far the rare parts weigh more
TESTED = 6  # batches


def tensors(chunk):
    """Pictures in [-1, 1], parts and tags."""
    pictures, parts, tags = chunk
    return (pictures.permute(0, 3, 1, 2).float() / 127.5 - 1).contiguous(memory_format=torch.channels_last), parts.long(), tags.float()


def loss_of(network, x, parts, tags, weights):
    with torch.autocast(DEVICE.type, torch.bfloat16):
        said, told = network(x)
    seen = F.cross_entropy(said.float(), parts, weights)
    known = tags >= 0
    guess = F.binary_cross_entropy_with_logits(told.float(), tags.clamp(min=0), reduction="none")
    return seen + TAGS_WEIGH * (guess * known).sum() / known.sum(), seen


def overlap(said, parts, chosen):
    """Intersection over union of the pixels that some parts have, over all pictures together."""
    chosen = torch.tensor([PARTS.index(name) for name in chosen])
    a, b = torch.isin(said, chosen), torch.isin(parts, chosen)
    return ((a & b).sum() / (a | b).sum().clamp(min=1)).item()


def f1(told, tags):
    """Of every tag, at one half."""
    known = tags >= 0
    hit = ((told > 0) & (tags == 1) & known).sum(0)
    return 2 * hit / (((told > 0) & known).sum(0) + (tags == 1).sum(0)).clamp(min=1)


@torch.no_grad()
def measured(network, batches):
    network.eval()
    said, told, parts, tags = [], [], [], []
    for x, where, what in batches:
        scores, tag = network(x)
        said.append(scores.argmax(1)), told.append(tag), parts.append(where), tags.append(what)
    network.train()
    said, told, parts, tags = map(torch.cat, (said, told, parts, tags))
    each = [overlap(said, parts, [name]) for name in PARTS]
    return overlap(said, parts, HAND), sum(each) / len(each), f1(told, tags)


@torch.no_grad()
def by_word(network, batches):
    """The overlap of every word that the segmenter knows, and of hands of one side."""
    network.eval()
    said = torch.cat([network(x)[0].argmax(1) for x, _, _ in batches])
    parts = torch.cat([parts for _, parts, _ in batches])
    words = {names.split()[0]: chosen for names, chosen in NAMED} | {f"{side} hand": [name for name in HAND if name.startswith(side)] for side in ("left", "right")}
    return {word: overlap(said, parts, chosen) for word, chosen in words.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", default="run", help="folder of the checkpoint and of the wheels with photographs")
    parser.add_argument("--seconds", type=float, default=2400, help="none to measure alone")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--resume", type=int, default=0, help="go on with this number's pictures, 1 for the second leg")
    parser.add_argument("--rate", type=float, default=RATE, help="the highest learning rate of this leg")
    args = parser.parse_args()
    os.makedirs(args.out, exist_ok=True)
    LOGS.append(f"{args.out}/scene.txt")
    torch.set_num_threads(1)
    torch.manual_seed(4)
    trained, judged = (wheel_pictures(packages, f"{args.out}/wheels") for packages in (TRAINED, JUDGED))
    chunks = Chunks(Pictures(trained), SEEN + args.resume * 100, args.workers)
    test = Pictures(judged, first=96)
    test = [tensors([torch.from_numpy(array) for array in test(UNSEEN, i)]) for i in range(TESTED)]
    network = Reader().to(DEVICE, memory_format=torch.channels_last)
    average, step, path = copy.deepcopy(network), 0, f"{args.out}/scene.pt"
    parameters = list(network.parameters())
    optimiser = optimiser_of(parameters, args.rate, 1e-2)
    if args.resume and not os.path.exists(path):
        restore(network, "../scene/tagger/model.onnx", "reader.", test[0][0])
        average.load_state_dict(network.state_dict())
    elif args.resume:
        kept = torch.load(path, map_location=DEVICE, weights_only=True)
        network.load_state_dict(kept["network"])
        average.load_state_dict(kept["average"])
        optimiser.load_state_dict(kept["optimiser"])
        step = kept["step"]
    average.requires_grad_(False)
    log(f"{sum(p.numel() for p in parameters)} weights, {len(trained)} foreign pictures to learn from, {len(judged)} to test with, {len(TAGS)} tags")
    shares = torch.bincount(torch.cat([parts for _, parts, _ in test]).reshape(-1), minlength=len(PARTS)).float()
    weights = (shares / shares.sum() + 1e-3) ** -RARE
    weights = weights / weights.mean()
    clock, losses = Clock(args.seconds), []
    while args.seconds and clock.share < 1:
        x, parts, tags = tensors(chunks.next(DEVICE))
        loss, seen = loss_of(network, x, parts, tags, weights)
        update(optimiser, parameters, loss, rate(clock.tick(step), step, args.rate))
        with torch.no_grad():
            keep = min(AVERAGE, (1 + step) / (10 + step))
            torch._foreach_lerp_(list(average.parameters()), parameters, 1 - keep)
            for mine, theirs in zip(average.buffers(), network.buffers()):
                mine.lerp_(theirs, 1 - keep) if mine.is_floating_point() else mine.copy_(theirs)
        losses.append(torch.stack([loss.detach(), seen.detach()]))
        step += 1
        if step % 100 == 0:
            now = torch.stack(losses[-100:]).mean(0).tolist()
            log(f"scene {step} loss {now[0]:.4f} parts {now[1]:.4f}, {clock.share:.0%}")
        if step % 500 == 0 or clock.share >= 1:
            hands, each, tagged = measured(average, test)
            log(f"scene {step}: hands {hands:.3f}, parts {each:.3f}, tags {tagged.mean():.3f}; worst " + ", ".join(f"{TAGS[i]} {tagged[i]:.2f}" for i in tagged.argsort()[:6].tolist()))
            torch.save({"network": network.state_dict(), "average": average.state_dict(), "optimiser": optimiser.state_dict(), "step": step, "f1": tagged.tolist()}, path + ".new")
            os.replace(path + ".new", path)
    chunks.stop()
    log(f"scene done: {step} steps; overlaps of words: " + ", ".join(f"{word} {share:.3f}" for word, share in by_word(average, test).items()))
    log("tags: " + ", ".join(f"{name} {share:.2f}" for name, share in zip(TAGS, measured(average, test)[2].tolist())))


if __name__ == "__main__":
    main()
