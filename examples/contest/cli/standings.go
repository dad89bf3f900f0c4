package cli

import (
	"context"
	"flag"
	"fmt"
	"io"
	"slices"
	"time"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/round"
)

// standingsView is what standings shows. Amounts are lamports, scores hundredths of a percent, rates millionths.
type standingsView struct {
	Contest string      `json:"contest"`
	Creator string      `json:"creator"`
	Package string      `json:"package_cid"`
	Epochs  []epochView `json:"epochs"`
	Missing []int       `json:"missing_epochs"`
	Miners  []minerView `json:"miners"`
}

type epochView struct {
	Number  int         `json:"epoch"`
	Round   uint64      `json:"round"`
	Phase   round.Phase `json:"phase"`
	Reward  uint64      `json:"reward_lamports"`
	Base    uint32      `json:"base_bps"`
	Scored  bool        `json:"base_scored"`         // the base has a score
	Quorum  uint8       `json:"quorum"`              // scores that each submission needs
	Now     string      `json:"timetable,omitempty"` // what it does now, until when, and what comes then; empty: it has ended
	Entries []entryView `json:"submissions"`
	// Pairs are the comparisons: 1 where the submission of the row beats that of the column, −1 where it loses, 0 where they
	// are equal or one of them has no score.
	Pairs [][]int `json:"pairs"`
}

type entryView struct {
	Miner  string `json:"miner"` // empty: its account is closed, and no node has its event any more
	CID    string `json:"cid"`
	Source string `json:"source,omitempty"`
	Score  uint32 `json:"score_bps"`
	Scored bool   `json:"scored"`
	Rate   uint64 `json:"win_rate_ppm"`
	Weight uint64 `json:"weight"`
	Share  uint64 `json:"share_lamports"`
}

type minerView struct {
	Miner   string `json:"miner"`
	Average uint64 `json:"average_ppm"`
	Earned  uint64 `json:"earned_lamports"`
	Epochs  int    `json:"epochs"`
}

func standingsCommand() app.Command {
	return app.Command{
		Name: "standings", Summary: "show a contest's results: who beats whom, win rates, weights, moving averages",
		Long: `All of it is computed from the chain; no wallet is needed. A miner's average is 0.8 of that before an epoch and 0.2 of its
win rate in it, over the finalized epochs that are still on the chain. Shares are before the protocol's fee.`,
		Bind: func(fs *flag.FlagSet) app.Action {
			var net networkFlag
			var which reference
			net.bind(fs)
			which.bind(fs)
			return func(ctx context.Context, c *app.Call) error {
				cfg, err := load(c)
				if err != nil {
					return err
				}
				if err := net.apply(cfg); err != nil {
					return err
				}
				rounds, err := c.Chain(&cfg.Common)
				if err != nil {
					return err
				}
				defer rounds.Chain().Close()
				of, err := which.find(ctx, c, rounds)
				if err != nil {
					return err
				}
				v, err := standings(ctx, rounds, of)
				if err != nil {
					return err
				}
				return c.Print(v, v.write)
			}
		},
	}
}

// standings reads the results of a contest, which needs neither wallet nor store.
func standings(ctx context.Context, rounds *round.Client, of contest) (v standingsView, err error) {
	client := &decloud.Client{Chain: rounds.Chain(), Rounds: rounds}
	s, err := client.Standings(ctx, of.creator, of.pkg)
	if err != nil {
		return v, err
	}
	now, err := rounds.Chain().Now(ctx)
	if err != nil {
		return v, err
	}
	v = standingsView{Contest: of.String(), Creator: of.creator.String(), Package: of.pkg.String(), Epochs: []epochView{}, Missing: append([]int{}, s.Missing...), Miners: []minerView{}}
	for _, e := range s.Epochs {
		sources, err := rounds.Sources(ctx, e.Round.ID)
		if err != nil {
			return v, err
		}
		v.Epochs = append(v.Epochs, viewEpoch(e, sources, now))
	}
	for _, m := range s.Miners {
		v.Miners = append(v.Miners, minerView{m.Trainer.String(), m.Average, m.Earned, m.Epochs})
	}
	return v, nil
}

