package main

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/chart"
	"github.com/decloud-sdk/decloud-go/rating"
)

// page is an open round as a report: who improved the model by how much, what that paid, and
// where every lamport went.
func (r *report) page(training []chart.Curve) chart.Page {
	p := chart.Page{
		Title: fmt.Sprintf("Round %d: a reward of %s SOL", r.Round.ID, chain.FormatSOL(r.Round.Reward)),
		Lead:  "An open round on " + r.Round.Dataset + ", played by a creator, three validators and four trainers.",
		Facts: []string{"Base accuracy", rating.FormatAccuracy(r.Round.BaseAccuracy), "Model", r.Round.ModelCID, "Creator", r.Round.Creator,
			"Program", r.Network.ProgramID, "Seed", fmt.Sprint(r.Seed), "Took", fmt.Sprintf("%.1f s", r.Seconds)},
		Foot: fmt.Sprintf("Made by go run ./examples/launch --seed %d --report FILE", r.Seed),
	}
	scores := chart.Bars{Title: "Accuracy of each submission", Unit: chart.Percent, Mark: chart.Bar{Name: "base", Value: bps(r.Round.BaseAccuracy)}}
	table := chart.Table{Caption: "Submissions", Head: []string{"trainer", "private samples", "accuracy", "against base", "rating", "wallet", "CID"}}
	for _, s := range r.Scores {
		against := fmt.Sprintf("%+.2f", (float64(s.Accuracy)-float64(r.Round.BaseAccuracy))/100)
		scores.Rows = append(scores.Rows, chart.Bar{Name: s.Name, Value: bps(s.Accuracy), Note: "(" + against + ")"})
		table.Rows = append(table.Rows, []string{s.Name, fmt.Sprint(s.Samples), rating.FormatAccuracy(s.Accuracy), against, rating.Stars(s.Rating).String(), s.Trainer, s.CID})
	}
	improved := chart.Part{Title: "Who improved the model", Drawings: []chart.Drawing{scores}, Tables: []chart.Table{table}}
	if len(training) > 0 {
		improved.Drawings = append(improved.Drawings, chart.Curves{Title: "Training: accuracy on own data", X: "epoch", Unit: chart.Percent, Lines: training})
	}
	pay := chart.Bars{Title: "Paid, after the fee", Unit: chart.SOL}
	paid := chart.Table{Caption: "Payments", Head: []string{"who", "role", "paid (SOL)", "owed by the rules (SOL)", "wallet"}}
	for _, one := range r.Payouts {
		pay.Rows = append(pay.Rows, chart.Bar{Name: one.Name + ", " + one.Role, Value: float64(one.Net)})
		paid.Rows = append(paid.Rows, []string{one.Name, one.Role, chain.FormatSOL(one.Net), chain.FormatSOL(one.Owed), one.Wallet})
	}
	c := r.Conservation
	money := chart.Part{Title: "Where the money went", Text: c.String(), Drawings: []chart.Drawing{pay, chart.Shares{
		Title: "Every lamport that was locked", Unit: chart.SOL, Whole: chart.Bar{Name: "locked", Value: float64(c.Locked)},
		Parts: []chart.Bar{{Name: "trainers", Value: float64(c.PaidTrainers)}, {Name: "validators", Value: float64(c.PaidValidators)},
			{Name: "fees", Value: float64(c.Fees)}, {Name: "back to the creator", Value: float64(c.Remainder)}},
	}}, Tables: []chart.Table{paid}}
	p.Parts = []chart.Part{improved, money}
	return p
}

// page is a fair round as a report: who earned what, and by what.
func (r *fairReport) page(training []chart.Curve) chart.Page {
	p := chart.Page{
		Title: fmt.Sprintf("Round %d: a fair round among attackers", r.Round),
		Lead:  "Those who attack it should all earn less than the honest.",
		Facts: []string{"Reward", chain.FormatSOL(r.Reward) + " SOL", "Bond of a submission", chain.FormatSOL(r.Bond) + " SOL", "Base accuracy", rating.FormatAccuracy(r.BaseAccuracy),
			"Seed", fmt.Sprint(r.Seed), "Took", fmt.Sprintf("%.1f s", r.Seconds)},
		Foot: fmt.Sprintf("Made by go run ./examples/launch --fair --seed %d --report FILE", r.Seed),
	}
	scores := chart.Bars{Title: "Accuracy of each trainer's best", Unit: chart.Percent, Mark: chart.Bar{Name: "base", Value: bps(r.BaseAccuracy)}}
	earned := chart.Bars{Title: "Earned, all in all", Unit: chart.SOL}
	table := chart.Table{Caption: "Who earned what (SOL)", Head: []string{"who", "earned", "paid", "for slashing others", "bond lost", "slashed", "does"}}
	for _, one := range r.Participants {
		does := one.does()
		if one.Role == roleTrainer {
			scores.Rows = append(scores.Rows, chart.Bar{Name: one.Name, Value: bps(one.Accuracy)})
		}
		earned.Rows = append(earned.Rows, chart.Bar{Name: one.Name, Value: float64(one.Earned)})
		table.Rows = append(table.Rows, []string{one.Name, signed(one.Earned), chain.FormatSOL(one.Paid), chain.FormatSOL(one.Reported), chain.FormatSOL(one.BondLost), chain.FormatSOL(one.Slashed), does})
	}
	who := chart.Part{Title: "Who earned what", Drawings: []chart.Drawing{scores, earned}, Tables: []chart.Table{table}}
	if len(training) > 0 {
		who.Drawings = append(who.Drawings, chart.Curves{Title: "Training: accuracy on own data", X: "epoch", Unit: chart.Percent, Lines: training})
	}
	c := r.Conservation
	p.Parts = []chart.Part{who, {Title: "Where the money went", Text: c.String(), Drawings: []chart.Drawing{chart.Shares{
		Title: "Every lamport of reward and bonds", Unit: chart.SOL, Whole: chart.Bar{Name: "reward and bonds", Value: float64(c.Reward + c.Bonds)},
		Parts: []chart.Bar{{Name: "trainers", Value: float64(c.PaidTrainers)}, {Name: "validators", Value: float64(c.PaidValidators)},
			{Name: "fees", Value: float64(c.Fees)}, {Name: "bonds returned", Value: float64(c.BondsReturned)}, {Name: "back to the creator", Value: float64(c.Remainder)}},
	}}}}
	return p
}

// bps is an accuracy in hundredths of a percent as a part of one.
func bps(hundredths uint32) float64 { return float64(hundredths) / 10_000 }
