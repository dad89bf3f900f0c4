package demo

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/chart"
	"github.com/decloud-sdk/decloud-go/examples/internal/live"
)

// Point is a run's model after a round.
type Point struct {
	Step     uint32  `json:"step"`
	Round    uint32  `json:"round"`
	Accuracy float64 `json:"accuracy"` // on the test set, 0 to 1
}

// Spark draws the accuracies in one line of text.
func Spark(points []Point) string {
	var accuracies []float64
	for _, p := range points {
		accuracies = append(accuracies, p.Accuracy)
	}
	return live.Spark(accuracies)
}

// Curve draws them by step.
func Curve(points []Point) chart.Curves {
	line := chart.Curve{Name: "the run's model"}
	for _, p := range points {
		line.Points = append(line.Points, chart.Point{X: float64(p.Step), Y: p.Accuracy})
	}
	return chart.Curves{Title: "Accuracy on the test set", X: "step", Unit: chart.Percent, Lines: []chart.Curve{line}}
}

// page is the demonstration as a report.
func (r report) page() chart.Page {
	alone := chart.Bars{Title: "Accuracy alone", Unit: chart.Percent, Mark: chart.Bar{Name: "together", Value: r.final()}}
	paid := chart.Bars{Title: "Claimed", Unit: chart.SOL}
	table := chart.Table{Caption: "Members", Head: []string{"member", "status", "alone", "claimed (SOL)", "for slashing (SOL)", "at stake (SOL)", "wallet"}}
	for _, m := range r.Members {
		alone.Rows = append(alone.Rows, chart.Bar{Name: m.Name, Value: m.Alone, Note: "(" + m.Status + ")"})
		paid.Rows = append(paid.Rows, chart.Bar{Name: m.Name, Value: float64(m.Claimed)})
		table.Rows = append(table.Rows, []string{m.Name, m.Status, chart.Percent.Text(m.Alone), chain.FormatSOL(m.Claimed), chain.FormatSOL(m.Slashes), chain.FormatSOL(m.Stake), m.Wallet})
	}
	c := r.Conservation
	return chart.Page{
		Title: "A run of six members, verified by " + r.Verification,
		Lead:  fmt.Sprintf("%d steps in %d rounds, %d of which failed, in %.1f s.", r.Steps, r.Rounds, r.Failed, r.Seconds),
		Parts: []chart.Part{
			{Title: "The model", Drawings: []chart.Drawing{Curve(r.Models), alone}},
			{Title: "The members", Drawings: []chart.Drawing{paid, chart.Shares{
				Title: "Where the money is", Unit: chart.SOL, Whole: chart.Bar{Name: "funded and staked", Value: float64(c.Funded + c.Staked)},
				Parts: []chart.Bar{{Name: "paid", Value: float64(c.Paid)}, {Name: "for slashing", Value: float64(c.Slashes)}, {Name: "in the pool", Value: float64(c.Pool)}, {Name: "at stake", Value: float64(c.Stakes)}},
			}}, Tables: []chart.Table{table}, Text: c.String()},
		},
		Foot: "Made by decloud-run demo --report FILE",
	}
}
