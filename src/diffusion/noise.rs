//! Gaussian noise from a seed, value for value as PyTorch draws it.
