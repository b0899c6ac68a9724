"""What each `scaling` command does: load, call a stage, save. No logic of its own."""
