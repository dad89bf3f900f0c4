// Package round is the round program seen from Go: rounds in escrow, their
// scores and gradients, claims, and the client that reads and sends them. It
// stands on package chain, which signs, sends and watches, and knows no program.
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
// from polling in any case.
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
// Several instructions go into one transaction by [Client.Send]. What may have
// landed is never sent a second time: see [chain.Client.Send].
//
// # Rules
//
// What the program accepts can be asked of the accounts before anything is sent.
// The methods named Can… return nil, or a [RuleError] with the answer that the
// program would give and the time at which that ends:
//
//	if err := r.CanSubmit(wallet, stars, now); errors.Is(err, round.ErrRatingTooLow) { … }
//
// [Round.Phase] sums a round up for people; [TrainerNext] and [ValidatorNext] list
// the steps that a wallet could take now, which is all that the workers go by. The
// time is the chain's: [chain.Client.Now]. A test compares all of it with the real
// program.
//
// # Deploying
//
// [chain.Client.Deploy] brings the program, [Program], onto any network through
// the upgradeable loader, and upgrades it later; [Client.Initialize] sets it up,
// once.
//
// # Errors
//
// A refusal by the program is a [chain.ProgramError]; errors.Is compares it with
// the constants of [Code], such as [ErrTooEarly], and with the codes that the
// program shares with others, such as [chain.ErrAccountNotInitialized]. The other
// errors of package chain come through as they are. Every message says what to do
// next.
//
// # Trust and compatibility
//
// What an RPC node says is believed about the chain, but bounded in size,
// checked in form, and compared with what was asked for. Texts in accounts,
// CIDs above all, come from strangers: nothing here looks into them.
//
// The program is a superset of an older interface. Rounds that an older program
// wrote can be read and have Version 0; they are never transacted with. The
// program ids in this package are those of local chains; on any other network
// the id must be given.
//
// The program's promise holds as long as most validations of each model come
// from honest, distinct stakes. With a minimum stake of 0, one person with many
// wallets decides everything: a mode for trusted groups and development.
package round
