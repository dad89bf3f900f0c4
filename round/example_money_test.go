package round_test

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/round"
)

// finished plays a round of 1 SOL with one validator and one trainer to its end.
func finished(d *demo) (creator, validator, trainer *round.Client, id uint64) {
	creator, validator, trainer = d.actor(), d.actor(), d.actor()
	id, _, err := creator.CreateRound(ctx, aRound)
	must(err)
	_, err = validator.Prevalidate(ctx, id, 7310)
	must(err)
	_, err = trainer.CreateTrainerProfile(ctx)
	must(err)
	_, err = trainer.SubmitGradient(ctx, id, gradientCID(1))
	must(err)
	_, err = validator.Postvalidate(ctx, id, trainer.Wallet(), 8512)
	must(err)
	_, err = creator.FinalizeRound(ctx, id)
	must(err)
	return creator, validator, trainer, id
}

// Who gets what of a round, once all have claimed.
func ExampleClient_Statement() {
	d := newDemo()
	defer d.net.Close()
	creator, _, trainer, id := finished(d)
	statement, err := creator.Statement(ctx, id)
	must(err)
	for _, line := range statement.Lines {
		fmt.Println(line.Role, chain.FormatSOL(line.Payment.Net))
	}
	fmt.Println("trainer:", chain.FormatSOL(statement.Net(trainer.Wallet())), "fees:", chain.FormatSOL(statement.Fees))
	// Output:
	// trainer 0.882
	// base validator 0.049
	// gradient validator 0.049
	// trainer: 0.882 fees: 0.02
}

// What a claim paid is in its receipt.
func ExampleReceipt_Paid() {
	d := newDemo()
	defer d.net.Close()
	_, _, trainer, id := finished(d)
	receipt, err := trainer.ClaimTrainer(ctx, id)
	must(err)
	fmt.Println(chain.FormatSOL(receipt.Paid()))
	// Output: 0.882
}

// Gradients of a round, and what became of one.
func ExampleClient_Gradients() {
	d := newDemo()
	defer d.net.Close()
	creator, _, trainer, id := finished(d)
	gradients, err := creator.Gradients(ctx, id)
	must(err)
	for _, g := range gradients {
		fmt.Println(g.CID == gradientCID(1), g.Trainer == trainer.Wallet(), g.Consensus, g.Improvement)
	}
	// Output: true true 8512 1202
}
