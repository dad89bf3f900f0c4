package reward_test

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/reward"
)

// The same three submissions under both rules. The second is a copy of the
// first.
func ExampleImprovements() {
	score := func(accuracy uint32) rating.Validations {
		return rating.Validations{Accuracies: []uint32{accuracy}, Quorum: 1}
	}
	base, gradients := score(7000), []rating.Validations{score(8000), score(8000), score(8500)}
	for _, rule := range []reward.Rule{reward.Proportional, reward.Marginal} {
		each, total := reward.Improvements(rule, base, gradients)
		fmt.Println(rule, each, total)
	}
	// Output:
	// proportional [1000 1000 1500] 3500
	// marginal [1000 0 500] 1500
}

// Four submissions under the win rate. The last improves the base by less than half as
// much as the best: it does not compete. By how much one beats another does not matter.
func ExampleWeights() {
	score := func(accuracy uint32) rating.Validations {
		return rating.Validations{Accuracies: []uint32{accuracy}, Quorum: 1}
	}
	base, gradients := score(7000), []rating.Validations{score(9000), score(8200), score(8200), score(7900)}
	each, total := reward.Weights(reward.WinRate, base, gradients)
	fmt.Println(each, total)
	// Output: [6 3 3 0] 12
}

// What one claim pays: the treasury's fee and the rest.
func ExampleTerms_Payment() {
	terms := reward.Terms{Reward: 500_000_000, ValidatorShareBps: 1_000, FeeBps: 200}
	fmt.Println(terms.ValidatorPool(), terms.TrainerPool())
	fmt.Printf("%+v\n", terms.Payment(45_000_000))
	// Output:
	// 50000000 450000000
	// {Gross:45000000 Fee:900000 Net:44100000}
}

func ExampleTerms_Check() {
	fmt.Println(reward.Terms{FeeBps: 1_500}.Check())
	// Output: reward: invalid: fee of 1500 basis points is over 10 %
}

// Before finalizing: what a trainer would get for an improvement of 6 points of
// 10 that all trainers made together, and a validator for each score.
func ExampleShares_TrainerGross() {
	shares := reward.Shares{
		Terms:       reward.Terms{Reward: 1_000_000_000, ValidatorShareBps: 1_000, FeeBps: 200},
		Validations: 12, Improvement: 1_000, Improving: 3,
	}
	fmt.Println(shares.TrainerGross(600), shares.ValidatorGross())
	// Output: 540000000 8333333
}

func ExampleLedger_Remainder() {
	shares := reward.Shares{
		Terms:       reward.Terms{Reward: 1_000_000_000, ValidatorShareBps: 1_000, FeeBps: 200},
		Validations: 3, Improvement: 700, Improving: 1,
	}
	var vault reward.Ledger
	before, _ := vault.Remainder(shares)
	vault.ClaimTrainer(shares, 700, reward.TreasuryTakes)
	for range 3 {
		vault.ClaimValidator(shares, reward.TreasuryTakes)
	}
	after, _ := vault.Remainder(shares) // 100,000,000 does not divide by 3
	fmt.Println(before, after)
	// Output: 1 1
}

func ExampleDivide() {
	alice, bob := wallet(1), wallet(2)
	st, err := reward.Divide(reward.Outcome{
		Terms:      reward.Terms{Reward: 500_000_000, ValidatorShareBps: 1_000, FeeBps: 200},
		BaseQuorum: 1, GradientQuorum: 1, OutlierTolerance: 500,
		Base:      []reward.Score{{Validator: alice, Accuracy: 7310}},
		Gradients: []reward.Gradient{{Trainer: bob, Scores: []reward.Score{{Validator: alice, Accuracy: 8512}}}},
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(st.Net(alice), st.Net(bob), st.Fees, st.Remainder)
	// Output: 49000000 441000000 10000000 0
}
