"""A quality subject on one page: where it stands on the spiral, its indicators, what it owes and has done."""
