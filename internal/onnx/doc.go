// Package onnx reads the graphs of ONNX files, folds what is constant in them, runs
// them, and writes parts of them again. It trusts no file: sizes are checked before
// memory is allocated, and every run has a meter (package ops) that ends it.
//
//	file ─ wire.Decode ─ Load ─ Program ─ Specialize ─ Program ─ Forward
//
// Load keeps the nodes that the wanted output needs, finds their operators, and
// computes what depends on constants only. Specialize does the same for what depends
// on the shape of a sample, which it learns from trial runs without data.
//
// Forward runs another form of the program, which no file has: nodes are fused, weights
// packed, and pictures lie in blocks of channels (layout.go). BENCH.md has its speed.
package onnx
