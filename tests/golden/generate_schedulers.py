"""Writes schedulers.json: what diffusers' scheduler classes do with a network that is a formula.

    pip install torch==2.15.0 numpy scipy
    pip install --no-deps diffusers==0.35.2 'huggingface_hub<1.0' torchsde==0.2.6 trampoline k-diffusion==0.1.1.post1
    pip install importlib-metadata requests regex pyyaml tqdm packaging safetensors filelock fsspec pillow
    python generate_schedulers.py

Made with torch 2.15.0, diffusers 0.35.2, k-diffusion 0.1.1.post1 (for the samplers and spacings that diffusers lacks).
A case names sampler, spacing, steps, strength, prediction and noise schedule as Pentimento does, and holds the run's sigmas, the timesteps that its steps start from, and the latents at its end.
"""

import importlib.util
import json
import pathlib
import sys
import types
import warnings

import diffusers
import numpy as np
import scipy.stats
import torch

SHAPE = (1, 2, 3, 3)
# out = (p0 + p1 sqrt(g)) x + p2 tanh(p3 x + p4 cos(p5 g)), g = timestep / train steps, x of unit variance.
NETWORKS = {
    "epsilon": [0.1, 0.85, 0.2, 1.5, 0.5, 3.0],
    "v": [0.05, -0.2, 0.4, 1.2, 0.3, 2.0],
    "sample": [0.5, -0.3, 0.6, 1.3, 0.4, 2.5],
}
PREDICTIONS = {"epsilon": "epsilon", "v": "v_prediction", "sample": "sample"}
NOISES = {
    "sd": dict(beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012),
    "linear": dict(beta_schedule="linear", beta_start=1e-4, beta_end=2e-2),
    "cosine": dict(beta_schedule="squaredcos_cap_v2"),
    "zero-snr": dict(beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012, rescale_betas_zero_snr=True),
}
SDE = dict(algorithm_type="sde-dpmsolver++")
CLASSES = {
    "euler": (diffusers.EulerDiscreteScheduler, {}),
    "euler-a": (diffusers.EulerAncestralDiscreteScheduler, {}),
    "heun": (diffusers.HeunDiscreteScheduler, {}),
    "dpm2": (diffusers.KDPM2DiscreteScheduler, {}),
    "dpmpp-2m": (diffusers.DPMSolverMultistepScheduler, {}),
    "dpmpp-2m-sde": (diffusers.DPMSolverMultistepScheduler, SDE),
    "dpmpp-3m-sde": (diffusers.DPMSolverMultistepScheduler, SDE | dict(solver_order=3)),
    "dpmpp-sde": (diffusers.DPMSolverSDEScheduler, {}),
    "lms": (diffusers.LMSDiscreteScheduler, {}),
    "ddim": (diffusers.DDIMScheduler, dict(clip_sample=False, set_alpha_to_one=False, steps_offset=1)),
    "unipc": (diffusers.UniPCMultistepScheduler, {}),
    "lcm": (diffusers.LCMScheduler, dict(set_alpha_to_one=False)),
    "deis": (diffusers.DEISMultistepScheduler, {}),
}
SPACINGS = {"uniform": {}, "karras": dict(use_karras_sigmas=True), "exponential": dict(use_exponential_sigmas=True), "beta": dict(use_beta_sigmas=True)}


def network(prediction, x, timestep):
    p = NETWORKS[prediction]
    g = float(timestep) / 1000
    return (p[0] + p[1] * g**0.5) * x + p[2] * torch.tanh(p[3] * x + p[4] * np.cos(p[5] * g))


def known_latents():
    count = int(np.prod(SHAPE))
    return torch.from_numpy(np.sin(np.arange(count) * 0.7).astype(np.float32) * 1.2).reshape(SHAPE)


class HalvedPath:
    """Stands in for the Brownian tree: each half of a step draws its own increment."""

    def __init__(self, generator):
        self.generator = generator
        self.first = None

    def __call__(self, sigma, sigma_next):
        sigma, sigma_next = float(sigma), float(sigma_next)
        noise = torch.randn(SHAPE, generator=self.generator)
        if self.first is None:
            self.first = (sigma_next, noise)
            return noise
        middle, first = self.first
        self.first = None
        path = (sigma - middle) ** 0.5 * first + (middle - sigma_next) ** 0.5 * noise
        return path / (sigma - sigma_next) ** 0.5


