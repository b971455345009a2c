# SPDX-License-Identifier: Apache-2.0
"""Prints the figures of Martlet and its peers, and how many times as good Martlet is."""
import json
import sys

ours, *peers = [json.load(open(path)) for path in sys.argv[1:]]
print(f"{'':24}{'docs/s':>9}{'bytes':>13}   {'union mean':>10}{'p99':>9}   {'intersection mean':>17}{'p99':>9}  (µs)")
for found in (ours, *peers):
    union, intersection = found["or"], found["and"]
    print(f"{found['engine']:24}{found['documents_per_second']:>9}{found['index_bytes']:>13}   "
          f"{union['mean_us']:>10}{union['p99_us']:>9}   {intersection['mean_us']:>17}{intersection['p99_us']:>9}")
print(f"martlet: open {ours['open_ms']} ms, resident {ours['resident_mb']} MB, "
      f"ordering after the build {ours['optimize_seconds']} s")
for peer in peers:
    print(f"times as fast as {peer['engine']}: unions {peer['or']['mean_us'] / ours['or']['mean_us']:.2f}, "
          f"intersections {peer['and']['mean_us'] / ours['and']['mean_us']:.2f}, "
          f"building {ours['documents_per_second'] / peer['documents_per_second']:.2f}; "
          f"times its size {ours['index_bytes'] / peer['index_bytes']:.2f}")
