package demo

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/gagliardetto/solana-go"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/round"
)

// report is what a contest came to; --json prints it. Amounts are lamports, scores hundredths of a percent, rates millionths.
type report struct {
	Task         string       `json:"task"`
	Metric       string       `json:"metric"`
	Seed         uint64       `json:"seed"`
	Contest      string       `json:"contest"` // creator/package, of the last one
	Epochs       []epoch      `json:"epochs"`
	Miners       []miner      `json:"miners"`
	Conservation conservation `json:"conservation"`
	Seconds      float64      `json:"seconds"`
}

type epoch struct {
	Number  int      `json:"epoch"` // of all contests
	Sealed  bool     `json:"sealed_test"`
	Round   uint64   `json:"round"`
	Reward  uint64   `json:"reward_lamports"`
	Base    uint32   `json:"base_bps"`
	Entries []result `json:"submissions"`
}

// result is a miner's to an epoch.
type result struct {
	Name     string `json:"name"`
	Wallet   string `json:"wallet"`
	CID      string `json:"cid"`
	Score    uint32 `json:"score_bps"`
	Verdict  string `json:"verdict"`
	Reason   string `json:"reason,omitempty"`
	Rate     uint64 `json:"win_rate_ppm"`
	Weight   uint64 `json:"weight"`
	Paid     uint64 `json:"paid_lamports"` // after the protocol's fee
	BondLost uint64 `json:"bond_lost_lamports"`
}

// miner is one over all epochs.
type miner struct {
	Name    string `json:"name"`
	Does    string `json:"does"`
	Average uint64 `json:"average_ppm"`
	Earned  int64  `json:"earned_lamports"` // paid, less bonds lost
}

// conservation proves that every lamport of the rewards and the bonds went somewhere.
type conservation struct {
	Rewards        uint64 `json:"rewards"`
	Bonds          uint64 `json:"bonds"`
	BondsReturned  uint64 `json:"bonds_returned"`
	PaidMiners     uint64 `json:"paid_miners"`
	PaidValidators uint64 `json:"paid_validators"`
	Treasury       uint64 `json:"treasury"` // what its balance grew by
	Back           uint64 `json:"remainders"`
	AsTold         bool   `json:"as_told"` // workers said that they were paid what the rules say
	Holds          bool   `json:"holds"`
}

func (c conservation) String() string {
	sign := map[bool]string{true: "=", false: "≠"}[c.Holds]
	return fmt.Sprintf("rewards %d + bonds %d %s miners %d + validators %d + bonds returned %d + treasury %d + remainders %d lamports",
		c.Rewards, c.Bonds, sign, c.PaidMiners, c.PaidValidators, c.BondsReturned, c.Treasury, c.Back)
}

// account fills in the report from the chain. before is the treasury's balance at the start.
func (g *game) account(treasury solana.PublicKey, before uint64) (*report, error) {
	creator := g.creator.Rounds.Wallet()
	out := &report{Task: cmp.Or(g.Task, Tasks[0]), Metric: string(g.pkg.Config.Task.Metric), Seed: g.Seed}
	due := map[string]uint64{}
	var last decloud.Standings
	for _, id := range g.ids {
		standings, err := g.creator.Standings(g.ctx, creator, id)
		if err != nil {
			return nil, err
		}
		for _, e := range standings.Epochs {
			if err := g.accountEpoch(out, e, due); err != nil {
				return nil, err
			}
		}
		last, out.Contest = standings, creator.String()+"/"+id.String()
	}
	for _, m := range g.cast {
		one := miner{Name: m.name, Does: m.does}
		for _, s := range last.Miners {
			if g.names.of(s.Trainer) == m.name {
				one.Average = s.Average
			}
		}
		for _, e := range out.Epochs {
			for _, of := range e.Entries {
				if of.Name == m.name {
					one.Earned += int64(of.Paid) - int64(of.BondLost)
				}
			}
		}
		out.Miners = append(out.Miners, one)
	}
	after, err := g.creator.Chain.Balance(g.ctx, treasury)
	if err != nil {
		return nil, err
	}
	c := &out.Conservation
	c.Treasury, c.Back, c.AsTold = after-before, g.back, true
	g.mu.Lock()
	defer g.mu.Unlock()
	for name, lamports := range due {
		c.AsTold = c.AsTold && g.earned[name] == lamports
	}
	c.Holds = c.AsTold && c.Rewards+c.Bonds == c.PaidMiners+c.PaidValidators+c.BondsReturned+c.Treasury+c.Back
	return out, nil
}

