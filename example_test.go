package decloud_test

import (
	"context"
	"fmt"
	"os"
	"time"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/localnet/localtest"
	"github.com/decloud-sdk/decloud-go/trainer"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
	"github.com/decloud-sdk/decloud-go/validator"
)

// stage is a local chain with three players. On any other network a player is a
// decloud.Client with a wallet of its own, on a machine of its own.
func stage() (creator, judge, pupil *localtest.Player, end func()) {
	dir, err := os.MkdirTemp("", "decloud-example-*")
	must(err)
	world, err := localtest.Start(dir, localnet.InProcess())
	must(err)
	player := func(name string) *localtest.Player {
		p, err := world.NewPlayer(name, localtest.Funds)
		must(err)
		return p
	}
	return player("creator"), player("judge"), player("pupil"), func() {
		must(world.Close())
		must(os.RemoveAll(dir))
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// launch puts up 1 SOL for a small model of digits.
func launch(creator *localtest.Player) uint64 {
	model, err := localtest.Package()
	must(err)
	launched, err := creator.Launch(context.Background(), decloud.LaunchOptions{Package: model, Reward: chain.LamportsPerSOL, Quorum: 1, Open: true})
	must(err)
	return launched.RoundID
}

func ExampleNew() {
	_, err := decloud.New(decloud.Config{Dir: "/var/lib/decloud"})
	fmt.Println(err)
	// Output: decloud: Config.Chain.Signer is nil: load a keypair with chain.LoadKeypair
}

// A creator publishes a package, then locks the reward.
func ExampleClient_Launch() {
	creator, _, _, end := stage()
	defer end()
	model, err := localtest.Package() // packagefmt.Build makes one of a model of yours
	must(err)
	launched, err := creator.Launch(context.Background(), decloud.LaunchOptions{Package: model, Reward: chain.LamportsPerSOL / 2})
	must(err)
	r, err := creator.Rounds.Round(context.Background(), launched.RoundID)
	must(err)
	fmt.Println(r.ID, r.Status, r.ModelCID == launched.CID.String(), chain.FormatSOL(r.Reward), r.Options.MinPostvalidations)
	fmt.Println("sealed:", r.Sealed(), "paid after:", decloud.DayPace().Paid(), "bond:", chain.FormatSOL(r.Bond()))
	// Output:
	// 0 active true 0.5 3
	// sealed: true paid after: 12h30m0s bond: 0.00048
}

// A validator's worker scores all it can until its context is done.
func ExampleClient_Validate() {
	creator, judge, _, end := stage()
	defer end()
	launch(creator)
	digits, err := dataset.Builtin(dataset.Mnist)
	must(err)

	ctx, stop := context.WithCancel(context.Background())
	err = judge.Validate(ctx, validator.Config{
		Data: map[dataset.ID]dataset.Dataset{dataset.Mnist: digits.Test},
		Poll: 10 * time.Millisecond,
		Observer: func(e validator.Event) {
			if e.Kind == validator.EventBase {
				fmt.Println("round", e.RoundID, "base", e.Score.Verdict)
				stop() // a bot goes on
			}
		},
	})
	fmt.Println(err)
	// Output:
	// round 0 base scored
	// <nil>
}

// A trainer's worker trains on data of its own, submits, and claims.
func ExampleClient_Train() {
	creator, judge, pupil, end := stage()
	defer end()
	id := launch(creator)
	_, err := judge.Rounds.Prevalidate(context.Background(), id, 1000) // the base model: 10 %
	must(err)
	digits, err := dataset.Builtin(dataset.Mnist)
	must(err)
	mine, _, err := dataset.Split(digits.Train, 0.9, 1)
	must(err)

	ctx, stop := context.WithCancel(context.Background())
	err = pupil.Train(ctx, trainer.Config{
		Data:     map[dataset.ID]dataset.Dataset{dataset.Mnist: mine},
		Training: fit.Options{Epochs: 2},
		Policy:   trainer.Policy{MinReward: chain.LamportsPerSOL / 10, MinQuorum: 1},
		Poll:     10 * time.Millisecond,
		Observer: func(e trainer.Event) {
			switch e.Kind {
			case trainer.EventTrained:
				fmt.Println("trained on", mine.Len(), "digits")
			case trainer.EventSubmitted:
				fmt.Println("submitted to round", e.RoundID)
				stop() // a bot goes on
			}
		},
	})
	fmt.Println(err)
	// Output:
	// trained on 200 digits
	// submitted to round 0
	// <nil>
}

// What all finalized rounds owe a wallet, in one call.
func ExampleClient_ClaimAll() {
	ctx := context.Background()
	creator, judge, pupil, end := stage()
	defer end()
	for range 2 {
		play(launch(creator), creator, judge, pupil)
	}
	paid, err := judge.ClaimAll(ctx)
	must(err)
	for _, p := range paid {
		fmt.Println("round", p.RoundID, chain.FormatSOL(p.Lamports), "SOL")
	}
	paid, err = judge.ClaimAll(ctx)
	fmt.Println(len(paid), err)
	// Output:
	// round 0 0.098 SOL
	// round 1 0.098 SOL
	// 0 <nil>
}

func ExampleClient_Claim() {
	creator, judge, pupil, end := stage()
	defer end()
	id := launch(creator)
	play(id, creator, judge, pupil)
	claimed, err := pupil.Claim(context.Background(), id)
	must(err)
	fmt.Println(chain.FormatSOL(claimed.Lamports), "SOL in", len(claimed.Receipts), "transaction")
	// Output: 0.882 SOL in 1 transaction
}

// play scores the base with 10 % and one submission with 30 %, and finalizes.
func play(id uint64, creator, judge, pupil *localtest.Player) {
	ctx := context.Background()
	_, err := judge.Rounds.Prevalidate(ctx, id, 1000)
	must(err)
	if _, err := pupil.Rounds.Profile(ctx, pupil.Rounds.Wallet()); err != nil {
		_, err := pupil.Rounds.CreateTrainerProfile(ctx)
		must(err)
	}
	_, err = pupil.Rounds.SubmitGradient(ctx, id, "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi")
	must(err)
	_, err = judge.Rounds.Postvalidate(ctx, id, pupil.Rounds.Wallet(), 3000)
	must(err)
	_, err = creator.Rounds.FinalizeRound(ctx, id)
	must(err)
}
