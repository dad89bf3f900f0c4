// Package round is the round program seen from Go: rounds in escrow, their
// scores and gradients, claims, and the client that reads and sends them.
//
// # Reading
//
// A [Client] without a [Signer] reads. Each query is one call, filtered by the
// node:
//
//	c, err := round.NewClient(round.Config{Network: round.Localnet()})
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
//	key, err := round.LoadKeypair("id.json")
//	c, err := round.NewClient(round.Config{Network: round.Localnet(), Signer: key})
//	id, _, err := c.CreateRound(ctx, round.NewRound{ModelCID: cid, Dataset: 2, Reward: 500_000_000})
//
// Several instructions go into one transaction by [Client.Send]. What may have
// landed is never sent a second time: see there.
//
// # Deploying
//
// [Client.Deploy] brings the program onto any network through the upgradeable
// loader, and upgrades it later; [Client.Initialize] sets it up, once.
//
// # Errors
//
// A refusal by the program is an [*Error]; errors.Is compares its code with the
// constants of [Code], such as [ErrTooEarly]. A refusal by the chain is a
// [*TransactionError], an account that is not what it should be an
// [*AccountError]. Every message says what to do next.
//
// # Keys
//
// [Keypair] keeps a secret key in memory and shows only its address, however it
// is printed. Key files that others may read are refused. Any other way to
// sign, such as a hardware wallet, is an implementation of Signer.
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
