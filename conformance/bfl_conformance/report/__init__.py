"""Tell the results of a run: to a person in a table, to a program in lines of JSON."""

from __future__ import annotations

from .lines import line_of
from .table import catalogue_table, print_table, receiver_table, results_table

__all__ = ["catalogue_table", "line_of", "print_table", "receiver_table", "results_table"]
