"""diffusers' scheduler of each sampler name, set up for a schedule, and the sigmas that diffusers itself does not know.

The sigma lists of `sgm-uniform`, `simple`, `normal`, `ddim` and `kl-optimal` follow ComfyUI's comfy/samplers.py (A1111's modules/sd_schedulers.py agrees but for `kl-optimal`, whose last sigma it does not make zero).
"""

import diffusers
import numpy as np
import torch

CLASSES = {
    "euler": (diffusers.EulerDiscreteScheduler, {"timestep_spacing": "linspace"}),
    "euler-a": (diffusers.EulerAncestralDiscreteScheduler, {"timestep_spacing": "linspace"}),
    "heun": (diffusers.HeunDiscreteScheduler, {"timestep_spacing": "linspace"}),
    "dpm2": (diffusers.KDPM2DiscreteScheduler, {"timestep_spacing": "linspace"}),
    "lms": (diffusers.LMSDiscreteScheduler, {"timestep_spacing": "linspace"}),
    "dpmpp-2m": (diffusers.DPMSolverMultistepScheduler, {"timestep_spacing": "linspace"}),
    "dpmpp-2m-sde": (diffusers.DPMSolverMultistepScheduler, {"timestep_spacing": "linspace", "algorithm_type": "sde-dpmsolver++"}),
    "dpmpp-3m-sde": (diffusers.DPMSolverMultistepScheduler, {"timestep_spacing": "linspace", "algorithm_type": "sde-dpmsolver++", "solver_order": 3}),
    "ddim": (diffusers.DDIMScheduler, {"timestep_spacing": "leading", "steps_offset": 1, "set_alpha_to_one": False, "clip_sample": False}),
    "unipc": (diffusers.UniPCMultistepScheduler, {"timestep_spacing": "linspace"}),
    "deis": (diffusers.DEISMultistepScheduler, {"timestep_spacing": "linspace"}),
    "lcm": (diffusers.LCMScheduler, {}),
}
OWN = {"karras": {"use_karras_sigmas": True}, "exponential": {"use_exponential_sigmas": True}, "beta": {"use_beta_sigmas": True}, "uniform": {}}


def make(sampler: str, spacing: str, steps: int, betas: dict, prediction: str, zero_snr: bool):
    """A scheduler with its timesteps set."""
    kind, options = CLASSES[sampler]
    known = kind.__init__.__wrapped__.__code__.co_varnames if hasattr(kind.__init__, "__wrapped__") else kind.__init__.__code__.co_varnames
    if zero_snr and "rescale_betas_zero_snr" not in known:
        raise ValueError(f"{kind.__name__} knows no zero terminal SNR")
    own = OWN.get(spacing, {})
    direct = all(key in known for key in own)
    zero = {"rescale_betas_zero_snr": True} if zero_snr else {}
    scheduler = kind(**betas, prediction_type=prediction, **options, **zero, **(own if direct else {}))
    if spacing in OWN and direct:
        scheduler.set_timesteps(steps)
    elif sampler == "euler":
        scheduler.set_timesteps(sigmas=listed_sigmas(spacing, steps, scheduler))
    elif sampler == "euler-a" and spacing == "karras":
        # The class has no schedule of its own but steps over any list; the list is EulerDiscreteScheduler's.
        donor = make("euler", spacing, steps, betas, prediction, zero_snr)
        scheduler.set_timesteps(steps)
        scheduler.sigmas, scheduler.timesteps = donor.sigmas, donor.timesteps
    else:
        raise ValueError(f"no reference for {sampler} with {spacing}")
    return scheduler


def listed_sigmas(spacing: str, steps: int, scheduler) -> list[float]:
    """Sigmas from the greatest to 0 over the model's noise schedule."""
    table = (((1 - scheduler.alphas_cumprod) / scheduler.alphas_cumprod) ** 0.5).double().numpy()

    def at(timesteps: np.ndarray) -> list[float]:
        return np.exp(np.interp(timesteps, np.arange(len(table)), np.log(table))).tolist()

    last = len(table) - 1
    if spacing == "sgm-uniform":
        sigmas = at(np.linspace(last, 0, steps + 1)[:-1])
    elif spacing == "normal":
        sigmas = at(np.linspace(last, 0, steps))
    elif spacing == "simple":
        sigmas = [table[-(1 + int(i * len(table) / steps))] for i in range(steps)]
    elif spacing == "ddim":
        sigmas = table[1 :: max(len(table) // steps, 1)][::-1].tolist()
    elif spacing == "kl-optimal":
        share = np.arange(steps) / (steps - 1)
        sigmas = np.tan(share * np.arctan(table[0]) + (1 - share) * np.arctan(table[-1])).tolist()
    else:
        raise ValueError(spacing)
    return sigmas + [0.0]


def first_index(scheduler, steps: int, strength: float) -> int:
    """Index into the scheduler's `timesteps` of the first step that is run, as diffusers' img2img pipelines pick it; tells the scheduler."""
    index = (steps - min(int(steps * strength), steps)) * scheduler.order
    if isinstance(scheduler, diffusers.LMSDiscreteScheduler):
        # Started in the middle, it would take weights of order 4 for derivatives that it does not have yet.
        scheduler.timesteps, scheduler.sigmas = scheduler.timesteps[index:], scheduler.sigmas[index:]
        index = 0
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(index)
    return index


def current_sigma(scheduler, timestep: torch.Tensor) -> tuple[float, bool]:
    """Sigma of the coming model evaluation, and whether the scheduler's samples are variance-preserving."""
    if isinstance(scheduler, (diffusers.DDIMScheduler, diffusers.LCMScheduler)):
        power = scheduler.alphas_cumprod[int(timestep)].double()
        return float(((1 - power) / power) ** 0.5), True
    index = scheduler.step_index if scheduler.step_index is not None else scheduler.begin_index
    if isinstance(scheduler, diffusers.KDPM2DiscreteScheduler) and not scheduler.state_in_first_order:
        return float(scheduler.sigmas_interpol[index]), False
    preserving = isinstance(scheduler, (diffusers.DPMSolverMultistepScheduler, diffusers.UniPCMultistepScheduler, diffusers.DEISMultistepScheduler))
    return float(scheduler.sigmas[index]), preserving
