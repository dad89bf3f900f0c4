// Package fit trains the head of a model package on a trainer's own samples.
//
// It works on tensors alone and knows neither chain nor store: package trainer
// runs it in rounds, and a notebook, a test or a simulation may run it anywhere.
//
// # Training
//
// Samples are embeddings: what the package's frozen encoder makes of the raw
// data. [Train] returns a new head and leaves the one passed in as it is:
//
//	pkg, err := packagefmt.Read(files)
//	x, labels, err := pkg.Embed(ctx, private)
//	head, result, err := fit.Train(ctx, pkg.Head, x, labels, fit.Options{
//		Epochs:  20,
//		HoldOut: 0.1, // return the head of the best epoch
//		Seed:    seed,
//	})
//	err = packagefmt.WriteGradient(dir, head, pkg)
//
// The zero [Options] are one epoch of Adam at 0.001 over batches of 32, as
// PyTorch computes them. [TrainRegression] fits values instead of classes; the
// protocol scores classifiers only. [Result] tells how each epoch went, and
// [Result.WriteSVG] draws it.
//
// # Determinism
//
// The same head, samples, Options and Seed give the same weights to the last
// bit, whatever the number of threads, on one machine and wherever the same
// kernels run. AVX-512, AVX2 and the portable kernels add in another order, so
// they differ from each other in the last bits, as PyTorch differs from all of
// them. Privacy noise is random by intention and never repeats.
//
// # Checkpoints
//
// [Options.OnCheckpoint] is handed a [Checkpoint] after every epoch: weights,
// the optimizer's moments, the best head so far and what happened until then.
// [Checkpoint.WriteTo] and [ReadCheckpoint] carry it through a file, and
// [Options.Resume] goes on from it to the very bits that an uninterrupted
// training gives. A file that is cut short, or of other samples, another seed, optimizer
// or architecture, is refused. Write it to a temporary name and rename
// it. It holds the head without privacy noise: keep it as secret as the samples.
//
// # Privacy
//
// The samples never leave the process, but a trained head tells something about
// them. [Options.Privacy] bounds how much: the update is clipped to a norm and
// gets Gaussian noise, and [Result] carries the (ε, δ) of the released head.
//
// ε bounds what anybody can learn from the head about whether this trainer took
// part with these samples at all: every event becomes at most exp(ε) times as
// likely by it, but for a probability δ. An ε of 1 is a strong promise, one of 10
// a weak one. It covers the trainer's whole data set, not single samples, so the
// noise has to drown everything that the data changed: expect a small ε to cost
// accuracy, the more so the larger the head.
//
// ε says nothing about what is told in other ways (which rounds are joined,
// losses and curves, checkpoints), adds up over releases of the same samples
// ([Privacy.Releases], [GaussianEpsilon]), and is void if options were chosen by
// trying them on these samples. [Options.WeightNoise] blurs weights and promises
// nothing.
//
// # Errors
//
// [ErrSamples] is the data's fault, [ErrOptions] the settings', [ErrDiverged] a
// loss that left the finite numbers: none of them goes away by trying again. Any
// other error is about the head, or the context's cause.
package fit
