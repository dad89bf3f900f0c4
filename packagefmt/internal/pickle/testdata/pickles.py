"""Writes one value in every pickle protocol: python pickles.py"""
import collections
import os
import pickle

os.chdir(os.path.dirname(os.path.abspath(__file__)))
shared = [1]
value = [
    None, True, False, 0, 1, -1, 255, 256, 65535, 65536, -2**31, 2**31, 2**62, -2**63, 2**79 + 1, -2**79,
    0.5, -1e300, "", "text", "äöü €", "x" * 300, (), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4),
    [], [shared, shared], {}, {"a": 1, "b": [2]}, {1: "one"},
    collections.OrderedDict([("z", 1), ("a", 2)]), b"", b"bytes\x00\xff", b"y" * 300,
]
for protocol in range(6):
    with open(f"protocol{protocol}.pkl", "wb") as f:
        pickle.dump(value, f, protocol)
