"""Repaints a picture with the exported model: ONNX Runtime and a DPM-Solver++ (2M) loop, ODE or SDE."""

import json
import os

import numpy as np
os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # before the import: it reports to its vendor otherwise
import onnxruntime as ort

from schedule import SIGMAS
from words import Tokenizer


class Model:
    def __init__(self, folder, threads=2):
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        load = lambda name: ort.InferenceSession(f"{folder}/{name}/model.onnx", options)
        self.text_encoder, self.unet, self.encoder, self.decoder = map(load, ("text_encoder", "unet", "vae_encoder", "vae_decoder"))
        with open(f"{folder}/vae_decoder/config.json") as file:
            config = json.load(file)
        self.scale, self.latents, self.factor = config["scaling_factor"], config["latent_channels"], 2 ** (len(config["block_out_channels"]) - 1)
        with open(f"{folder}/tokenizer/merges.txt") as file:
            self.tokenizer = Tokenizer([tuple(line.split()) for line in file.read().splitlines()[1:]])

    def text(self, prompts):
        ids = np.array([self.tokenizer.encode(prompt) for prompt in prompts])
        return self.text_encoder.run(None, {"input_ids": ids})[0]

    def encode(self, x):
        """float [b, 3, h, w] in [-1, 1] -> scaled latents."""
        return self.encoder.run(None, {"sample": x.astype(np.float32)})[0][:, : self.latents] * self.scale

    def decode(self, latents):
        return self.decoder.run(None, {"latent_sample": (latents / self.scale).astype(np.float32)})[0]

    def repaint(self, pictures, masks, prompts, seed=0, steps=25, guidance=6.0, eta=1.0):
        """Pictures uint8 [b, h, w, 3], masks bool [b, h, w] (true = repaint) -> repainted uint8 pictures.

        `eta` 0 solves the ODE, 1 the SDE: fresh noise at every step.
        """
        x = pictures.transpose(0, 3, 1, 2) / 127.5 - 1
        half = self.factor // 2
        hole = masks[:, None, half :: self.factor, half :: self.factor].astype(np.float32)
        condition = np.concatenate([hole, self.encode(x * ~masks[:, None])], 1).astype(np.float32)
        text, nothing = self.text(prompts), self.text([""] * len(prompts))

        def denoised(z, timestep):
            sigma = SIGMAS[timestep]
            sample = np.concatenate([z / np.sqrt(sigma**2 + 1), condition], 1).astype(np.float32)
            run = lambda words: self.unet.run(None, {
                "sample": sample, "timestep": np.array(timestep, np.float32), "encoder_hidden_states": words})[0]
            plain = run(nothing)
            v = plain + guidance * (run(text) - plain)
            return z / (sigma**2 + 1) - v * sigma / np.sqrt(sigma**2 + 1)

        times = np.round(np.linspace(999, 0, steps + 1)[:-1]).astype(int)
        sigmas = np.append(SIGMAS[times], 0.0)
        sources = [np.random.default_rng((seed, i)) for i in range(len(x))]
        noise = lambda: np.stack([source.standard_normal(condition[0, 1:].shape) for source in sources])
        z, before = noise() * np.sqrt(sigmas[0] ** 2 + 1), None
        for i, timestep in enumerate(times):
            now = denoised(z, timestep)
            if sigmas[i + 1] == 0:
                z = now
                break
            h = np.log(sigmas[i] / sigmas[i + 1])
            change = -np.expm1(-h * (1 + eta))
            z = sigmas[i + 1] / sigmas[i] * np.exp(-eta * h) * z + change * now
            if before is not None:
                z = z + 0.5 * change * h / np.log(sigmas[i - 1] / sigmas[i]) * (now - before)
            if eta > 0:
                z = z + noise() * sigmas[i + 1] * np.sqrt(-np.expm1(-2 * eta * h))
            before = now
        painted = np.clip(np.round((self.decode(z) + 1) * 127.5), 0, 255).astype(np.uint8).transpose(0, 2, 3, 1)
        return np.where(masks[..., None], painted, pictures)
