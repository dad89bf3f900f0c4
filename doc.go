// Package decloud lets anyone with a trained model put up a reward and have
// strangers improve it on data that never leaves their machines.
//
// # A round
//
// A creator splits a model into a frozen encoder and a trainable head, publishes
// both as a package under its IPFS CID, and locks a reward in a Solana program.
// Validators score the base head, the one in the package. Trainers embed their own
// data with the encoder, train the head, publish it and submit its CID: that
// submission is called a gradient. Validators score every gradient; the median of
// their scores counts. The reward is shared out by improvement. Each of the three
// roles runs a program with a [Client] of its own:
//
//	client, err := decloud.New(decloud.Config{
//		Dir: "/var/lib/decloud", // block store, finished training runs
//		Chain: chain.Config{
//			Network: chain.Devnet(),
//			Signer:  wallet, // from chain.LoadKeypair
//		},
//		RoundProgram: program, // the address of the deployed round program
//		Store: storage.Config{
//			Fetchers: []storage.Fetcher{cars}, // storage.NewCARDir(path), a gateway, …
//			Pushers:  []storage.Pusher{cars},
//		},
//	})
//
// # Creators
//
// [packagefmt.OpenONNX] reads a model of any architecture from an ONNX file, which
// torch.onnx.export, tf2onnx and skl2onnx write, and [packagefmt.OpenPyTorch] one that
// torch.save wrote, without running anything in it; [packagefmt.Build] splits it, checks on real samples that
// encoder and head together compute what the model computes, and embeds the test
// split. [Client.Launch] publishes the package first and pays second:
//
//	model, err := packagefmt.OpenPyTorch("model.pt", packagefmt.PyTorchOptions{})
//	pkg, report, err := packagefmt.Build(ctx, model, test, packagefmt.BuildOptions{Dataset: dataset.Cifar10})
//	launched, err := client.Launch(ctx, decloud.LaunchOptions{Package: pkg, Reward: 500_000_000})
//
// The round is a fair one, unless [LaunchOptions].Open says otherwise: see below. When
// every gradient has its quorum of scores, [round.Client.FinalizeRound] closes the round,
// and [Client.Claim] takes back what nobody earned.
//
// # Fair rounds
//
// In a plain round, as the public kits know it, whoever sees a gradient can copy it before
// it is paid, whoever sees scores can copy those, and whoever has many wallets decides. In
// a fair round ([Client.FairTerms]) the CID of a head is submitted before anybody can fetch
// the head; heads are published once submissions are closed; validators with a stake, drawn
// by lot where enough have one, commit to scores before they reveal them; and the marginal
// rule pays only what a head adds to the best before it. It costs time: nobody is paid
// before the deadline of its [Pace], 12.5 hours by default. It costs validators a stake,
// and trainers a bond, which comes back with every head that is better than the base. What
// pays all the same: to train on the test split of a public data set, which everybody has;
// to be earlier with as good a head; and to be in league with the creator.
//
// # Trainers and validators
//
// [Client.Train] and [Client.Validate] run until their context is done: they find
// rounds, train or score, and claim. What they train or score on is a
// [dataset.Dataset]: an interface of two methods over whatever holds your data.
//
//	err = client.Train(ctx, trainer.Config{
//		Data:     map[dataset.ID]dataset.Dataset{dataset.Cifar10: mine},
//		Training: fit.Options{Epochs: 3},
//		Policy:   trainer.Policy{MinReward: 10_000_000},
//		Observer: func(e trainer.Event) { log.Println(e.Kind, e.RoundID, e.Err) },
//	})
//
// A worker that was killed continues where it was when it is started again: it
// submits once, claims once, and loses no finished training run. Without a worker,
// [Client.ClaimAll] claims what every round owes.
//
// # Runs
//
// A run is a collaboration instead of a competition: members improve one model
// together over many epochs, and a treasury pays them. [Client.CreateRun] publishes
// and configures one, [Client.Join] takes part until its context is done.
//
//	created, err := client.CreateRun(ctx, decloud.RunOptions{Spec: run.Spec{ID: "digits"}, Package: pkg, File: file})
//	err = client.Join(ctx, member.Config{RunID: "digits", Data: mine})
//
// # Contests of data
//
// In a data round people submit data, and are paid for what the round's model learns from it. A contest is a series
// of such rounds about one package, which has a task. [Client.Contest] opens one epoch after the other and looks
// after them; [Client.Standings] reads from the chain who beat whom, and each miner's moving average.
//
//	err = client.Contest(ctx, decloud.ContestConfig{Package: pkg, Reward: 500_000_000, Epochs: 10})
//	standings, err := client.Standings(ctx, creator, packageCID)
//
// # Keys
//
// A [chain.Signer] signs; nothing else sees a secret key. [chain.Keypair] keeps one
// in memory and prints only its address. Key files that others may read are
// refused.
//
// # Money
//
// All amounts are integers in lamports (1 SOL is 1,000,000,000); shares and fees
// are in basis points (hundredths of a percent). Package reward computes what a
// share amounts to, the same as the program pays. A transaction whose outcome is
// unknown is looked up before another one is signed.
//
// # Trust
//
// A package is verified block by block against the CID on chain before any of it
// is parsed. Scores are sound only while most validators of each gradient are
// honest and distinct: in a round without a minimum stake, as open ones are by default, one
// person with many wallets decides everything. Such rounds are for development and
// for people who know each other. Trainers refuse rounds with a quorum under three unless
// [trainer.Policy] says otherwise.
//
// A trained head reveals something about the data it was trained on. The data stay
// on the trainer's machine; the head is published as it was trained, unless
// fit.Options.Privacy adds noise: package
// [github.com/decloud-sdk/decloud-go/trainer/fit] says what that promises, and
// what it does not cover.
//
// # Compatibility
//
// Accounts and instructions are those of the public DECLOUD kits, byte for byte,
// with fields appended. Package localnet runs the program on a test ledger in
// this process: real program bytes, but no consensus, no gossip and no forks. For
// tests of a bot, package localnet/localtest adds players with funded wallets.
package decloud
