package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/rating"
)

// fairReport is what a fair round came to; --json prints it.
type fairReport struct {
	Seed         uint64           `json:"seed"`
	Round        uint64           `json:"round"`
	Reward       uint64           `json:"reward_lamports"`
	Bond         uint64           `json:"bond_lamports"`
	BaseAccuracy uint32           `json:"base_accuracy_bps"`
	Participants []participant    `json:"participants"`
	Conservation fairConservation `json:"conservation"`
	Seconds      float64          `json:"seconds"`
}

// participant is one person, who may have several wallets, and what the round brought it in
// lamports, without fees of transactions and rent.
type participant struct {
	Name     string   `json:"name"`
	Role     string   `json:"role"`
	Attack   string   `json:"attack,omitempty"`
	Wallets  []string `json:"wallets"`
	Accuracy uint32   `json:"accuracy_bps,omitempty"` // of a trainer's best head
	Improved bool     `json:"improved"`               // the best head before it, as the marginal rule counts
	Paid     uint64   `json:"paid_lamports"`
	Reported uint64   `json:"reported_lamports"` // for slashing others
	BondLost uint64   `json:"bond_lost_lamports"`
	Slashed  uint64   `json:"slashed_lamports"`
	Earned   int64    `json:"earned_lamports"`
}

// does says what a participant is there for.
func (p participant) does() string {
	return cmp.Or(p.Attack, map[string]string{roleTrainer: "trains on digits of its own", roleValidator: "scores"}[p.Role])
}

// fairConservation proves that every lamport of the reward and of the bonds went somewhere.
type fairConservation struct {
	Reward         uint64 `json:"reward"`
	Bonds          uint64 `json:"bonds"`
	BondsReturned  uint64 `json:"bonds_returned"`
	PaidTrainers   uint64 `json:"paid_trainers"`
	PaidValidators uint64 `json:"paid_validators"`
	Fees           uint64 `json:"fees"`
	Remainder      uint64 `json:"remainder"`
	Holds          bool   `json:"holds"`
}

func (c fairConservation) String() string {
	sign := map[bool]string{true: "=", false: "≠"}[c.Holds]
	return fmt.Sprintf("reward %d + bonds %d %s trainers %d + validators %d + bonds returned %d + fees %d + remainder %d lamports",
		c.Reward, c.Bonds, sign, c.PaidTrainers, c.PaidValidators, c.BondsReturned, c.Fees, c.Remainder)
}

// account fills in the report from the chain.
func (g *fairGame) account(remainder uint64) (*fairReport, error) {
	rounds := g.me.client.Rounds
	r, err := rounds.Round(g.ctx, g.id)
	if err != nil {
		return nil, err
	}
	owed, err := rounds.Statement(g.ctx, g.id)
	if err != nil {
		return nil, err
	}
	out := &fairReport{Round: g.id, Reward: r.Reward, Bond: r.Bond(), BaseAccuracy: r.BaseAccuracy}
	c := &out.Conservation
	c.Reward, c.Bonds, c.Remainder = r.Reward, r.Bond()*uint64(r.Gradients), remainder
	perReport := r.SlashAmount() / 10_000 * uint64(r.ReporterShareBps)
	var lost, slashed, reported uint64
	for _, p := range append(g.players.trainers, g.players.validators...) {
		one := participant{Name: p.name, Role: p.role, Attack: p.attack, Wallets: []string{p.wallet.PublicKey().String()},
			Paid: owed.Net(p.wallet.PublicKey()), Reported: perReport * uint64(g.s.slashesBy(p))}
		if p.role == roleTrainer {
			head, err := rounds.Gradient(g.ctx, g.id, p.wallet.PublicKey())
			if err != nil {
				return nil, err
			}
			one.Accuracy, one.Improved, one.BondLost = head.Consensus, one.Paid > 0, r.Bond()-r.ReturnedBond(head)
			c.PaidTrainers += one.Paid
		} else {
			stake, err := rounds.Stake(g.ctx, p.wallet.PublicKey())
			if err != nil {
				return nil, err
			}
			one.Slashed = stake.Slashed
			c.PaidValidators += one.Paid
		}
		one.Earned = int64(one.Paid+one.Reported) - int64(one.BondLost+one.Slashed)
		lost, slashed, reported = lost+one.BondLost, slashed+one.Slashed, reported+one.Reported
		out.add(one)
	}
	after, err := g.me.client.Chain.Balance(g.ctx, r.Treasury)
	if err != nil {
		return nil, err
	}
	c.Fees, c.BondsReturned = g.vault.Fees+g.vault.Forfeited, c.Bonds-lost
	paid := c.PaidTrainers == g.vault.PaidTrainers && c.PaidValidators == g.vault.PaidValidators
	arrived := after-g.before-g.vault.Fees <= slashed-reported // the treasury has its part of what was slashed, too
	c.Holds = paid && arrived && c.Reward+c.Bonds == c.PaidTrainers+c.PaidValidators+c.BondsReturned+c.Fees+c.Remainder
	return out, nil
}

