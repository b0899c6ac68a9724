"""Sizes of the bench: the real ones, and small ones for a rehearsal."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Shapes:
    """Sizes of every part of the bench."""

    matrix: int
    """Number of rows of the square matrices whose product gives the peak."""
    seconds: float
    """Duration of each measurement."""
    sac_hidden: tuple[int, ...]
    sac_batch: int
    sac_runs: tuple[int, ...]
    """Numbers of packed runs, in ascending order, since memory is reported as the
    maximum so far."""
    bro_critic: int
    """Width of the critic networks."""
    bro_actor: int
    """Width of the actor network."""
    bro_batch: int
    bro_runs: tuple[int, ...]
    pql_hidden: tuple[int, ...]
    pql_batch: int
    pql_environments: int
    pql_runs: tuple[int, ...]
    replay: int
    """Number of transitions in the replay of each run."""
    utds: tuple[int, ...]
    """Updates for each environment step; for PQL, updates for each step of the
    simulator."""
    overlap_sac_runs: int
    """Runs of each of the two groups that train in turn."""
    overlap_bro_runs: int
    overlap_steps: int
    """Environment steps of a run, in turn and not."""
    resume_steps: int
    """Environment steps of the SAC run that is killed and resumed."""
    resume_simulated: int
    """Steps of the simulator of the PQL run that is killed and resumed."""


FULL = Shapes(
    matrix=8192,
    seconds=2.0,
    sac_hidden=(256, 256),
    sac_batch=256,
    sac_runs=(1, 4, 16, 48),
    bro_critic=512,
    bro_actor=256,
    bro_batch=128,
    bro_runs=(1, 4, 10),
    pql_hidden=(512, 256, 128),
    pql_batch=8192,
    pql_environments=4096,
    pql_runs=(1, 2),
    replay=1_000_000,
    utds=(1, 8),
    overlap_sac_runs=16,
    overlap_bro_runs=10,
    overlap_steps=400,
    resume_steps=4000,
    resume_simulated=512,
)
"""BRO and PQL as published: Nauman et al. (2024), batch 128, and Li et al. (2023)."""
TOY = Shapes(
    matrix=64,
    seconds=0.05,
    sac_hidden=(8, 8),
    sac_batch=8,
    sac_runs=(1, 2),
    bro_critic=8,
    bro_actor=8,
    bro_batch=8,
    bro_runs=(1,),
    pql_hidden=(8,),
    pql_batch=16,
    pql_environments=16,
    pql_runs=(1,),
    replay=512,
    utds=(1, 2),
    overlap_sac_runs=2,
    overlap_bro_runs=2,
    overlap_steps=20,
    resume_steps=160,
    resume_simulated=64,
)
