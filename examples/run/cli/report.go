package cli

import (
	"flag"
	"fmt"
	"time"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/examples/internal/chart"
	"github.com/decloud-sdk/decloud-go/examples/run/demo"
	"github.com/decloud-sdk/decloud-go/run"
)

// reportFlag names a report, under the name that it had when there were drawings only, too.
func reportFlag(fs *flag.FlagSet) *string {
	path := app.ReportFlag(fs, "the model's accuracy by step, the members' points and the treasury")
	app.Alias(fs, "svg", "report")
	return path
}

// units shows amounts of what a run pays with.
func units(r *run.Run) (text func(uint64) string, name string, unit chart.Unit) {
	if r.Treasury == run.SOL {
		return chain.FormatSOL, "SOL", chart.SOL
	}
	return func(n uint64) string { return fmt.Sprint(n) }, "units", chart.Number
}

// runPage is a run as a report.
func runPage(v *run.View, points []demo.Point) chart.Page {
	r := v.Run
	text, name, unit := units(r)
	earned := chart.Bars{Title: "Due to the members", Unit: unit}
	table := chart.Table{Caption: "Members", Head: []string{"slot", "status", "included", "rejected", "due (" + name + ")", "stake (" + name + ")", "wallet"}}
	for i, s := range v.Roster.Slots {
		if s.Status == run.Free {
			continue
		}
		earned.Rows = append(earned.Rows, chart.Bar{Name: s.Wallet.String(), Value: float64(s.Due())})
		table.Rows = append(table.Rows, []string{fmt.Sprint(i), s.Status.String(), fmt.Sprint(s.Included), fmt.Sprint(s.Rejected), text(s.Due()), text(s.Stake), s.Wallet.String()})
	}
	p := chart.Page{
		Title: "Run " + r.ID,
		Lead:  r.Name,
		Facts: []string{"State", r.State.String(), "Epoch", fmt.Sprint(r.Epoch), "Round", fmt.Sprint(r.Round), "Step", fmt.Sprintf("%d of %d", r.Step, r.Settings.TotalSteps),
			"Failed rounds", fmt.Sprint(r.FailedRounds), "As of", v.Now.UTC().Format(time.RFC3339)},
		Parts: []chart.Part{
			{Title: "The model", Drawings: []chart.Drawing{demo.Curve(points)}},
			{Title: "The members", Drawings: []chart.Drawing{earned}, Tables: []chart.Table{table}},
		},
	}
	if r.Treasury != run.Points {
		p.Parts = append(p.Parts, chart.Part{Title: "The treasury", Drawings: []chart.Drawing{chart.Shares{
			Title: "Where the money is", Unit: unit, Whole: chart.Bar{Name: "all of it", Value: float64(r.Pool + r.Reserved + r.Owed + r.Stakes + r.Paid)},
			Parts: []chart.Bar{{Name: "free in the pool", Value: float64(r.Pool)}, {Name: "reserved for epochs", Value: float64(r.Reserved)},
				{Name: "owed to members", Value: float64(r.Owed)}, {Name: "members' stakes", Value: float64(r.Stakes)}, {Name: "paid", Value: float64(r.Paid)}},
		}}})
	}
	return p
}
