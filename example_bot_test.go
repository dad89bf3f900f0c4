package decloud_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/trainer"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
)

// A bot of one's own: it says which rounds to leave alone, trains in its own way,
// and logs. The chain, the package and the submission stay the worker's.
func Example_bot() {
	creator, judge, pupil, end := stage()
	defer end()
	id := launch(creator)
	_, err := judge.Rounds.Prevalidate(context.Background(), id, 1000)
	must(err)

	digits, err := dataset.Builtin(dataset.Mnist)
	must(err)
	ctx, stop := context.WithCancel(context.Background())
	must(pupil.Train(ctx, trainer.Config{
		Data: map[dataset.ID]dataset.Dataset{dataset.Mnist: digits.Train},
		Policy: trainer.Policy{MinQuorum: 1, Veto: func(r *round.Round) error {
			if r.Creator == judge.Wallet.PublicKey() {
				return errors.New("not for this creator")
			}
			return nil
		}},
		Fit: func(ctx context.Context, t trainer.Task) (packagefmt.Network, fit.Result, error) {
			t.Options.Epochs, t.Options.LearningRate = 2, 0.01 // or train t.Package.Head by other means
			return t.Fit(ctx)
		},
		Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Observer: func(e trainer.Event) {
			if e.Kind == trainer.EventSubmitted {
				fmt.Println("submitted to round", e.RoundID)
				stop()
			}
		},
	}))
	// Output: submitted to round 0
}
