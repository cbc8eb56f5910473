"""Makes the built-in model: draws, trains, exports and judges. Started again, it goes on where it stopped."""

import argparse
import json
import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # spinning threads cost 3/4 of the speed on a shared machine

import torch

import train_autoencoder
import train_denoiser
from dataset import draw_all
from export import export_all
from latents import encode_all, load_autoencoder
from train_denoiser import averaged

PICTURES = 24000


def export(folder, out):
    with open(f"{folder}/latents.json") as file:
        latents = json.load(file)
    export_all(out, *averaged(folder), *load_autoencoder(folder), latents)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", default="run", help="folder of pictures, latents and checkpoints (4 GB)")
    parser.add_argument("--out", default="../pocket", help="folder of the exported model")
    parser.add_argument("--only", choices=("draw", "autoencoder", "encode", "denoiser", "export"), help="run one stage")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    stages = {
        "draw": lambda: draw_all(f"{args.work}/pictures", PICTURES),
        "autoencoder": lambda: train_autoencoder.train(args.work),
        "encode": lambda: encode_all(args.work),
        "denoiser": lambda: train_denoiser.train(args.work),
        "export": lambda: export(args.work, args.out),
    }
    for name, run in stages.items():
        if args.only in (None, name):
            run()


if __name__ == "__main__":
    main()
