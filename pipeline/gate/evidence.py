"""Evidence that the canary fails more often: an e-process, which may be looked at as often as one likes.

Given an hour's requests, each error of that hour falls on the canary with probability rho, its share of the
requests, if the release changes nothing. Against "the canary errs lambda times as often" the likelihood ratio
of k_c canary errors among k is lambda^k_c / (1 + rho (lambda - 1))^k. The product over hours, averaged over a
few lambda, is a martingale with mean 1 while the release is harmless, so that it ever reaches 25 has
probability 1/25 at most (Ville), no matter how often somebody looks. One-sided form of Lindon and Malek
(2022), "Anytime-valid inference for multinomial count data", NeurIPS 35.

A baseline without any error needs no special case: the evidence rests on where errors fall.
"""

from __future__ import annotations

import numpy as np

from pipeline.gate.arms import Floats
from pipeline.gate.hourly import Hourly

#: How many times as often a faulty canary may err, and how likely each is taken to be beforehand. Most of the
#: weight lies around a doubling, which takes longest to find; larger changes show anyway. Of harmless
#: rollouts with 21 looks 1.3 % are rolled back at 25 to 1, and of those that double 1 % of errors 97.8 % are;
#: equal weights at 20 to 1 give 1.2 and 97.3 %.
FACTORS = np.array([1.25, 1.5, 2.0, 3.0, 5.0, 10.0])
WEIGHTS = np.array([0.15, 0.30, 0.30, 0.15, 0.07, 0.03])


def log_evidence(hours: Hourly, dispersion: float = 1.0) -> float:
    """Return the natural logarithm of the evidence against a harmless canary.

    Args:
        hours: requests and errors by stratum.
        dispersion: variance of the counts over that of independent errors, 1 or more. Each log-likelihood
            ratio is divided by it: ten errors of one user are then as telling as one or two of as many users.
    """
    ratios = log_likelihood_ratios(hours) / dispersion + np.log(WEIGHTS)
    highest = ratios.max()
    return float(highest + np.log(np.exp(ratios - highest).sum()))


def log_likelihood_ratios(hours: Hourly) -> Floats:
    """Return the log-likelihood ratio of each factor against 1, errors taken as independent."""
    tilt = np.log1p(np.outer(hours.share, FACTORS - 1))
    ratios: Floats = hours.errors_canary.sum() * np.log(FACTORS) - hours.errors @ tilt
    return ratios
