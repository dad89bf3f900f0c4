// Package kernel holds the inner loops of training and scoring: matrix
// multiplication with its epilogue, the optimizer steps, and the team of
// goroutines that shares them out.
//
// Every result has the same bits whatever the number of threads, on one machine
// and one Class: an output element is always reckoned by one goroutine as one
// chain of operations in one order, so that where the work is cut cannot matter.
// Classes differ from each other in the last bits (fused multiply-add, vector
// width), which is why tests compare them with a plain loop and a tolerance.
package kernel
