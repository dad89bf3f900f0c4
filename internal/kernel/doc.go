// Package kernel holds the inner loops of training and scoring: matrix
// multiplication with its epilogue, the optimizer steps, and the team of
// goroutines that runs them in parallel.
//
// On one machine and with one Class every result has the same bits for any
// number of threads: one goroutine computes an output element as one chain of
// operations in one order, so it does not matter how the work is divided.
// Classes differ from each other in the last bits (fused multiply-add, vector
// width), so tests compare them with a plain loop within a tolerance.
package kernel
