package validator_test

import (
	"fmt"
	"time"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/validator"
)

// A round that asks for a stake is left alone by a validator who has none.
func ExamplePolicy_Refuse() {
	r := &round.Round{ID: 7, Version: round.Version, Dataset: 2, Reward: chain.LamportsPerSOL, ValidatorShareBps: 1_000, FeeBps: 200,
		ClaimPeriod: 180 * 24 * time.Hour,
		Options:     round.Options{MinValidatorStake: 2 * chain.LamportsPerSOL}}
	fmt.Println(validator.Policy{}.Refuse(r, validator.Standing{Stake: chain.LamportsPerSOL, Fee: 5000}))
	fmt.Println(validator.Policy{}.Refuse(r, validator.Standing{Stake: 2 * chain.LamportsPerSOL, Fee: 5000}))
	// Output:
	// round 7: it wants validators with a stake of 2 SOL, this one has 1: stake first
	// <nil>
}
