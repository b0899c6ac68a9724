"""Numbers that the authors' code gives.

They come from github.com/prestonfu/qscaled at a9a99d0: `data_pareto_fit` (fits),
`grid_proposed_fits` (sweeps), `grid_proposed_hparams` (baseline choices).
"""

# a, b, c of c + (σ/b)^(-a) in units of the median M, one row per level.
GYM_BASELINE_MEDIAN = 240251
GYM_BASELINE = (
    (1.380411, 0.223535, 0.351686),
    (1.39507, 0.277523, 0.403388),
    (1.354414, 0.343055, 0.458652),
    (1.284035, 0.407119, 0.530706),
    (1.289897, 0.50688, 0.629116),
    (1.284267, 0.597763, 0.737903),
    (1.135857, 0.758184, 0.817259),
    (1.226916, 0.824538, 1.092906),
    (1.397249, 0.874251, 1.374111),
    (1.40969, 0.95482, 1.681813),
)
DMC_BASELINE_MEDIAN = 100500
DMC_BASELINE = (
    (0.907595, 0.37766, 0.192951),
    (1.027407, 0.429914, 0.305514),
    (1.00695, 0.489915, 0.371339),
    (1.088438, 0.528077, 0.476608),
    (1.091226, 0.580749, 0.548796),
    (1.085769, 0.640138, 0.610729),
    (1.097924, 0.691828, 0.688643),
    (1.095735, 0.740029, 0.773564),
    (1.043277, 0.844834, 0.815519),
    (1.01297, 0.922122, 0.908627),
)
# Pooled environment steps to J = 800, σ = 0.25 … 16 (DMC: … 8, > J).
GYM_OURS_TOP = (1209970, 816697, 630448, 420765, 343602, 316665, 276037)
GYM_BASELINE_TOP = (1962840, 1142887, 519411, 365175, 366368, 424578, 592224)
DMC_BASELINE_TOP = (466324, 285876, 179075, 128977, 118832, 105108)
# Fit on σ ≤ 2, J = 800: relative errors at σ = 4, 8, 16.
GYM_OURS_BEYOND_2 = (-0.055, -0.208, -0.271)
# Medians over σ and J of each environment, in alphabetical order.
GYM_BASELINE_MEDIANS = (368001, 118500, 280001, 200501)
DMC_BASELINE_MEDIANS = (27500, 253000, 337000, 44500, 428000, 100500, 39500)

# Constant hyperparameters, best at σ = 2: (B, η).
GYM_CHOICE = {
    "Ant-v4": (256, 1e-4),
    "HalfCheetah-v4": (512, 2e-3),
    "Humanoid-v4": (256, 2e-4),
    "Walker2d-v4": (128, 5e-4),
}
DMC_CHOICE = {
    "cartpole-swingup": (512, 6e-4),
    "cheetah-run": (256, 3e-4),
    "dog-stand": (128, 3e-4),
    "finger-spin": (512, 1.2e-3),
    "humanoid-stand": (512, 1.5e-4),
    "quadruped-walk": (128, 6e-4),
    "walker-walk": (512, 6e-4),
}

# Shared slopes and values at σ = 1, one draw of 100 bootstraps.
DMC_BATCH_SLOPE = -0.487930
DMC_BATCH_AT_ONE = (527.833, 584.433, 125.992, 602.707, 442.392, 536.399, 294.817)
DMC_RATE_SLOPE = -0.320279
DMC_RATE_AT_ONE = (
    7.79028e-4, 6.87835e-4, 5.31686e-4, 9.43523e-4, 4.75963e-4, 8.94977e-4, 1.02393e-3,
)  # fmt: skip
GYM_BATCH_SLOPE = -0.309609
GYM_RATE_SLOPE = -0.284872
