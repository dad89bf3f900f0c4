// Package chain uses any program on Solana from Go: it reads accounts, signs and
// sends transactions, watches what changes, and deploys programs. Apart from what
// every network has (system, tokens, loader) it knows no program: the packages
// above it pass in code, error codes and account layouts.
//
// # Reading
//
// A [Client] without a [Signer] can only read. [Config] names the node, timeouts
// and numbers of attempts; the zero value reads from a local chain:
//
//	c, err := chain.NewClient(chain.Config{Network: chain.Devnet()})
//	defer c.Close()
//	a, err := c.Account(ctx, address, program) // fails if another program owns it
//
// [Scan] finds all accounts of a program that have given bytes at given offsets,
// and decodes each as it arrives:
//
//	q := chain.Query{Program: program, Filters: []chain.Filter{{Offset: 0, Bytes: discriminator}}}
//	games, slot, err := chain.Scan(ctx, c, q, decodeGame)
//
// [Client.Watch] yields such accounts whenever they have changed: it polls, and
// uses a websocket if the network has one. [DeriveAddress] computes the address
// where a program keeps an account. [Client.History] yields the transactions of the
// past that named an address, as far back as the node keeps them.
//
// Calls that fail for a temporary reason are repeated, after the pause that the
// node asks for. After a transaction of its own, the client accepts no answer from
// a node that has not seen it yet.
//
// With several nodes ([Config.Fallbacks]), each with headers of its own if its
// provider wants them ([NewHeader]), calls go to the first that works, and one that
// fails is left alone for a while; so do websockets. Proxies of the environment
// (HTTPS_PROXY) are used for both.
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
// Package solana is github.com/gagliardetto/solana-go, and system is one of its
// packages below programs. Test networks give lamports away: RequestAirdrop of
// solana-go's rpc.Client asks a local chain or devnet for some.
//
// What may have landed (may have been included in a block) is never done twice.
// The same signed bytes are sent again until they land or can no longer; only then
// is a new transaction signed, unless the accounts look as if it had landed: what it
// creates is there, or the wallet has other lamports. If the context ends before the outcome is known, the
// error wraps [ErrUnconfirmed], and [Client.Transaction] looks the signature up
// later. Within one blockhash the same instructions would be the same transaction;
// the client remembers what it signed and waits for a new blockhash. So everything
// that one wallet does should go through one client, whichever programs it is for.
//
// [Client.Simulate] tries instructions without signing or paying anything.
//
// [Config.PriorityFee] offers a fixed price for each compute unit;
// [Config.MaxPriorityFee] has the client find it, up to that.
//
// # Tokens
//
// [Client.TokenBalance], [Client.TokenAccount] and [Client.Mint] read accounts of
// the SPL Token program. Its instructions are structs with named fields:
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
// [Client.Deploy] deploys an ELF file on any network through the upgradeable
// loader, or upgrades the program that is there; after an interruption it continues
// where it stopped. [Client.PlanDeploy] says beforehand what it will cost.
// [Client.GiveUpgradeAuthority] hands the right to upgrade over,
// [Client.MakeImmutable] gives it up.
//
// # Errors
//
// A refusal by a program is a [*ProgramError]: the program that raised it, and its
// code. The program's package says what the code means, with a [Program] that it
// passes to [Client.Register]; errors.Is then finds the meaning, and never mistakes
// a code of one program for that of another. (If an instruction calls further
// programs, the logs say which one refused. If the node shows no logs, or cuts
// them, the instruction's own program is assumed.) The codes that all programs
// following Anchor's conventions share are here ([AnchorCode]), and those of the
// system and the SPL Token program ([SystemCode], [TokenCode]). Any other refusal
// by the chain is a [*TransactionError], and an account that is not what it should
// be gives an [*AccountError]. Every message says what to do next.
//
// # Keys
//
// [Keypair] keeps a secret key in memory and shows only its address, however it
// is printed. Key files that others may read are refused. Any other way to sign,
// such as a hardware wallet, implements [Signer]: one method that signs, one that
// returns the address.
//
// # Trust
//
// A node is believed about the chain, but its answers are bounded in size, checked
// in form, and compared with what was asked for. It is not believed when it says that
// a transaction was lost, after which the wallet would pay again: blockhash and
// heights must be plausible, what the transaction writes must not have changed, and
// with several nodes most of them must agree. Nothing is sent over plain http to the
// internet unless [Config.Insecure] says so, and redirects are not followed. URLs of
// providers, which hold API keys, and headers stay out of everything that is printed. The data of accounts comes from
// strangers: the caller must decode it with care.
package chain
