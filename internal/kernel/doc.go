// Package kernel holds the inner loops of training and scoring: matrix
// multiplication with its epilogue, the optimizer steps, and the team of
// goroutines that runs them in parallel.
//
// On one machine and with one Class every result has the same bits for any
// number of threads: one goroutine computes an output element as one chain of
// operations in one order, so it does not matter how the work is divided.
//
// Matrix products ([Gemm], [GemmBT], [ImplicitGemm], [ColSums]) and what maps or compares single
// elements ([ReLU], [Max], [MaxPairs], [Mul], [Add]) have the same bits with every Class, and
// on every processor: a score must not depend on who computes it. Elementary functions
// ([Apply], [ApplyScaled], [Softmax], [LayerNorm]) differ in the last bits.
package kernel
