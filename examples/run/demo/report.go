package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/run"
)

// report is what a run came to; --json prints it.
type report struct {
	Verification string       `json:"verification"`
	Steps        uint32       `json:"steps"`
	Rounds       uint32       `json:"rounds"`
	Failed       uint32       `json:"failed_rounds"`
	Models       []Point      `json:"models"`
	Members      []memberInfo `json:"members"`
	Conservation conservation `json:"conservation"`
	Seconds      float64      `json:"seconds"`
}

// memberInfo is how a member fared.
type memberInfo struct {
	Name    string  `json:"name"`
	Wallet  string  `json:"wallet"`
	Status  string  `json:"status"`
	Alone   float64 `json:"accuracy_alone"` // 0 to 1
	Claimed uint64  `json:"claimed_lamports"`
	Slashes uint64  `json:"slashing_rewards_lamports"`
	Stake   uint64  `json:"stake_lamports"`
}

// conservation proves that every lamport that went in is somewhere.
type conservation struct {
	Funded  uint64 `json:"funded"`
	Staked  uint64 `json:"staked"`
	Paid    uint64 `json:"paid"`
	Slashes uint64 `json:"slashing_rewards"`
	Pool    uint64 `json:"pool"`
	Stakes  uint64 `json:"stakes"`
	Vault   uint64 `json:"vault"` // its balance beside the rent
	Holds   bool   `json:"holds"`
}

func (c conservation) String() string {
	sign := "="
	if !c.Holds {
		sign = "≠"
	}
	return fmt.Sprintf("funded %d + staked %d %s paid %d + slashing rewards %d + pool %d + stakes %d lamports; the vault holds %d",
		c.Funded, c.Staked, sign, c.Paid, c.Slashes, c.Pool, c.Stakes, c.Vault)
}

// account fills in the report from the chain.
func (s *stage) account(ctx context.Context, c *decloud.Client, v *run.View, models []Point) (report, error) {
	r := report{Verification: s.Verification.String(), Steps: v.Run.Step, Rounds: v.Run.Round, Failed: v.Run.FailedRounds, Models: models}
	members, err := c.Runs.Members(ctx, v.Run.Address)
	if err != nil {
		return r, err
	}
	if s.Verification == run.Vote {
		r.Conservation.Staked = stake * uint64(len(members))
	}
	for _, name := range names {
		alone, err := s.alone(ctx, name, int(v.Run.Step))
		if err != nil {
			return r, err
		}
		t := s.total(name)
		info := memberInfo{Name: name, Alone: alone, Claimed: t.Claimed, Slashes: t.Slashes, Status: "never joined"}
		if wallet, ok := s.wallet(name); ok {
			info.Wallet = wallet.String()
			if slot := v.Roster.Find(wallet); slot >= 0 {
				info.Status, info.Stake = v.Roster.Slots[slot].Status.String(), v.Roster.Slots[slot].Stake
			}
		}
		r.Members = append(r.Members, info)
		r.Conservation.Slashes += t.Slashes
	}
	r.Conservation.Funded, r.Conservation.Paid, r.Conservation.Pool, r.Conservation.Stakes = funding, v.Run.Paid, v.Run.Pool+v.Run.Reserved+v.Run.Owed, v.Run.Stakes
	vault, ok := s.net.Account(v.Run.Vault)
	if !ok {
		return r, errors.New("the vault is gone")
	}
	r.Conservation.Vault = vault.Lamports - uint64(128+len(vault.Data))*6_960
	in, out := r.Conservation.Funded+r.Conservation.Staked, r.Conservation.Paid+r.Conservation.Slashes+r.Conservation.Pool+r.Conservation.Stakes
	r.Conservation.Holds = in == out && r.Conservation.Vault == v.Run.Liabilities()
	return r, nil
}

// final is the accuracy of the last model.
func (r report) final() float64 {
	if len(r.Models) == 0 {
		return 0
	}
	return r.Models[len(r.Models)-1].Accuracy
}

func (r report) writeTable(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "member\tstatus\talone\tclaimed (SOL)\tslashing (SOL)\t")
	for _, m := range r.Members {
		fmt.Fprintf(t, "%s\t%s\t%.1f %%\t%s\t%s\t\n", m.Name, m.Status, 100*m.Alone, chain.FormatSOL(m.Claimed), chain.FormatSOL(m.Slashes))
	}
	t.Flush()
	fmt.Fprintf(w, "together: %.1f %% after %d steps in %d rounds, %d of them failed, in %.1f s\n", 100*r.final(), r.Steps, r.Rounds, r.Failed, r.Seconds)
	fmt.Fprintln(w, r.Conservation)
}

// check returns what is off about the run.
func (r report) check() error {
	var off []error
	expect := func(ok bool, format string, args ...any) {
		if !ok {
			off = append(off, fmt.Errorf(format, args...))
		}
	}
	expect(r.Conservation.Holds, "lamports went missing: %s", r.Conservation)
	want := map[string]run.Status{"eve": run.Ejected, "finn": run.Ejected, "dan": run.Dropped}
	if r.Verification == run.Vote.String() { // there, junk and copies depend on who is drawn to vote
		want = map[string]run.Status{"dan": run.Dropped}
	}
	for _, m := range r.Members {
		expect(m.Alone < r.final(), "%s alone reaches %.1f %%, all together %.1f %%", m.Name, 100*m.Alone, 100*r.final())
		if status, ok := want[m.Name]; ok {
			expect(m.Status == status.String(), "%s should be %s, and is %s", m.Name, status, m.Status)
		} else if m.Name != "eve" && m.Name != "finn" {
			expect(m.Claimed > 0, "%s was not paid", m.Name)
		}
	}
	return errors.Join(off...)
}
