// Package round is the round program seen from Go: rounds in escrow, their
// scores and gradients, claims, and the client that reads and sends them. It
// builds on package chain, which signs, sends and watches, and knows no program.
//
// A gradient is a trainer's submission to a round: the CID of a trained head. A
// prevalidation is a validator's score of the base model, a postvalidation one of
// a gradient. The median of a model's scores is its consensus; a score too far
// from it is an outlier. Accuracies are in hundredths of a percent, amounts in
// lamports, shares in basis points (also hundredths of a percent).
//
// # Reading
//
// A [Client] over a [chain.Client] without a Signer reads. Each query is one call,
// filtered by the node:
//
//	onChain, err := chain.NewClient(chain.Config{Network: chain.Localnet()})
//	c, err := round.NewClient(round.Config{Chain: onChain})
//	open, err := c.Rounds(ctx, round.Filter{Status: []round.Status{round.Active}})
//
// [Client.Watch] yields what changes, from a websocket where there is one and
// from polling in any case. [Client.Track] follows the active rounds for a handful of
// calls, however many rounds others create: workers use it. [Client.Events] reads
// what the program reported about a round in the past.
//
// # Sending
//
// With a Signer, a method for each of the program's instructions signs, lets
// the node check, sends and waits until the transaction is confirmed:
//
//	key, err := chain.LoadKeypair("id.json")
//	onChain, err := chain.NewClient(chain.Config{Network: chain.Localnet(), Signer: key})
//	c, err := round.NewClient(round.Config{Chain: onChain})
//	id, _, err := c.CreateRound(ctx, round.Spec{ModelCID: cid, Dataset: 2, Reward: 500_000_000})
//
// [Client.Send] sends several instructions in one transaction. What may have
// landed is never sent a second time: see [chain.Client.Send].
//
// A creator may change the terms of a round until somebody takes part.
// [Client.Pin] sends only as long as the terms are those that were read: use it
// for whatever puts money or reputation at stake.
//
// # Rules
//
// The accounts tell before anything is sent what the program would accept. The
// methods named Can… return nil if it would, and otherwise a [RuleError] with the
// error that the program would return and the time until which it would:
//
//	if err := r.CanSubmit(wallet, stars, now); errors.Is(err, round.ErrRatingTooLow) { … }
//
// [Round.Phase] summarizes a round for people; [TrainerNext] and [ValidatorNext]
// list the steps that a wallet could take now, which the workers follow. The time
// is the chain's: [chain.Client.Now]. A test compares all rules with the real
// program.
//
// # Fair rounds
//
// [FairOptions] make a round a sealed one: heads are submitted by CID before anybody can
// fetch them, published once submissions are over, and scored with the base from then
// on, in [Sittings] of commitments and reveals. It may ask for a bond, have a sealed test
// whose key its creator reveals, and have a committee: lots by stake decide who scores
// it ([Client.DrawCommittee], [Round.InCommittee]). Attackers with a quarter of many
// small stakes get half of a committee of 16 in 2.6 % of draws, with a third in 11 %.
// The leader of a slot can bias one draw; idle stakes thin the committee out; who has a
// whole seat's share of all stakes is in it always. Who commits and does not reveal is
// slashed, once a round ([Client.SlashCommitment]).
//
// # Data rounds
//
// In a round with [TaskData], trainers submit data sets, which are scored by what the
// round's model learns from them. The program treats them as any round; [Filter].Task finds
// them. What belongs to them may be used in others, too: [FairOptions].SubmissionSlots ends
// submissions after so many slots ([Round.SubmissionsCloseSlot]), [reward.WinRate] pays the
// best submissions by how many of each other they beat, and trainers say on chain where they
// keep what they submitted ([Client.SetSource], [Client.Sources]). Under the win rate the
// same submission in two wallets is paid twice, as under the proportional rule.
//
// # Deploying
//
// [chain.Client.Deploy] deploys the program's code, [Program], to any network
// through the upgradeable loader, and upgrades it later; [Client.Initialize] sets
// it up, once.
//
// # Errors
//
// A refusal by the program is a [chain.ProgramError]; errors.Is compares it with
// the constants of [Code], such as [ErrTooEarly], and with the codes that the
// program shares with others, such as [chain.ErrAccountNotInitialized]. Other
// errors of package chain are passed on unchanged. Every message says what to do
// next.
//
// # Trust and compatibility
//
// An RPC node is believed about the chain, but its answers are bounded in size,
// checked in form, and compared with what was asked for. Texts in accounts, CIDs
// above all, come from strangers: this package does not check them.
//
// The program is a superset of an older interface. Rounds that an older program
// wrote can be read and have Version 0; nothing is ever sent to them. The program
// ids in this package are those of local chains; on any other network the id must
// be given.
//
// Scores can be trusted as long as most validations of each model come from
// honest, distinct stakes. With a minimum stake of 0, one person with many wallets
// decides everything: a mode for trusted groups and development.
package round
