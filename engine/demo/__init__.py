"""The demo model: a procedural picture world, and a tiny latent diffusion model trained on it from scratch."""

from pathlib import Path

CHECKER_FOLDER = Path(__file__).parent / "safety_checker"
MODEL_FOLDER = Path(__file__).parent / "model"
