package round_test

import (
	"fmt"
	"time"

	"github.com/decloud-sdk/decloud-go/reward"
	"github.com/decloud-sdk/decloud-go/round"
)

// What a trainer of a data round does besides submitting: it says where its data are. Whoever
// fetches them compares them with the gradient's CID.
func ExampleClient_SetSource() {
	d := newDemo()
	defer d.net.Close()
	creator, validator, trainer := d.actor(), d.actor(), d.actor()
	id, _, err := creator.CreateRound(ctx, aRound)
	must(err)
	_, err = validator.Prevalidate(ctx, id, 7310)
	must(err)
	_, err = trainer.CreateTrainerProfile(ctx)
	must(err)
	_, err = trainer.SubmitGradient(ctx, id, gradientCID(1))
	must(err)
	_, err = trainer.SetSource(ctx, id, "hf:alice/flowers@3f1c9a0d")
	must(err)

	sources, err := validator.Sources(ctx, id)
	must(err)
	for _, s := range sources {
		fmt.Println(s.Trainer == trainer.Wallet(), s.Text)
	}
	// Output: true hf:alice/flowers@3f1c9a0d
}

// A contest's round: data, paid by the win rate, with submissions in the next 3,000 slots
// (some 20 minutes) at most.
func ExampleClient_CreateRound_data() {
	d := newDemo()
	defer d.net.Close()
	creator := d.actor()
	now, err := creator.Chain().Now(ctx)
	must(err)
	options := round.Options{Deadline: now.Add(time.Hour), ValidationWindow: 30 * time.Minute, CommitWindow: time.Minute,
		MinPrevalidations: 3, MinPostvalidations: 3, CommitReveal: true, RewardRule: reward.WinRate}
	id, _, err := creator.CreateRound(ctx, round.Spec{ModelCID: modelCID, Dataset: 2, Reward: 500_000_000, Options: &options,
		Fair: &round.FairOptions{Sealed: true, Task: round.TaskData, SubmissionSlots: 3000, OutlierTolerance: 20,
			PublishWindow: 10 * time.Minute, Deadline: options.Deadline}})
	must(err)

	rounds, err := creator.Rounds(ctx, round.Filter{Task: []round.Task{round.TaskData}})
	must(err)
	for _, r := range rounds {
		closes := r.SubmissionsEnd(r.CreatedAt).Sub(r.CreatedAt).Round(time.Minute)
		fmt.Println(r.ID == id, r.Task(), "paid by", r.Options.RewardRule, "closes in about", closes)
	}
	// Output: true data paid by win rate closes in about 20m0s
}
