"""A notebook as a pipeline stage: run, watched, and its results in place only when it ended."""
