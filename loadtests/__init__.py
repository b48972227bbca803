"""Load tests: many users at once over the reference client, run by Locust; `python -m loadtests` runs them."""
