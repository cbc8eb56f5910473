"""The noise schedule: 1000 steps, betas the squares of a line ("scaled_linear")."""

import numpy as np

BETAS = np.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2
ALPHAS = np.cumprod(1 - BETAS)  # share of signal power at every timestep
SIGMAS = np.sqrt((1 - ALPHAS) / ALPHAS)  # noise deviation for signal of deviation one
