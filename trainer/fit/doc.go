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
// protocol scores classifiers only. [Result] holds the loss of each epoch, and
// [Result.WriteSVG] draws it.
//
// # Adapters
//
// [TrainAdapter] trains a low-rank adapter (packagefmt/lora) of a whole model, that is encoder and head, for a fixed
// number of steps, and [Evaluate] measures the model with it. Both work on classifiers and on language models,
// whose samples are token ids with a label for each token:
//
//	adapter, result, err := fit.TrainAdapter(ctx, model, lora.Config{Rank: 4, Alpha: 8, Targets: []string{"q_proj", "v_proj"}},
//		tokens, next, fit.AdapterOptions{Steps: 500, Seed: seed})
//	score, err := fit.Evaluate(ctx, model, &adapter, testTokens, testNext)
//
// Unlike heads, adapters and their losses have the same bits on every processor.
//
// # Determinism
//
// The same head, samples, Options and Seed give the same weights to the last
// bit, whatever the number of threads, on one machine and wherever the same
// kernels run. AVX-512, AVX2 and the portable kernels add in different orders, so
// they differ from each other in the last bits, as PyTorch differs from all of
// them. Privacy noise is random on purpose and never repeats.
//
// # Checkpoints
//
// [Options.OnCheckpoint] is handed a [Checkpoint] after every epoch: weights,
// the optimizer's moments, the best head so far and the result so far.
// [Checkpoint.WriteTo] and [ReadCheckpoint] carry it through a file, and
// [Options.Resume] continues from it, with bit for bit the same result as a
// training that was never interrupted. A truncated file is refused, and so is a
// checkpoint of another number of samples, seed, optimizer or architecture. Write
// it to a temporary name and rename it. It holds the head without privacy noise:
// keep it as secret as the samples.
//
// # Privacy
//
// The samples never leave the process, but a trained head reveals something about
// them. [Options.Privacy] bounds how much: the update is clipped to a norm and
// gets Gaussian noise, and [Result] carries the (ε, δ) of the released head.
//
// ε bounds what anybody can learn from the head about whether this trainer took
// part with these samples at all: taking part makes no outcome more than exp(ε)
// times as likely, except with probability δ. An ε of 1 is a strong promise, one
// of 10 a weak one. It covers the trainer's whole data set, not single samples, so
// the noise has to hide everything that the data changed: a small ε costs
// accuracy, and costs more the larger the head is.
//
// ε does not cover what leaks in other ways (which rounds are joined, losses and
// curves, checkpoints). It grows with every release of the same samples
// ([Privacy.Releases], [GaussianEpsilon]), and it does not hold if options were
// chosen by trying them on these samples. [Options.WeightNoise] blurs weights and
// promises nothing.
//
// # Errors
//
// [ErrSamples] is the data's fault, [ErrOptions] the settings', and [ErrDiverged]
// means that the loss or a weight is no longer finite: trying again fixes none of
// them. Any other error is about the head, or the context's cause.
package fit
