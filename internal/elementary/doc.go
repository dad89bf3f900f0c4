// Package elementary holds elementary functions that have the same bits on every processor. Those of
// package math do not: some are assembly of the architecture's, and the compiler may fuse
// a multiplication with the addition behind it where the processor can. Here every product is
// rounded before it is added to anything (the language forbids to fuse across a conversion), and
// square roots and scaling by powers of two are exact.
//
// Errors are a few units in the last place of float64: results that are rounded to float32 lose nothing.
package elementary
