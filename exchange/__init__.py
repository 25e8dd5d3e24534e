"""What comes from other tools and goes to them: a file per format, over `survey.model` values and nothing else."""
