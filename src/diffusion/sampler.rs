//! Stepping rules: loops over sigmas.
