// Package validator scores the heads of rounds as every validator must, and runs
// the worker that puts the scores on chain and is paid for them.
//
// # Scoring
//
// A [Judge] scores on one test split, whose embeddings are the package's and
// whose labels are the validator's own:
//
//	judge, err := validator.NewJudge(ctx, pkg.Head, validator.Test{Embeddings: pkg.Embeddings, Labels: labels})
//	base := judge.Base() // hundredths of a percent
//	score, err := judge.Score(ctx, head, earlier)
//
// The score is [Accuracy]; an unusable head scores 0, and a copy of the base or
// of an earlier submission scores what the base does. Heads with a hidden layer are compared
// by what they compute ([Likeness]), so that a copy whose hidden units are in another
// order, rescaled, or slightly noisy is one; linear heads by their weights alone, since
// honest ones that were trained on one small public set compute nearly the same.
// [Evaluate] measures more of a head than the protocol asks for.
//
// # Data rounds
//
// A [DataJudge] scores data: in their order, each submission is read and checked, rows near the
// test are left out, rows that others had first are counted, and an adapter of the package's
// model is trained on the rest:
//
//	judge, err := validator.NewDataJudge(ctx, validator.DataConfig{Package: pkg, Test: test, Cache: dir})
//	err = judge.Earlier(ctx, before) // those of earlier rounds, first
//	score, err := judge.Score(ctx, submission)
//
// Texts and conversations are compared by what is within the package's context: what no training is told of could hide a copy.
// It trains and compares with the same bits on every processor. An error is no score: it says
// nothing about the submission.
//
// The worker scores sealed data rounds so, one submission at a time, and keeps what was learned in Config.Dir: an
// unchanged submission costs no training in the next epoch. Rows count as those of whoever submitted them
// first in the last eight rounds of the same creator about the same package ([round.Round.Before]), of those
// whose submissions had a consensus over 0. What some validators have and others not must not make honest ones
// outliers, so which submissions count follows from the chain:
//
//   - In the first sitting, a validator who lacks one of an earlier round commits to no score of data and says so
//     ([ErrEarlier]). A copy of rows of the same round gets no score yet, unless it has the very CID.
//   - A submission without a revealed score is compared, in later sittings, with those of its round that have a consensus
//     over 0, and with no earlier round's: an old file that nobody serves any more stalls a round for one sitting,
//     and who withholds it gains a copy that day, not somebody's slash.
//   - One with some is compared as in the first sitting; who lacks an earlier one commits only to what is no outlier among
//     the revealed scores.
//
// A submission that breaks the rules scores 0, and the event has the reason. What takes more than Config.Memory or
// ScoreTimeout is no score, and neither is a failure of disk or network.
//
// # Running a worker
//
//	w, err := validator.NewWorker(validator.Config{
//		Rounds: client, // a *round.Client with the validator's signer
//		Store:  store,
//		Data:   map[dataset.ID]dataset.Dataset{dataset.Cifar10: testSplit},
//	})
//	err = w.Run(ctx) // until ctx is done
//
// It scores the base head of each round that its [Policy] takes, then every
// gradient, claims, and takes back the rent of accounts that are no longer
// needed. In commit-reveal rounds it commits to each score first and reveals it
// in the next window, as in sealed rounds. [Worker.Validate] and [Worker.Claim] do one round by hand.
//
// # Sealed rounds
//
// In a sealed round the base and all heads are scored from the first sitting on, by those
// whom the committee's lot has drawn ([round.Round.InCommittee]): committed to in the first
// half of a sitting, revealed in the second. What cannot be fetched until a quarter of the
// sitting is over scores 0 ([Absent]), so that somebody is paid for looking for it. A head is compared with
// the base alone, since nobody could fetch another before: what some validators have and
// others not changes no other head's score. (Config.Share publishes what was fetched, so that
// all have it.) Who commits and does not reveal is slashed, so
// the worker refuses rounds whose windows are shorter than two polls.
//
// What is left of that waits for the end of the round: each commitment with 0.0018 SOL of its
// validator's rent, and the mark of the slash with 0.0015 SOL that whoever reported it lends. The
// round can be closed after its claim period, once its creator has withdrawn. Its creator has an hour
// for that; then one of those whose rent waits closes it, in turns, and all take their rent back. A
// worker reports where its part of the stake (0.001 SOL of 0.1 SOL) is more than the fees of three
// transactions: the report, and the closing of the round and of the mark. Where the creator never
// withdraws, and so forgoes what is left in the vault and 0.0078 SOL of rent, the round stays, and
// the rent with it.
//
// # Sealed tests
//
// A round may name the hash of a key that opens a test in its package, which its creator reveals
// once submissions are closed ([packagefmt.Package.OpenHoldout]). Base and heads are then scored on
// that test alone ([NewHoldoutJudge]). Where the key does not come, does not open a test, or opens
// one on which the base scores far off, the public split counts.
//
// # Determinism
//
// Consensus is the median of all validators' scores, and a validator who is far
// from it is not paid, or slashed. So a score follows from the head, the
// embeddings and the labels alone: samples in the package's order, ties to the
// lower class, floor of 10,000·correct/total. Any head whatever has the same outputs, bit for bit, on every
// processor: a product is one chain of fused multiply-adds in one order, which portable kernels
// compute exactly, and elementary functions are the package's own. (Tests compare all layers, and
// heads that were made so that roundings decide, on portable kernels, AVX2, AVX-512 and arm64.)
// An x86-64 processor without AVX2 pays for it: 3.1 s for the reference head on 10,000 samples,
// instead of 0.24 s; with AVX2 a Linear costs what it did. Embeddings are those of the package, the same bytes for
// everybody. Only the check that they are its encoder's allows for a difference (a thousandth of a
// sample's largest), since encoders of ONNX files do differ in the last bits: a creator at its edge may
// have some validators leave the round alone, and none score otherwise.
// Config.MaxSamples (outside of sealed rounds) and [Grace] change scores: all validators of a round must
// agree on them. For the same reason there is no hook for scoring: a validator with
// a rule of its own would be an outlier, unpaid and slashed.
//
// # Strangers
//
// Rounds and gradients come from strangers, and a worker runs for months among
// them. What never arrives, or drips, takes few places and short times, and others
// go first; what decodes to more than Config.Memory, or costs more than
// CheckTimeout and ScoreTimeout by its layers, is refused before anything runs. A
// score is only sent where it pays more than it costs as the round then stands
// ([round.Round.OfferToValidate]), under the terms that were looked at
// ([round.Client.Pin]), and within MaxStakeAtRisk, MinBalance and MaxSpending.
//
// Whoever took part in a round whose creator is gone finalizes it after its
// deadline, slashes its outliers before their stakes unlock, and settles ratings
// that were left open: in turns that everybody computes alike, so that one wallet
// pays for one transaction, and the next takes over 15 s later where it does not (sooner
// where a round's windows are shorter than a minute).
//
// Two workers with one wallet are refused on one machine ([ErrWalletInUse]). On two,
// at most one transaction of a round fails (of its reveals, four), and then the slower one stands by there:
// it takes a step only where the other one has left it undone for a minute or two, or
// ten to twenty polls if that is more ([ErrRival]).
//
// # When it is killed
//
// The worker keeps no state but what the store caches and what was spent. A score,
// a commitment and a claim can exist once, on chain, and the next run reads there
// what is left to do. Nothing is lost between commitment and reveal: the salt is derived from the
// wallet's signature, and the accuracy is found by trying which one has the
// commitment's hash.
//
// Stopping by ctx is no error. It takes as long as what is under way: one sample in
// the package's encoder, or some in its head. At the most that a package may cost
// that is some seconds; give a service manager 30.
//
// # Keys and trust
//
// Only the client's signer sees a key. Packages and gradients come from
// strangers: they are verified against their CIDs before anything is parsed,
// bounded in size, and nothing in them is run as code. If a package holds its
// encoder, its embeddings are recomputed from the validator's own data before
// anything is scored on them, so that a creator cannot have heads scored on
// another test. What could not be fetched is never scored 0, but in sealed rounds: faults
// of network or disk are not the submission's.
//
// Consensus can be trusted while most scores of each model come from honest,
// distinct stakes.
//
// # Errors
//
// [ErrTest] is the test split's or the creator's fault, [ErrInvalidHead] the
// submission's. Run reports errors of single models to the Observer and tries
// again after a growing pause; other models do not wait for them.
package validator
