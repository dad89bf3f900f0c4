package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"time"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/chart"
	"github.com/decloud-sdk/decloud-go/round"
)

// ReportFlag declares --report, which names the file of a report about something.
func ReportFlag(fs *flag.FlagSet, about string) *string {
	path := new(string)
	fs.Func("report", "write "+about+" to this .html or .svg `file`", func(text string) error {
		*path = text
		return chart.CheckPath(text)
	})
	return path
}

// ReportDaemonFlag declares --report of a daemon.
func ReportDaemonFlag(fs *flag.FlagSet) *string {
	return ReportFlag(fs, "trainings, scores and earnings of this run, as they come,")
}

// maxEarnings is how many rounds a report of earnings goes back: each takes some calls.
const maxEarnings = 50

// ReportEarnings writes a report of what the newest of some rounds pay this wallet; an empty
// path asks for none.
func (c *Call) ReportEarnings(ctx context.Context, rounds *round.Client, ids []uint64, path string, st Status) error {
	if path == "" {
		return nil
	}
	now, err := rounds.Chain().Now(ctx)
	if err != nil {
		return err
	}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	p := chart.Page{Title: c.App.Name + ": earnings", Lead: "As of " + now.UTC().Format(time.RFC3339),
		Facts: append([]string{"Wallet", st.Wallet, "Balance", chain.FormatSOL(st.Lamports) + " SOL", "Network", st.Network, "Rounds", fmt.Sprint(len(ids))}, st.more...)}
	if older := len(ids) - maxEarnings; older > 0 {
		p.Facts = append(p.Facts, "Shown", fmt.Sprintf("the newest %d rounds", maxEarnings))
		ids = ids[older:]
	}
	bars := chart.Bars{Title: "Your share, after the fee", Unit: chart.SOL}
	table := chart.Table{Caption: "Your rounds", Head: []string{"round", "data set", "phase", "your share (SOL)"}}
	var sum uint64
	for _, id := range slices.Backward(ids) {
		share, row, err := earned(ctx, rounds, id, now)
		if err != nil {
			return err
		}
		sum += share
		bars.Rows = append(bars.Rows, chart.Bar{Name: "round " + row[0], Value: float64(share), Note: "(" + row[2] + ")"})
		table.Rows = append(table.Rows, row)
	}
	p.Parts = []chart.Part{{Title: "Earnings", Text: chain.FormatSOL(sum) + " SOL in all, as things stand in rounds that are not finalized. Bonds, slashes, fees of transactions and rent are beside that.",
		Drawings: []chart.Drawing{bars}, Tables: []chart.Table{table}}}
	return chart.Write(path, p)
}

// earned is what a round pays this wallet, in lamports, and a row of a table about it.
func earned(ctx context.Context, rounds *round.Client, id uint64, now time.Time) (uint64, []string, error) {
	r, err := rounds.Round(ctx, id)
	if errors.Is(err, chain.ErrNotFound) {
		return 0, []string{fmt.Sprint(id), "", "closed", "not known any more"}, nil
	}
	if err != nil {
		return 0, nil, err
	}
	row := []string{fmt.Sprint(id), dataset.ID(r.Dataset).String(), string(r.Phase(now)), ""}
	if r.Version != round.Version {
		return 0, row, nil
	}
	statement, err := rounds.Statement(ctx, id)
	if errors.Is(err, round.ErrIncomplete) {
		row[3] = "not known any more"
		return 0, row, nil
	}
	if err != nil {
		return 0, nil, err
	}
	share := statement.Net(rounds.Wallet())
	row[3] = chain.FormatSOL(share)
	return share, row, nil
}
