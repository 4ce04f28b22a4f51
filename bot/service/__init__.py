"""The use cases: what a member can ask of the studio. The user interface calls nothing else."""
