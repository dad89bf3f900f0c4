// Package trainer takes part in rounds: it finds those that pay, trains their
// heads on private data, submits them and claims the reward. The training itself
// is package [github.com/decloud-sdk/decloud-go/trainer/fit].
//
// # Running a worker
//
// A [Worker] needs a client that signs, a store, private data and a directory:
//
//	w, err := trainer.NewWorker(trainer.Config{
//		Rounds:   client, // a *round.Client with the trainer's signer
//		Store:    store,
//		Data:     map[dataset.ID]dataset.Dataset{dataset.Cifar10: mine},
//		Dir:      "/var/lib/decloud/training",
//		Training: fit.Options{Epochs: 10, HoldOut: 0.1, Seed: seed},
//		Policy:   trainer.Policy{MinReward: 10_000_000}, // lamports
//		Observer: func(e trainer.Event) { log.Println(e.Kind, e.Err) },
//	})
//	err = w.Run(ctx) // until ctx is done
//
// [Worker.Train] and [Worker.Claim] do one round by hand, beside Run or without
// it. [Policy] says which rounds to take; a refused round is reported once, with
// the term that is not accepted.
//
// # When it is killed
//
// Nothing is lost and nothing is done twice, wherever the process ends. What has
// happened is on the chain, where a gradient and a claim can exist once, or in
// Dir, where a finished training run appears complete or not at all. The next
// run reads both and does what is missing: an interrupted training goes on from its
// last checkpoint (with the same result as without a stop), a finished one is
// submitted without training again. Checkpoints are made after the first batch
// that ends Config.Checkpoint after the last one, so that much and one batch is
// lost at most.
//
// # Data rounds
//
// In a data round ([round.TaskData]) the submission is a data set, which is scored by what the round's model
// learns from it. A worker takes part with what Config.Submit names for the round's data set:
//
//	Submit: map[dataset.ID]trainer.Submissions{dataset.Mnist: trainer.Directory("my/digits")},
//
// where the directory is laid out as package [github.com/decloud-sdk/decloud-go/dataset/submission] says, which
// also writes it. For each round the worker checks the newest revision as validators will, copies it to Dir, and
// submits the copy, so an unchanged directory goes into every round, once. What validators would refuse is
// reported with its file and row, costs nothing, and is looked at again until submissions close. A directory
// that is being changed is never submitted half: replace it by a rename, or write data.json last.
//
// Where its owner keeps it, a repository of Hugging Face's hub say, is said on the chain for whoever cannot fetch
// it otherwise: what [Revision].Source has, or the commit that a push to the hub made (package huggingface among
// the store's pushers). In a sealed round that comes after the publication. Nothing depends on it, and its rent
// comes back.
//
// All that is submitted becomes public, for good. In an open round it is public at once: whoever sees it can submit
// it, too, and where their transaction comes first, theirs is the original. A sealed round, as those of contests are,
// shows nothing but the CID until submissions are over, if the data is nowhere else, such as in a public repository.
// The CID itself can be copied, by somebody who sees transactions before they land too: name the wallet that submits in
// data.json ([submission.About].Trainer), and the data scores 0 for any other.
//
// # Sealed rounds
//
// To a sealed round the worker submits the CID of its head only, which puts up the round's bond
// ([Policy].MaxBond bounds it). The head stays in Dir, and out of the store, which may serve what it holds, until
// submissions close; then the worker publishes it, so that nobody can copy it while it would
// pay. It has to run at that time: a head that validators cannot fetch scores 0, and its bond
// is lost. After a kill it goes on from there; a Dir that is lost loses the bond.
// [Worker.Train] waits until it has published.
//
// Two workers in one Dir are refused ([ErrDirInUse]), and so are two with one wallet
// on one machine ([ErrWalletInUse]). On two machines they waste work, but do nothing
// twice: at most one transaction of a round fails, and then the slower one stands by
// there. It takes a step only where the other one has left it undone for a minute or
// two at least ([ErrRival]).
//
// Stopping by ctx is no error. It takes as long as what is under way: one sample in
// the package's encoder, or one batch of training. At the most that a package may
// cost that is some seconds; give a service manager 30.
//
// # Strangers
//
// What training takes is computed from the package's layers before anything runs,
// and told ([EventPlanned]); a package that cannot be done before submissions close,
// or within Config.Memory, is refused. Training ends when submissions close by the
// chain's clock, or when its round is no longer active. The round is read once more
// before the head is published, which cannot be taken back, and the submission
// holds only under the terms that were read.
//
// Whoever took part in a round whose creator is gone finalizes it after its
// deadline, slashes outliers and settles open ratings, in turns that everybody
// computes alike.
//
// Config.MaxSpending and MinBalance bound what all this may cost.
//
// # A bot of your own
//
// [Policy].Veto leaves rounds alone, Config.Fit trains by other means (a program in
// PyTorch: package external), Config.Runner runs encoders on other engines, such as a
// GPU's, Config.Logger logs what happens.
//
// # Determinism
//
// A round's head follows from the package, the data and Training alone, to the
// last bit on one machine. Trainers with the same data must therefore not share
// a seed: equal heads count as copies, and copies earn nothing.
//
// # Privacy
//
// Data never leaves the machine. The trained head does, stays public for ever,
// and reveals something about the data; Training.Privacy bounds how much, and
// package fit says what its ε means and what it does not. Each round trained on
// the same data is another release. Which rounds a wallet joins, and when, is
// public too.
//
// # Keys and trust
//
// Only the client's signer sees a key; Dir and the store hold none. A model
// package comes from a stranger: it is read only after it was verified against
// the CID on chain, its size and shapes are bounded, and nothing in it is run as
// code. Validators are strangers too: a worker refuses rounds that fewer than
// three of them decide, unless [Policy] says otherwise. Where lamports are money, it wants sealed rounds whose
// validators have a stake and commit to scores ([FairTerms]); [Policy].Terms changes that.
//
// # Errors
//
// Run reports errors of single rounds to the Observer and tries again after a
// growing pause. Errors that trying again cannot fix (samples that do not fit, an
// invalid package, a rating that is too low) are reported once, with Retry 0.
package trainer
