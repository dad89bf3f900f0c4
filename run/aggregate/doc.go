// Package aggregate makes a run's next model from the updates of its members, as
// pure functions:
//
//	verdicts := aggregate.Judge(model.Head, submissions, rules) // who is left out, and why
//	step, err := aggregate.Combine(included, options)           // mean, median, trimmed mean
//	next := optimizer.Apply(model, step)                        // average, momentum, FedAdam
//	files, err := next.FS(pkg)                                  // what the digest is of
//
// # The same bits everywhere
//
// Verifiers agree by computing the same bytes, so everything here is the same on
// every machine: double precision with each product rounded before it is added
// (Go fuses a·b + c on some processors otherwise), no math.Exp, Log or Pow, none
// of the fast kernels, one goroutine, weights in the order of their names, updates
// in the order of submission, no times in files. Tests compare the bytes on amd64
// with and without AVX2, and on arm64.
//
// # What is judged
//
// Only what every verifier finds alike: whether an update can be read, what it is
// for, its layers, whether it is finite, a copy, too large, or against the others.
// Rules about norms and directions look at the learned weights only
// ([packagefmt.Learned]). Running statistics are combined by their median, under
// every method: a mean of them is one liar's to move.
//
// Updates count alike, however many samples a member says it has: a weight that a
// member names for itself is a lever for a liar.
package aggregate
