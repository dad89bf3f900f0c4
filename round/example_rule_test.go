package round_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/round"
)

// exampleRound is a round whose base model has its one score, and which takes
// gradients from noon until an hour before midnight.
func exampleRound() *round.Round {
	noon := time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)
	return &round.Round{
		ID: 42, Version: round.Version, CreatedAt: noon.Add(-time.Hour), MinRating: 450, Prevalidations: 1,
		Options: round.Options{Deadline: noon.Add(12 * time.Hour), BaseWindow: time.Hour, ValidationWindow: time.Hour, MinPrevalidations: 1},
	}
}

// Whether the program would accept a submission, and if not, until when.
func ExampleRound_CanSubmit() {
	r, trainer := exampleRound(), solana.PublicKey{1}
	early := r.SubmissionsOpen().Add(-time.Minute)
	err := r.CanSubmit(trainer, 500, early)
	var refusal *round.RuleError
	if errors.As(err, &refusal) {
		fmt.Println("too early:", errors.Is(err, round.ErrNoPrevalidation), "until", refusal.From.Format(time.TimeOnly))
	}
	fmt.Println("at noon:", r.CanSubmit(trainer, 500, refusal.From))
	fmt.Println("with too few stars:", errors.Is(r.CanSubmit(trainer, 449, refusal.From), round.ErrRatingTooLow))
	// Output:
	// too early: true until 12:00:00
	// at noon: <nil>
	// with too few stars: true
}

// The phases of a round in which nobody takes part.
func ExampleRound_Phase() {
	r := exampleRound()
	for _, now := range []time.Time{r.CreatedAt, r.SubmissionsOpen(), r.SubmissionsClose(), r.ForceFrom()} {
		fmt.Println(now.Format(time.TimeOnly), r.Phase(now))
	}
	// Output:
	// 11:00:00 waiting
	// 12:00:00 training
	// 23:00:00 expired
	// 00:00:00 overdue
}

// What a trainer without a gradient, and a validator without a score, could do.
func ExampleTrainerNext() {
	r, wallet := exampleRound(), solana.PublicKey{1}
	for _, s := range round.TrainerNext(r, nil, wallet, r.SubmissionsOpen()) {
		fmt.Println("trainer:", s.Kind, "in round", s.RoundID)
	}
	for _, s := range round.ValidatorNext(r, nil, round.ValidatorWork{}, wallet, r.CreatedAt) {
		fmt.Println("validator:", s.Kind, "the base model:", s.Subject == round.BaseModel)
	}
	// Output:
	// trainer: submit in round 42
	// validator: score the base model: true
}
