// Package chain uses any program on Solana from Go: it reads accounts, signs and
// sends transactions, watches what changes, and deploys programs. Beside what every
// network has (system, tokens, loader) it knows no program: code, error codes and
// account layouts are handed in by the packages above it.
//
// # Reading
//
// A [Client] without a [Signer] reads. The node that it asks, its timeouts and
// its patience are in [Config]; the zero value reads from a local chain:
//
//	c, err := chain.NewClient(chain.Config{Network: chain.Devnet()})
//	defer c.Close()
//	a, err := c.Account(ctx, address, program) // fails if another program owns it
//
// [Scan] finds all accounts of a program that have given bytes at given places,
// and decodes each as it arrives:
//
//	q := chain.Query{Program: program, Filters: []chain.Filter{{Offset: 0, Bytes: discriminator}}}
//	games, slot, err := chain.Scan(ctx, c, q, decodeGame)
//
// [Client.Watch] yields such accounts whenever they have changed, from a websocket
// where there is one and from polling in any case. [DeriveAddress] finds where a
// program keeps an account.
//
// Calls that fail for a passing reason are repeated, after the pause that the node
// asks for. After a transaction of its own, the client takes no answer from a node
// that has not seen it yet.
//
// # Sending
//
// [Client.Send] signs instructions as one transaction, lets the node check it,
// sends it and waits until it is confirmed:
//
//	key, err := chain.LoadKeypair("id.json")
//	c, err := chain.NewClient(chain.Config{Network: chain.Devnet(), Signer: key})
//	receipt, err := c.Send(ctx, []solana.Instruction{
//		system.NewTransferInstruction(1_000_000, c.Wallet(), friend).Build(),
//	})
//
// What may have landed is never done twice. The same signed bytes are sent again
// until they land or can no longer; only then is a new transaction signed. Where
// the context ends before that is known, the error wraps [ErrUnconfirmed], and
// [Client.Transaction] says later what became of the signature. Within one
// blockhash the same instructions would be the same transaction; the client
// remembers what it signed and takes a new blockhash. So all that one wallet does
// should go through one client, whichever programs it is for.
//
// [Client.Simulate] tries instructions without signing or paying anything.
//
// # Tokens
//
// [Client.TokenBalance], [Client.TokenAccount] and [Client.Mint] read what the SPL
// Token program keeps. Its instructions are values with named fields:
//
//	receipt, err := c.Send(ctx, []solana.Instruction{
//		chain.CreateAssociatedToken{Payer: c.Wallet(), Wallet: friend, Mint: usdc},
//		chain.TransferTokens{
//			From: chain.AssociatedTokenAddress(c.Wallet(), usdc),
//			To:   chain.AssociatedTokenAddress(friend, usdc),
//			Mint: usdc, Owner: c.Wallet(), Amount: 1_500_000, Decimals: 6, // 1.5
//		},
//	})
//
// [ParseSOL] and [FormatSOL] read and print amounts of SOL.
//
// # Deploying
//
// [Client.Deploy] brings an ELF onto any network through the upgradeable loader,
// or upgrades what stands there; cut short, it goes on where it stopped.
// [Client.PlanDeploy] says before what it will cost. [Client.GiveUpgradeAuthority]
// hands the right to upgrade over, [Client.MakeImmutable] gives it up.
//
// # Errors
//
// A refusal by a program is a [*ProgramError]: the program that raised it, and
// its code. What the code stands for is for the program's package to say, which
// hands a [Program] to [Client.Register]; errors.Is then finds it, and never takes
// a code of one program for that of another. (Where an instruction calls further
// programs, the logs say which one it was. A node that shows none, or cuts them,
// leaves only the program of the instruction to be taken for it.) Of all programs that follow Anchor's
// conventions the common codes are here ([AnchorCode]), and those of the system
// and the SPL Token program ([SystemCode], [TokenCode]). Any other refusal by the chain is a [*TransactionError],
// an account that is not what it should be an [*AccountError]. Every message says
// what to do next.
//
// # Keys
//
// [Keypair] keeps a secret key in memory and shows only its address, however it
// is printed. Key files that others may read are refused. Any other way to sign,
// such as a hardware wallet, is an implementation of Signer: one method that
// signs, one that says the address.
//
// # Trust
//
// What a node says is believed about the chain, but bounded in size, checked in
// form, and compared with what was asked for. URLs of providers, which hold API
// keys, stay out of everything that is printed. What accounts hold comes from
// strangers: it is for the caller to decode it with care.
package chain