// accountEpoch fills in one epoch, and adds to due what the rules say that it pays, by name.
func (g *game) accountEpoch(out *report, e decloud.Epoch, due map[string]uint64) error {
	rounds, r := g.creator.Rounds, e.Round
	owed, err := rounds.Statement(g.ctx, r.ID)
	if err != nil {
		return err
	}
	gradients, err := rounds.Gradients(g.ctx, r.ID)
	if err != nil {
		return err
	}
	one, c := epoch{Number: len(out.Epochs) + 1, Sealed: r.HasHoldout(), Round: r.ID, Reward: r.Reward, Base: r.BaseAccuracy}, &out.Conservation
	c.Rewards += r.Reward
	for i, of := range e.Entries {
		v := g.verdictOf(r.ID, of.Trainer)
		s := result{Name: g.names.of(of.Trainer), Wallet: of.Trainer.String(), CID: of.CID, Score: of.Score, Verdict: v.verdict, Reason: v.reason, Rate: of.Rate, Weight: of.Weight,
			Paid: owed.Net(of.Trainer), BondLost: r.Bond() - returned(r, gradients, i)}
		one.Entries = append(one.Entries, s)
		due[s.Name] += s.Paid
		c.PaidMiners += s.Paid
		c.Bonds += r.Bond()
		c.BondsReturned += r.Bond() - s.BondLost
	}
	for _, name := range validators {
		net := owed.Net(g.names.wallet(name))
		due[name] += net
		c.PaidValidators += net
	}
	out.Epochs = append(out.Epochs, one)
	return nil
}

// returned is what comes back of a submission's bond.
func returned(r *round.Round, gradients []*round.Gradient, index int) uint64 {
	for _, g := range gradients {
		if int(g.Index) == index {
			return r.ReturnedBond(g)
		}
	}
	return 0
}

func (g *game) verdictOf(id uint64, wallet solana.PublicKey) verdict {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.told[verdictKey{id, wallet}]
}

func (r *report) writeTables(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, e := range r.Epochs {
		fmt.Fprintf(t, "\nepoch %d, on %s test: base %s\t\t\t\t\t\n", e.Number, map[bool]string{true: "a sealed", false: "the public"}[e.Sealed], percent(e.Base))
		fmt.Fprintln(t, "miner\tscore\twins\tweight\tpaid (SOL)\tand why\t")
		for _, s := range e.Entries {
			fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%s\t%s\t\n", s.Name, percent(s.Score), percent(uint32(s.Rate/100)), s.Weight, chain.FormatSOL(s.Paid), s.why(e.Base))
		}
	}
	average := "average"
	if r.sealed() != nil {
		average = "average of the second contest"
	}
	fmt.Fprintf(t, "\nall epochs\t\t\t\n\t%s\tearned (SOL)\tand does\t\n", average)
	for _, m := range r.Miners {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t\n", m.Name, percent(uint32(m.Average/100)), signed(m.Earned), m.Does)
	}
	t.Flush()
	fmt.Fprintf(w, "%s\n%s\n", r.Conservation, r.moral())
}

// moral is what the contest shows.
func (r *report) moral() string {
	if r.Metric == string(packagefmt.MetricLoss) {
		return r.losses() + "\nWhat pays all the same: a test's rows that are changed until they are no copies. A second wallet with other rows as good."
	}
	if r.sealed() == nil {
		return "What pays all the same, where the test is public: rows of it that are changed until they are no copies (--holdout). A second wallet with other rows as good."
	}
	public, _ := r.Epochs[0].entry(jitterer)
	sealed, _ := r.sealed().entry(jitterer)
	return fmt.Sprintf("The public test with noise in it scored %s on that test, and was paid %s SOL; on a sealed one it scored %s, and was paid %s SOL.",
		percent(public.Score), chain.FormatSOL(public.Paid), percent(sealed.Score), chain.FormatSOL(sealed.Paid))
}