def diffusers_case(sampler, spacing, steps, strength, prediction, noise, seed, sigmas=None):
    kind, extra = CLASSES[sampler]
    config = NOISES[noise] | SPACINGS.get(spacing, {}) | extra
    scheduler = kind(prediction_type=PREDICTIONS[prediction], **config)
    if sigmas is None:
        scheduler.set_timesteps(steps)
    else:
        scheduler.set_timesteps(sigmas=sigmas)
    generator = torch.Generator().manual_seed(seed)
    first_noise = torch.randn(SHAPE, generator=generator)
    order = scheduler.order
    start = steps - min(int(steps * strength), steps)
    timesteps = scheduler.timesteps[start * order :]
    if noise == "zero-snr":  # the floor that the sigma classes set; the others keep an infinite sigma that they never divide by
        scheduler.alphas_cumprod[-1] = 2**-24
    if sampler == "lms":  # it would take weights of order 4 without the derivatives that they belong to
        scheduler.timesteps = timesteps
        scheduler.sigmas = scheduler.sigmas[start:]
        scheduler.set_begin_index(0)
    elif hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(start * order)
    if sampler == "dpmpp-sde":
        scheduler.noise_sampler = HalvedPath(generator)
    if strength == 1.0:
        x = first_noise * scheduler.init_noise_sigma
    else:
        x = scheduler.add_noise(known_latents(), first_noise, timesteps[:1])
    takes_generator = sampler in ("euler-a", "dpmpp-2m-sde", "dpmpp-3m-sde", "lcm")
    for timestep in timesteps:
        scaled = scheduler.scale_model_input(x, timestep)
        out = network(prediction, scaled, timestep)
        x = scheduler.step(out, timestep, x, **(dict(generator=generator) if takes_generator else {})).prev_sample
    if sampler in ("ddim", "lcm"):
        table = ((1 - scheduler.alphas_cumprod) / scheduler.alphas_cumprod) ** 0.5
        end = table[:1] if sampler == "ddim" else torch.zeros(1)
        run = torch.cat([table[timesteps], end])
    else:
        # Second-order classes list each sigma twice; only the first of a step starts it.
        run = scheduler.sigmas[(0 if sampler == "lms" else start * order) :]
        run = torch.cat([run[::order][: steps - start], run[-1:]])
    return record(sampler, spacing, steps, strength, prediction, noise, seed, run, timesteps[::order], x)


def record(sampler, spacing, steps, strength, prediction, noise, seed, sigmas, timesteps, x):
    assert torch.isfinite(x).all(), (sampler, spacing, steps)
    floats = lambda values: [float(str(np.float32(value))) for value in values]
    return {
        "sampler": sampler, "spacing": spacing, "steps": steps, "strength": strength, "prediction": prediction,
        "noise": noise, "seed": seed, "sigmas": floats(sigmas), "timesteps": floats(timesteps), "latents": floats(x.flatten()),
    }


