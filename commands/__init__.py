"""The commands, a module for each kind of user; they alone join the programs, inside functions."""
