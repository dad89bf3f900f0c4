package app

import (
	"fmt"
	"time"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/chart"
	"github.com/decloud-sdk/decloud-go/round"
)

// page is a round as a report: its submissions, and where the reward goes.
func (d *RoundDetails) page(now time.Time) chart.Page {
	p := chart.Page{
		Title: fmt.Sprintf("Round %d: %s SOL for a better model", d.ID, chain.FormatSOL(d.Reward)),
		Lead:  fmt.Sprintf("%s, %s, as of %s", d.Dataset, d.Phase, now.UTC().Format(time.RFC3339)),
		Facts: d.pairs(now),
	}
	if d.Phase == round.PhaseForeign {
		p.Parts = []chart.Part{{Text: foreignRound}}
		return p
	}
	scores := chart.Bars{Title: "Accuracy", Unit: chart.Percent}
	if len(d.BaseScores) > 0 {
		scores.Mark = chart.Bar{Name: "base", Value: float64(d.BaseAccuracy) / 10_000}
	}
	table := chart.Table{Caption: "Submissions", Head: []string{"trainer", "accuracy", "gain", "scores", "share (SOL)", "claimed", "CID", "kept at"}}
	pay := chart.Bars{Title: "Shares of the trainers", Unit: chart.SOL}
	for _, g := range d.Submissions {
		if g.Validations > 0 {
			scores.Rows = append(scores.Rows, chart.Bar{Name: g.Trainer, Value: float64(g.Accuracy) / 10_000, Note: "(" + g.gain() + ")"})
		}
		pay.Rows = append(pay.Rows, chart.Bar{Name: g.Trainer, Value: float64(g.Share)})
		table.Rows = append(table.Rows, []string{g.Trainer, g.accuracy(), g.gain(), fmt.Sprintf("%d/%d", g.Validations, d.Quorum),
			chain.FormatSOL(g.Share), yes(g.Claimed), g.CID, g.Source})
	}
	p.Parts = []chart.Part{{Title: "Submissions", Drawings: []chart.Drawing{scores}, Tables: []chart.Table{table}}}
	if d.Incomplete {
		p.Parts = append(p.Parts, chart.Part{Title: "The reward", Text: sharesUnknown})
		return p
	}
	money := chart.Part{Title: "The reward", Drawings: []chart.Drawing{pay, chart.Shares{
		Title: "Where it goes", Unit: chart.SOL, Whole: chart.Bar{Name: "reward and lost bonds", Value: float64(d.Reward + d.LostBonds)},
		Parts: []chart.Bar{{Name: "trainers", Value: float64(d.Trainers)}, {Name: "validators", Value: float64(d.Validators)},
			{Name: "fees", Value: float64(d.Fees)}, {Name: "back to the creator", Value: float64(d.Remainder)}},
	}}}
	if d.Phase.Active() {
		money.Text = "As things stand: scores are still to come."
	}
	p.Parts = append(p.Parts, money)
	return p
}