class KDiffusion:
    """The table's interpolations of k-diffusion's external.py, in f64."""

    def __init__(self, noise):
        self.table = np.array(table(noise), dtype=np.float64)

    def sigma_to_t(self, sigma):
        return np.interp(np.log(sigma), np.log(self.table), np.arange(len(self.table)))

    def t_to_sigma(self, t):
        return np.exp(np.interp(t, np.arange(len(self.table)), np.log(self.table)))

    def spacing(self, name, n):
        low, high, last = self.table[0], self.table[-1], len(self.table) - 1
        if name == "uniform":
            return np.interp(np.linspace(last, 0, n), np.arange(last + 1), self.table)
        if name == "normal":
            return self.t_to_sigma(np.linspace(last, 0, n))
        if name == "sgm-uniform":
            return self.t_to_sigma(np.linspace(last, 0, n + 1)[:-1])
        if name == "simple":
            return np.array([self.table[-(1 + int(x * (last + 1) / n))] for x in range(n)])
        if name == "ddim":
            return self.table[1 :: (last + 1) // n][:n][::-1].copy()
        if name == "kl-optimal":
            share = np.linspace(0, 1, n)
            return np.tan(share * np.arctan(low) + (1 - share) * np.arctan(high))
        if name == "beta":
            return low + scipy.stats.beta.ppf(1 - np.linspace(0, 1, n), 0.6, 0.6) * (high - low)
        if name == "karras":
            return (np.linspace(high ** (1 / 7), low ** (1 / 7), n)) ** 7
        raise KeyError(name)


def table(noise):
    scheduler = diffusers.EulerDiscreteScheduler(**NOISES[noise])
    return ((1 - scheduler.alphas_cumprod) / scheduler.alphas_cumprod) ** 0.5


def k_diffusion_sampling():
    """k-diffusion's sampling.py without the training code's dependencies."""
    folders = (pathlib.Path(root) / "k_diffusion" for root in sys.path)
    location = next(folder for folder in folders if (folder / "sampling.py").exists())
    package = types.ModuleType("k_diffusion")
    package.__path__ = [str(location)]
    stub = types.ModuleType("torchdiffeq")
    stub.odeint = None
    utils = types.ModuleType("k_diffusion.utils")
    utils.append_dims = lambda x, ndim: x[(...,) + (None,) * (ndim - x.ndim)]
    package.utils = utils
    sys.modules |= {"k_diffusion": package, "k_diffusion.utils": utils, "torchdiffeq": stub}
    spec = importlib.util.spec_from_file_location("k_diffusion.sampling", location / "sampling.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def k_diffusion_case(spacing, steps, strength, seed):
    """dpmpp-2s-a, which diffusers has no class of."""
    inner = KDiffusion("sd")
    start = steps - min(int(steps * strength), steps)
    sigmas = torch.tensor(np.append(inner.spacing(spacing, steps), 0.0)[start:], dtype=torch.float32)
    timesteps = [inner.sigma_to_t(float(sigma)) for sigma in sigmas[:-1]]
    if spacing == "uniform":
        timesteps = np.linspace(999, 0, steps)[start:]
    own = {float(sigma): t for sigma, t in zip(sigmas, timesteps)}

    def model(x, sigma):
        sigma = sigma[0]
        scaled = x / (sigma**2 + 1) ** 0.5
        return x - sigma * network("epsilon", scaled, own.get(float(sigma), inner.sigma_to_t(float(sigma))))

    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(SHAPE, generator=generator)
    x = noise * sigmas[0] + (0 if strength == 1.0 else known_latents())
    sampling = k_diffusion_sampling()
    draw = lambda sigma, sigma_next: torch.randn(SHAPE, generator=generator)
    x = sampling.sample_dpmpp_2s_ancestral(model, x, sigmas, disable=True, noise_sampler=draw)
    return record("dpmpp-2s-a", spacing, steps, strength, "epsilon", "sd", seed, sigmas, timesteps, x)


def cases():
    seed = 0
    for sampler in CLASSES:
        spacings = ["uniform"] if sampler in ("euler-a", "ddim", "lcm") else list(SPACINGS)
        for spacing in spacings:
            for steps in {"lcm": (1, 4, 8), "dpmpp-2m": (1, 5, 20), "unipc": (1, 5, 20)}.get(sampler, (5, 20)):
                seed += 1
                yield diffusers_case(sampler, spacing, steps, 1.0, "epsilon", "sd", seed)
            if spacing in ("uniform", "karras"):
                yield diffusers_case(sampler, spacing, 20, 0.5, "epsilon", "sd", seed + 1000)
        yield diffusers_case(sampler, "uniform", 16, 0.3, "v", "sd", seed + 2000)
        yield diffusers_case(sampler, "uniform", 9, 1.0, "v", "linear", seed + 3000)
        if sampler not in ("euler-a", "dpm2", "dpmpp-sde"):  # those classes do not take it
            yield diffusers_case(sampler, "uniform", 8, 1.0, "sample", "sd", seed + 4000)
        yield diffusers_case(sampler, spacings[-1] if sampler != "dpmpp-2m" else "karras", 6, 1.0, "epsilon", "cosine", seed + 5000)
        if "rescale_betas_zero_snr" in CLASSES[sampler][0]().config:
            yield diffusers_case(sampler, "uniform", 10, 1.0, "v", "zero-snr", seed + 6000)
            yield diffusers_case(sampler, "uniform", 10, 0.5, "v", "zero-snr", seed + 6001)
    for spacing in ("normal", "sgm-uniform", "simple", "ddim", "kl-optimal"):
        for steps in (5, 7, 20):
            sigmas = np.append(KDiffusion("sd").spacing(spacing, steps), 0.0)
            yield diffusers_case("euler", spacing, steps, 1.0, "epsilon", "sd", 7000 + steps, sigmas=list(sigmas))
    for spacing in ("uniform", "karras", "sgm-uniform", "beta"):
        yield k_diffusion_case(spacing, 12, 1.0, 8000)
        yield k_diffusion_case(spacing, 20, 0.75, 8001)


warnings.simplefilter("ignore")
diffusers.utils.logging.set_verbosity_error()
found = list(cases())
tables = {}
for noise, config in NOISES.items():
    alphas = diffusers.EulerDiscreteScheduler(**config).alphas_cumprod
    tables[noise] = {str(at): float(str(alphas[at].numpy())) for at in [0, 1, 2, 10, 100, 333, 500, 900, 990, 997, 998, 999]}
lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in found)
head = json.dumps({"shape": SHAPE, "networks": NETWORKS, "alphas_cumprod": tables}, separators=(",", ":"))
pathlib.Path(__file__).with_name("schedulers.json").write_text(head[:-1] + ',"cases":[\n' + lines + "\n]}\n")
print(len(found), "cases")
