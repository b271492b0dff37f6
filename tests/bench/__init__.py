"""Benchmarks: ``python -m tests.bench`` prints them side by side, medians of five.

Ratios against a floor measured in the same run mean the same on any machine; they are
printed, and asserted only by the benchmark's own exit code, never in a timed unit test.
"""
