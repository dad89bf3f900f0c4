package localtest_test

import (
	"context"
	"fmt"
	"os"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/localnet/localtest"
)

// gradient stands for a trained head that the trainer would have published.
const gradient = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"

// A whole round without a worker: every step is one call. In a test, New and
// Player do without the errors.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "example")
	check(err)
	defer os.RemoveAll(dir)
	world, err := localtest.Start(dir, localnet.InProcess())
	check(err)
	defer world.Close()
	creator, trainer, validator := player(world, "creator"), player(world, "trainer"), player(world, "validator")

	model, err := localtest.Package()
	check(err)
	launched, err := creator.Launch(ctx, decloud.LaunchOptions{Package: model, Reward: chain.LamportsPerSOL, Quorum: 1, Open: true})
	check(err)
	_, err = validator.Rounds.Prevalidate(ctx, launched.RoundID, 5000) // 50 %
	check(err)
	_, err = trainer.Rounds.CreateTrainerProfile(ctx)
	check(err)
	_, err = trainer.Rounds.SubmitGradient(ctx, launched.RoundID, gradient)
	check(err)
	_, err = validator.Rounds.Postvalidate(ctx, launched.RoundID, trainer.Rounds.Wallet(), 7500)
	check(err)
	_, err = creator.Rounds.FinalizeRound(ctx, launched.RoundID)
	check(err)

	for _, p := range []*localtest.Player{trainer, validator} {
		paid, err := p.ClaimAll(ctx)
		check(err)
		fmt.Println(chain.FormatSOL(paid[0].Lamports), "SOL")
	}
	// Output:
	// 0.882 SOL
	// 0.098 SOL
}

func player(world *localtest.World, name string) *localtest.Player {
	p, err := world.NewPlayer(name, localtest.Funds)
	check(err)
	return p
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
