package decloud_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/dataset/submission"
	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/trainer"
)

// A miner submits the newest revision of its data to every data round about its data set.
func Example_miner() {
	creator, _, miner, end := stage()
	defer end()
	pkg := roundtest.DataPackage() // packagefmt.Build makes one of a model of yours, with BuildOptions.Task
	terms, err := creator.FairTerms(context.Background(), decloud.LaunchOptions{Package: pkg, Reward: chain.LamportsPerSOL})
	must(err)
	terms.Options.BaseWindow = 0 // submissions open at once
	_, err = creator.Launch(context.Background(), decloud.LaunchOptions{Package: pkg, Reward: chain.LamportsPerSOL, Terms: &terms})
	must(err)

	digits, err := dataset.Builtin(dataset.Mnist)
	must(err)
	schema, err := pkg.Submission() // what the round takes
	must(err)
	rows, err := dataset.Subset(digits.Train, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	must(err)
	dir := filepath.Join(miner.Dir, "digits") // whose files may be replaced at any time
	_, err = submission.Build(dir, rows.(dataset.Described), schema, submission.About{License: "CC-BY-SA-3.0", Source: "MNIST"})
	must(err)

	ctx, stop := context.WithCancel(context.Background())
	must(miner.Train(ctx, trainer.Config{
		Submit: map[dataset.ID]trainer.Submissions{dataset.Mnist: trainer.Directory(dir)},
		Observer: func(e trainer.Event) {
			switch e.Kind {
			case trainer.EventCopied:
				fmt.Println("rows to submit:", e.Rows)
			case trainer.EventSubmitted:
				fmt.Println("submitted to round", e.RoundID)
				stop()
			case trainer.EventFailed:
				fmt.Fprintln(os.Stderr, e.Err) // such as a row that validators would refuse
			}
		},
	}))
	// Output:
	// rows to submit: 10
	// submitted to round 0
}
