//! Quantiles of the symmetric Beta distribution.

/// The `x` in `[0, 1]` below which a share `p` of a Beta(`a`, `a`) distribution lies, to f64 precision or nearly so.
///
/// By bisection of the incomplete beta function's power series (DLMF 8.17.7), which converges fast below the median; symmetry gives the other half.
pub fn beta_quantile(p: f64, a: f64) -> f64 {
    if p > 0.5 {
        return 1.0 - beta_quantile(1.0 - p, a);
    }
    let whole = 2.0 * incomplete_beta(0.5, a);
    let (mut low, mut high) = (0.0, 0.5);
    // Halving a logarithm would be needed for p below about 1e-9; spacings stay far above.
    for _ in 0..64 {
        let middle = 0.5 * (low + high);
        if incomplete_beta(middle, a) < p * whole {
            low = middle;
        } else {
            high = middle;
        }
    }
    if p > 0.0 { 0.5 * (low + high) } else { 0.0 }
}

/// Integral of `t^(a-1) (1-t)^(a-1)` from 0 to `x <= 0.5`.
fn incomplete_beta(x: f64, a: f64) -> f64 {
    let mut term = 1.0;
    let mut sum = 0.0;
    for n in 0..64 {
        let n = f64::from(n);
        sum += term / (a + n);
        term *= (n + 1.0 - a) / (n + 1.0) * x;
    }
    x.powf(a) * sum
}
