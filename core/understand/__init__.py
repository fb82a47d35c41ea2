"""What a guest's words mean: tokens, then proposals, then late resolution. Pure."""
