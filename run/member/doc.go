// Package member is the long-running worker of a run's member: it joins, fetches
// the model, trains on private data, submits, publishes, verifies or votes, ticks,
// slashes and claims, until its context ends.
//
//	w, err := member.NewWorker(member.Config{Runs: runs, Store: store, RunID: "my-run", Dir: dir, Data: samples})
//	err = w.Run(ctx)
//
// # Killed at any point
//
// What has happened is on chain (an update, a vote, a claim: each once), or in Dir,
// where an update that was trained and a ballot that was committed to appear complete
// or not at all. A worker that was killed goes on from there and does nothing twice.
// The models that it computed are in the store; what a loss of power takes of one
// before it was revealed is computed again. The updates of a round are kept in memory
// as long as the round goes on: a worker that starts again fetches them again, and
// publishes its own again from Dir.
//
// # What is private
//
// Samples never leave the machine; what is trained from them does. Everybody can
// read every update: there is no secure aggregation. Set Training.Privacy to clip
// each update and to add noise; [Event] has the ε of it, over all rounds that
// Privacy.Releases names. Where members vote, a fifth of the samples, drawn once by
// a secret of the member's own, is its test part for the whole run, and never
// trained on.
//
// # What is at stake
//
// Where members vote, losing sides are slashed. A member puts in Config.Stake, never
// more than Config.MaxStake over the whole run; what it has put in is in Dir, written
// before it is sent. One that was slashed below the run's min_stake leaves between
// epochs, so that the run does not count on it, and joins again where MaxStake allows.
//
// # Trust
//
// The id of a run that was closed is free to whoever takes it. A member that joined a
// run does not follow its id to another run of another authority ([ErrOtherRun]).
//
// Verifiers apply rules that everybody computes alike (package run/aggregate). The
// configuration is fetched by the digest that is on chain and must say what the
// chain says.
package member
