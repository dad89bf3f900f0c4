package trainer_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/trainer"
)

// What a worker would say to a round, without one: it pays too little, then one
// validator alone would decide.
func ExamplePolicy_Refuse() {
	now := time.Unix(1_800_000_000, 0)
	r := &round.Round{
		ID: 7, Version: round.Version, Dataset: round.Dataset(dataset.Mnist), Reward: chain.LamportsPerSOL / 10,
		ClaimPeriod: 30 * 24 * time.Hour,
		Options:     round.Options{MinPrevalidations: 1, MinPostvalidations: 1, Deadline: now.Add(6 * time.Hour), ValidationWindow: time.Hour},
	}
	var refused *round.RefusedError
	err := trainer.Policy{MinReward: chain.LamportsPerSOL}.Refuse(r, rating.Start, now)
	fmt.Println(errors.As(err, &refused), refused.Reason)
	err = trainer.Policy{}.Refuse(r, rating.Start, now)
	fmt.Println(errors.As(err, &refused), refused.Reason)
	fmt.Println(trainer.Policy{MinQuorum: 1}.Refuse(r, rating.Start, now))
	// Output:
	// true its reward of 0.1 SOL is under the minimum of 1
	// true its quorums of 1 and 1 validations are under 3: too few could decide it alone (lower Policy.MinQuorum to take it all the same)
	// <nil>
}

// A worker that lacks something says all of it at once.
func ExampleNewWorker() {
	_, err := trainer.NewWorker(trainer.Config{})
	fmt.Println(err)
	// Output:
	// trainer: config: Rounds is nil: pass a round.Client with the trainer's signer
	// Store is nil: open one with storage.Open
	// Data is empty: pass the private data by data set (for data rounds: Submit)
	// Dir is empty: name a directory for finished training runs
}