// add adds what one wallet has earned to its owner, who is named up to a hyphen if it has
// several.
func (r *fairReport) add(one participant) {
	if one.Attack == manyNames {
		one.Name, _, _ = strings.Cut(one.Name, "-")
	}
	for i := range r.Participants {
		if of := &r.Participants[i]; of.Name == one.Name {
			of.Wallets = append(of.Wallets, one.Wallets...)
			of.Accuracy, of.Improved = max(of.Accuracy, one.Accuracy), of.Improved || one.Improved
			of.Paid, of.Reported, of.BondLost, of.Slashed = of.Paid+one.Paid, of.Reported+one.Reported, of.BondLost+one.BondLost, of.Slashed+one.Slashed
			of.Earned += one.Earned
			return
		}
	}
	r.Participants = append(r.Participants, one)
}

func (r *fairReport) finish(seed uint64, took time.Duration) {
	r.Seed, r.Seconds = seed, took.Seconds()
}

// writeTable prints who earned what.
func (r *fairReport) writeTable(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "who\taccuracy\tearned (SOL)\tbond lost\tslashed\tand does\t")
	for _, p := range r.Participants {
		accuracy, does := "", p.does()
		if p.Role == roleTrainer {
			accuracy = rating.FormatAccuracy(p.Accuracy)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t\n", p.Name, accuracy, signed(p.Earned), chain.FormatSOL(p.BondLost), chain.FormatSOL(p.Slashed), does)
	}
	t.Flush()
	fmt.Fprintf(w, "base %s\n%s\n", rating.FormatAccuracy(r.BaseAccuracy), r.Conservation)
	fmt.Fprintln(w, "What pays all the same: to be earlier with as good a head; to train on the test itself where that is public; to be the creator's friend.")
}

func signed(lamports int64) string {
	if lamports < 0 {
		return "-" + chain.FormatSOL(uint64(-lamports))
	}
	return chain.FormatSOL(uint64(lamports))
}

// check tells what is off about the round.
func (r *fairReport) check() error {
	var off []error
	if !r.Conservation.Holds {
		off = append(off, fmt.Errorf("lamports went missing: %s", r.Conservation))
	}
	honest := 0
	for _, h := range r.Participants {
		if h.Attack != "" || h.Role == roleTrainer && !h.Improved {
			continue
		}
		if h.Role == roleTrainer {
			honest++
		}
		for _, a := range r.Participants {
			if a.Attack != "" && a.Role == h.Role && a.Earned >= h.Earned {
				off = append(off, fmt.Errorf("%s, who %s, earned %s SOL, and %s, who is honest, %s SOL", a.Name, a.Attack, signed(a.Earned), h.Name, signed(h.Earned)))
			}
		}
	}
	if honest == 0 {
		off = append(off, errors.New("no honest trainer improved the model"))
	}
	return errors.Join(off...)
}