func viewEpoch(e decloud.Epoch, sources []*round.Source, now time.Time) epochView {
	v := epochView{Number: e.Number, Round: e.Round.ID, Phase: e.Round.Phase(now), Reward: e.Round.Reward, Base: e.Round.BaseAccuracy, Scored: len(e.Round.BaseScores) > 0,
		Quorum: e.Round.Options.MinPostvalidations, Entries: []entryView{}, Pairs: [][]int{}}
	if v.Phase.Active() {
		v.Now = timetable(e.Round, now)
	}
	for i, of := range e.Entries {
		one := entryView{CID: app.Plain(of.CID), Score: of.Score, Scored: of.Scored, Rate: of.Rate, Weight: of.Weight, Share: of.Share}
		if !of.Trainer.IsZero() {
			one.Miner = of.Trainer.String()
		}
		for _, s := range sources {
			if s.Trainer == of.Trainer {
				one.Source = app.Plain(s.Text)
			}
		}
		row := make([]int, len(e.Entries))
		for j := range row {
			row[j] = e.Beats(i, j)
		}
		v.Entries, v.Pairs = append(v.Entries, one), append(v.Pairs, row)
	}
	return v
}

func (v standingsView) write(w io.Writer) {
	fmt.Fprintf(w, "contest %s\n", v.Contest)
	if len(v.Epochs) == 0 {
		fmt.Fprintln(w, "no epoch of it is on the chain")
	}
	for _, e := range v.Epochs {
		e.write(w)
	}
	if len(v.Missing) > 0 {
		fmt.Fprintf(w, "\nepochs %v are gone: their accounts were closed\n", v.Missing)
	}
	if len(v.Miners) == 0 {
		return
	}
	fmt.Fprintln(w, "\nall epochs")
	var rows [][]string
	for _, m := range v.Miners {
		rows = append(rows, []string{m.Miner, rate(m.Average), fmt.Sprint(m.Epochs), chain.FormatSOL(m.Earned)})
	}
	app.Table(w, "MINER AVERAGE EPOCHS SOL", rows)
}

func (e epochView) write(w io.Writer) {
	fmt.Fprintf(w, "\nepoch %d, round #%d: %s, %s SOL, base %s\n", e.Number, e.Round, e.Phase, chain.FormatSOL(e.Reward), accuracy(e.Base, e.Scored))
	if e.Now != "" {
		fmt.Fprintln(w, "  it "+e.Now)
	}
	if len(e.Entries) == 0 {
		fmt.Fprintln(w, "  no submissions")
		return
	}
	head, rows := "# MINER SCORE WINS WEIGHT SOL", [][]string{}
	for i, of := range e.Entries {
		head += fmt.Sprintf(" >%d", i+1)
		row := []string{fmt.Sprint(i + 1), first(of.Miner, "?"), accuracy(of.Score, of.Scored), "-", "-", chain.FormatSOL(of.Share)}
		if of.Scored {
			row[3], row[4] = rate(of.Rate), fmt.Sprint(of.Weight)
		}
		for j, beats := range e.Pairs[i] {
			row = append(row, pairMark(i == j, of.Scored && e.Entries[j].Scored, beats))
		}
		rows = append(rows, row)
	}
	app.Table(w, head, rows)
	if e.Phase == round.PhaseFinalized && slices.ContainsFunc(e.Entries, func(of entryView) bool { return !of.Scored }) {
		fmt.Fprintf(w, "  without a score: fewer than %d validators scored it, or the base\n", e.Quorum)
	}
	for i, of := range e.Entries {
		if of.Source != "" {
			fmt.Fprintf(w, "  %d is kept at %s\n", i+1, of.Source)
		}
	}
}

// accuracy shows a score; a dash where there is none.
func accuracy(score uint32, scored bool) string {
	if !scored {
		return "-"
	}
	return rating.FormatAccuracy(score)
}

// pairMark is a cell of the table of pairs.
func pairMark(same, scored bool, beats int) string {
	switch {
	case same || !scored:
		return "·"
	case beats > 0:
		return "yes"
	case beats < 0:
		return "no"
	}
	return "="
}

// rate shows a rate as a percentage.
func rate(ppm uint64) string { return fmt.Sprintf("%d.%02d %%", ppm/10_000, ppm/100%100) }

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
