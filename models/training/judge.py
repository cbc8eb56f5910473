"""Judges a model by the program itself: repaints wrong hands that training never saw, and measures what came of them.

A repaired hand is good when the classifier finds it clean (no extra, missing, melted or doubled finger,
joined to its wrist), with the fingers and the gesture asked for, in the right skin tone. The classifier
also reads the true pictures: what it finds wrong with those is its own error.
"""

import argparse
import os
import shutil
import subprocess
from multiprocessing import Pool

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch
from PIL import Image, ImageDraw

import classifier
from cases import background_case, drawn_case


def repainted(program, cases, folder, arguments):
    """Runs the program over all cases, one process for each prompt; the pictures as uint8 arrays in the order of the cases."""
    shutil.rmtree(folder, ignore_errors=True)
    prompts = sorted({case["prompt"] for case in cases})
    for n, prompt in enumerate(prompts):
        here = f"{folder}/{n}"
        for name in ("in", "mask", "out"):
            os.makedirs(f"{here}/{name}")
        for i, case in enumerate(cases):
            if case["prompt"] == prompt:
                Image.fromarray(case["wrong"]).save(f"{here}/in/{i:04}.png")
                Image.fromarray(case["mask"].astype(np.uint8) * 255).save(f"{here}/mask/{i:04}.png")
        subprocess.run([program, "repaint", "--image-dir", f"{here}/in", "--mask-dir", f"{here}/mask", "--out-dir", f"{here}/out",
                        "--prompt", prompt, *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return [np.asarray(Image.open(f"{folder}/{prompts.index(case['prompt'])}/out/{i:04}.png").convert("RGB")) for i, case in enumerate(cases)]


def hand_of(picture, part):
    """The hand's part of a picture, its edges repeated where it reaches over them, as the classifier takes it."""
    left, top, right, bottom = part
    height, width = picture.shape[:2]
    rows, columns = (np.clip(np.arange(a, b), 0, n - 1) for a, b, n in ((top, bottom, height), (left, right, width)))
    cut = Image.fromarray(picture[rows][:, columns]).resize((classifier.SIZE, classifier.SIZE), Image.LANCZOS)
    return torch.from_numpy(np.array(cut)).permute(2, 0, 1).float() / 127.5 - 1


def verdicts(network, pictures, cases):
    x = torch.stack([hand_of(picture, case["part"]) for picture, case in zip(pictures, cases)])
    return classifier.verdicts(classifier.read(network, x), [case["scene"] for case in cases])


def difference(a, b, where):
    return float(np.abs(a[where].astype(float) - b[where]).mean()) if where.any() else float("nan")


def sheet(path, rows, side=192, columns=4):
    """Rows of (wrong under its mask, repaired, true, text) side by side."""
    width, height = 3 * side + 8, side + 14
    picture = Image.new("RGB", (columns * width, -(-len(rows) // columns) * height), "white")
    pen = ImageDraw.Draw(picture)
    for i, (*parts, text) in enumerate(rows):
        x, y = i % columns * width, i // columns * height
        for j, part in enumerate(parts):
            picture.paste(Image.fromarray(part).resize((side, side), Image.LANCZOS), (x + j * (side + 1), y))
        pen.text((x + 2, y + side), text, fill="black")
    picture.save(path)


def load_classifier(path):
    network = classifier.Classifier()
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True)["classifier"])
    return network.float().eval()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", default="run", help="folder of rest.pt, which holds the classifier; pictures go there too")
    parser.add_argument("--program", default="../../target/release/pentimento")
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--name", default="judged", help="name of the sheet and of the folder of pictures")
    parser.add_argument("arguments", nargs="*", help="what the program is told beside pictures, masks, prompt and seed (after --)")
    args = parser.parse_args()
    torch.set_num_threads(2)

    network = load_classifier(f"{args.work}/rest.pt")
    torch.set_num_threads(1)
    with Pool(2) as pool:
        cases = pool.map(drawn_case, range(args.cases), chunksize=4)
        plain = [case for case in pool.map(background_case, range(args.cases // 4), chunksize=4) if case]
    torch.set_num_threads(2)
    good = lambda pictures: sum(not wrong for wrong in verdicts(network, pictures, cases))
    print(f"read as good: {good([c['wrong'] for c in cases])} of {len(cases)} wrong pictures, {good([c['right'] for c in cases])} true ones", flush=True)
    for seed in args.seeds:
        pictures = repainted(args.program, cases, f"{args.work}/{args.name}", ["--seed", str(seed), *args.arguments])
        found = verdicts(network, pictures, cases)
        behind = [difference(p, c["right"], c["mask"] & c["background"]) for p, c in zip(pictures, cases)]
        rows = []
        for i, (picture, case) in enumerate(zip(pictures, cases)):
            shown = np.where(case["mask"][..., None], case["wrong"] // 2, case["wrong"]).astype(np.uint8)
            rows.append((shown, picture, case["right"], f"{i} {case['prompt'][:40]}: {', '.join(found[i]) or 'good'}, {behind[i]:.1f}"))
        sheet(f"{args.work}/{args.name}-{seed}.png", rows[:40])
        failed = [i for i, wrong in enumerate(found) if wrong]
        changed = repainted(args.program, plain, f"{args.work}/{args.name}", ["--seed", str(seed), *args.arguments])
        kept = [difference(p, c["wrong"], c["mask"]) for p, c in zip(changed, plain)]
        print(f"seed {seed}: {len(cases) - len(failed)} of {len(cases)} good, background under the mask off by {np.nanmean(behind):.2f} of 255 "
              f"(median {np.nanmedian(behind):.2f}), a mask over {len(plain)} backgrounds changes them by {np.mean(kept):.2f}; "
              + "by size " + ", ".join(f"{s}: {np.mean([not f for f, c in zip(found, cases) if len(c['wrong']) == s]):.1%}/{np.nanmean([b for b, c in zip(behind, cases) if len(c['wrong']) == s]):.2f}" for s in (256, 384, 512)), flush=True)
        print(f"  not good: {', '.join(f'{i} {found[i]}' for i in failed)}", flush=True)


if __name__ == "__main__":
    main()
