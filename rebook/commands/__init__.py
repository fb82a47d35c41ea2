"""The commands, by subject. Importing them is cheap: what a command needs is imported when it runs."""
