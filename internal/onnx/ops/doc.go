// Package ops computes ONNX operators. Each operator is one function that checks its
// inputs, tells the shapes of its outputs and what they cost, and computes them, in
// this order and in one place. On a trial run, where a model's input has a shape but
// no data, the function ends after the second step; what does not depend on the data
// (the chains of Shape, Gather and Concat that exporters leave) is computed even then.
//
// Floating-point tensors of every width are computed in float32, integers and
// booleans in int64. No operator changes its inputs, so values may share memory.
//
// Within the package an operator gives up with [Call.failf], which panics; [Run]
// turns that into an error.
package ops
