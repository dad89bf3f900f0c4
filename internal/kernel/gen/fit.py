"""Fits the polynomials of transcendental.go: weighted least squares at Chebyshev
nodes, with the largest error of float32 arithmetic. Needs numpy.

    python3 internal/kernel/gen/fit.py
"""

import math

import numpy as np


def nodes(lo, hi, n=4000):
    x = np.cos(np.pi * (np.arange(n) + 0.5) / n)
    return (lo + hi) / 2 + (hi - lo) / 2 * x


def fit(name, f, weight, lo, hi, degree):
    x = nodes(lo, hi)
    a = np.vander(x, degree + 1, increasing=True)
    w = weight(x)
    for _ in range(60):  # Lawson's weights: from least squares to minimax
        c = np.linalg.lstsq(a * w[:, None], f(x) * w, rcond=None)[0]
        err = np.abs((a @ c - f(x)) * weight(x))
        w = w * np.sqrt(err / err.max() + 0.3)
        w /= w.max()
    c = c.astype(np.float32)
    print(name, "largest error %.2g" % np.abs((a @ c.astype(float) - f(x)) * weight(x)).max())
    print("\t" + ", ".join("%.9g" % v for v in c))


each = lambda f: np.vectorize(f, otypes=[float])
erf, erfc = each(math.erf), each(math.erfc)
# -ln(erfc(t))/t: an error d of it is one of t·erfc(t)·d in erfc.
fit("erfc", lambda t: -np.log(erfc(t)) / t, lambda t: t * erfc(t) ** 0.8, 1e-9, 6, 9)
# erf(x)/x in x², relative.
fit("erf", lambda s: erf(np.sqrt(s)) / np.sqrt(s), lambda s: np.sqrt(s) / erf(np.sqrt(s)), 1e-9, 1, 6)
# tanh(x)/x in x², relative.
fit("tanh", lambda s: np.tanh(np.sqrt(s)) / np.sqrt(s), lambda s: np.sqrt(s) / np.tanh(np.sqrt(s)), 1e-9, 0.40, 5)


def normal_tail(u):
    """e^(a²/2)·(1 − Φ(a))/u of u = 1/(1 + a/4)."""
    a = (1 / u - 1) * 4
    far = np.zeros_like(a)  # the continued fraction of erfc
    for k in range(60, 0, -1):
        far = k / 2 / (a / math.sqrt(2) + far)
    near = np.exp(np.minimum(a, 5) ** 2 / 2) * erfc(np.minimum(a, 5) / math.sqrt(2))
    return np.where(a < 5, near, 1 / ((a / math.sqrt(2) + far) * math.sqrt(math.pi))) / 2 / u


# An error in it is one of u·e^(−a²/2) times that in Φ; far out it may be a little larger.
fit("tail", normal_tail, lambda u: u * np.maximum(np.exp(-((1 / u - 1) * 4) ** 2 / 2) ** 0.8, 1e-12), 1 / (1 + 13.5 / 4), 1, 6)
