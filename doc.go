// Package decloud lets anyone with a trained model put up a reward and have
// strangers improve it on data that never leaves their machines.
//
// # A round
//
// A creator splits a model into a frozen encoder and a trainable head, publishes
// the package under its IPFS CID, and locks a reward in a Solana program.
// Validators score the base head. Trainers embed their own data with the encoder,
// train the head, publish it and submit its CID. Validators score every
// submission; the median of their scores counts. The reward goes out by
// improvement. Three roles, three programs, one [Client] each:
//
//	client, err := decloud.New(decloud.Config{
//		Dir: "/var/lib/decloud", // block store, finished training runs
//		Chain: chain.Config{
//			Network: chain.Devnet(),
//			Signer:  wallet, // from chain.LoadKeypair
//		},
//		RoundProgram: program, // which program is meant is yours to say
//		Store: storage.Config{
//			Fetchers: []storage.Fetcher{cars},
//			Pushers:  []storage.Pusher{cars},
//		},
//	})
//
// # Creators
//
// [packagefmt.LoadPyTorch] reads a model that torch.save wrote, without running
// anything in it; [packagefmt.Build] cuts it, checks on real samples that encoder
// and head compute together what the model computed, and embeds the test split.
// [Client.Launch] publishes the package first and pays second:
//
//	model, err := packagefmt.OpenPyTorch("model.pt", packagefmt.PyTorchOptions{})
//	pkg, report, err := packagefmt.Build(ctx, model, test, packagefmt.BuildOptions{Dataset: dataset.Cifar10})
//	launched, err := client.Launch(ctx, decloud.LaunchOptions{Package: pkg, Reward: 500_000_000})
//
// When every submission has its quorum of scores, round.Client.FinalizeRound
// closes the round, and [Client.Claim] takes back what nobody earned.
//
// # Trainers and validators
//
// [Client.Train] and [Client.Validate] run until their context is done: they find
// rounds, do what there is to do, and claim. What they train on, or score by, is a
// [dataset.Dataset]: three lines over whatever holds your data.
//
//	err = client.Train(ctx, trainer.Config{
//		Data:     map[dataset.ID]dataset.Dataset{dataset.Cifar10: mine},
//		Training: fit.Options{Epochs: 3},
//		Policy:   trainer.Policy{MinReward: 10_000_000},
//		Observer: func(e trainer.Event) { log.Println(e.Kind, e.RoundID, e.Err) },
//	})
//
// A worker that was killed goes on where it was: it submits once, claims once, and
// loses no finished training run. Without a worker, [Client.ClaimAll] claims what
// every round owes.
//
// # Keys
//
// A [chain.Signer] signs; nothing else sees a secret key. [chain.Keypair] keeps one
// in memory and prints only its address. Key files that others may read are
// refused.
//
// # Money
//
// All amounts are lamports in integers; shares and fees are basis points; what a
// share comes to is in package reward, and is what the program pays. A
// transaction whose fate is unknown is looked up before another one is signed.
//
// # Trust
//
// A package is verified block by block against the CID on chain before any of it
// is parsed. Scores are sound only while most validators of each submission are
// honest and distinct: with no stake asked for, one person with many wallets
// decides everything. Such rounds are for development and for people who know
// each other. Trainers refuse rounds with a quorum under three unless told
// otherwise.
//
// A trained head tells something about the data it was trained on. The data stay
// on the trainer's machine, and the head that leaves it is as it was trained,
// unless Options.Privacy asks for noise: package
// [github.com/decloud-sdk/decloud-go/trainer/fit] says what that is worth, and
// what it leaves out.
//
// # Compatibility
//
// Accounts and instructions are those that the public DECLOUD kits speak, byte for
// byte, with fields appended. Package localnet runs the program on a test ledger in
// this process: real program bytes, but no consensus, no gossip and no forks. For
// tests of a bot, package localnet/localtest adds players with funded wallets.
package decloud
