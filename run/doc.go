// Package run is the run program seen from Go: many epochs, one model, a treasury.
// Members improve a model together; in each round they train on data of their
// own, hand in the digest of an update, and a committee drawn among them agrees on
// the next model. It builds on package chain, as package round does, and knows
// neither models nor stores: package run/config reads the configuration file,
// run/member is the worker.
//
// # Two kinds of runs
//
// With [Witness], every member trains, and a quorum of equal attestations of drawn
// witnesses makes the next model; healthy finishers of an epoch earn its rate.
// With [Vote], drawn voters measure the aggregate of the proposers' updates on
// private test data, a stake-weighted vote decides, and the losing side is slashed.
//
// # Reading
//
//	onChain, err := chain.NewClient(chain.Config{Network: chain.Localnet()})
//	c, err := run.NewClient(run.Config{Chain: onChain})
//	r, err := c.Run(ctx, "my-run")
//	view, err := c.View(ctx, "my-run") // the run with its roster and its ballots
//
// [Client.Events] reads what the program reported about a run in the past.
//
// # Sending
//
// A method for each of the program's instructions signs, sends and waits; all but
// CreateRun take the [Run] that was read:
//
//	r, _, err := c.CreateRun(ctx, run.Spec{ID: "my-run", JoinAuthority: key})
//	_, err = c.TopUp(ctx, r, 2_000_000_000, solana.PublicKey{})
//	_, err = c.Tick(ctx, r)
//
// # Time
//
// [Client.Tick] is the only thing that moves a run from state to state, and anybody
// may send it. [View.TickDue] says whether it would change something, and
// [View.Next] what a member has to do now: both are pure functions of the accounts
// and of the chain's time.
//
// # Rules
//
// For every instruction about a run there is a method of View named Can…, such as
// [View.CanJoin]: nil if the program would accept it now, and otherwise a
// [RuleError] with exactly the error that it would return, and from when it would
// not. The rules are those of the program's model in Go, against which the program
// is tested byte by byte; they are tested against the program in random walks.
//
// # Money
//
// Amounts are base units of the treasury: lamports, or the mint's; one point is one
// of them. The vault always holds pool + reserved + owed + stakes
// ([Run.Liabilities]).
//
// # Trust
//
// A run's authority chooses the configuration, the first model and who may join,
// pauses and resumes; what is owed, reserved or at stake it cannot take. Who owns
// most of a permissionless run's seats (or stakes) owns the run. The leader that
// makes the block of the draw can bias its own slot. The program's address is
// believed: a program that can be upgraded is whatever its upgrade authority says.
package run