// losses are those of the last epoch.
func (r *report) losses() string {
	e := r.Epochs[len(r.Epochs)-1]
	text := "A score is e to the power of minus the loss, in nats a byte:"
	for _, s := range append([]result{{Name: "base", Score: e.Base}}, e.Entries...) {
		if loss, ok := r.value(s.Score); ok {
			text += fmt.Sprintf(" %s %.3f,", s.Name, loss)
		}
	}
	return strings.TrimSuffix(text, ",") + "."
}

// sealed is the epoch with a sealed test; nil: none has.
func (r *report) sealed() *epoch {
	for i := range r.Epochs {
		if r.Epochs[i].Sealed {
			return &r.Epochs[i]
		}
	}
	return nil
}

// why a submission is paid what it is.
func (s result) why(base uint32) string {
	switch {
	case s.Reason != "":
		return s.Reason
	case s.Score <= base:
		return "no better than the base: its bond is lost"
	case s.Weight == 0:
		return "less than half of the best one's improvement"
	}
	return ""
}

func signed(lamports int64) string {
	if lamports < 0 {
		return "-" + chain.FormatSOL(uint64(-lamports))
	}
	return chain.FormatSOL(uint64(lamports))
}

// check returns what is off about the contest.
func (r *report) check() error {
	var off []error
	expect := func(ok bool, format string, args ...any) {
		if !ok {
			off = append(off, fmt.Errorf(format, args...))
		}
	}
	expect(r.Conservation.Holds, "lamports went missing: %s", r.Conservation)
	for _, e := range r.Epochs {
		best, ok := e.entry(e.winner())
		expect(ok && best.Score > e.Base && best.Paid > 0, "epoch %d: %s taught nothing", e.Number, e.winner())
		for _, s := range e.Entries {
			honest := s.Name == leaker && e.Sealed // its rows are not those of the test
			expect(s.Name == best.Name || honest || s.Score < best.Score && s.Paid < best.Paid, "epoch %d: %s is scored %s and paid %d, %s %s and %d", e.Number, s.Name, percent(s.Score), s.Paid, best.Name, percent(best.Score), best.Paid)
			switch s.Name {
			case copier:
				expect(s.Score == e.Base && s.Paid == 0, "epoch %d: the copy is scored %s and paid %d, the base scores %s", e.Number, percent(s.Score), s.Paid, percent(e.Base))
			case leaker:
				expect(e.Sealed || s.Score == 0 && s.Paid == 0, "epoch %d: the leak is scored %s and paid %d", e.Number, percent(s.Score), s.Paid)
			case jitterer:
				expect(!e.Sealed || s.Paid == 0, "epoch %d: the test with noise in it is paid %d", e.Number, s.Paid)
			case offTopic:
				expect(s.Paid == 0, "epoch %d: what is off-topic is paid %d", e.Number, s.Paid)
			}
		}
		_, copied := e.entry(copier)
		expect(e.Number == 1 || copied || r.sealed() != nil, "epoch %d: the copy was not submitted", e.Number)
	}
	for _, m := range r.Miners {
		cheats := m.Name == copier && len(r.Epochs) > 1 || m.Name == leaker && r.sealed() == nil || m.Name == offTopic
		expect(!cheats || m.Earned < 0, "%s, who %s, earned %s SOL", m.Name, m.Does, signed(m.Earned))
	}
	return errors.Join(off...)
}

// winner is who should have the best score: clean data, but with a public test the test with noise in it.
func (e epoch) winner() string {
	if _, there := e.entry(jitterer); there && !e.Sealed {
		return jitterer
	}
	return clean
}

// entry is a miner's submission.
func (e epoch) entry(name string) (result, bool) {
	for _, s := range e.Entries {
		if s.Name == name {
			return s, true
		}
	}
	return result{}, false
}
