"""The rules, pure: frozen values, `now` and an `rng` in; a value out.

Law: nothing here asks the time, the dice, the disk, the environment or the network, and nothing imports Flask.
"""
