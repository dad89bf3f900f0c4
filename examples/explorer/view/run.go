package view

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/decloud-sdk/decloud-go/run"
)

// Run is all there is to see of a run.
type Run struct {
	Chain Chain `json:"chain"`
	RunRow
	Description string     `json:"description"`
	Authority   string     `json:"authority"`
	Phase       string     `json:"phase"` // of a round; empty between rounds
	PhaseEnds   *time.Time `json:"phase_ends"`
	EndsAt      *time.Time `json:"ends_at"`
	Failed      uint32     `json:"failed_rounds"`
	Package     string     `json:"package"`
	Model       string     `json:"model"` // digest, hex; empty: none yet
	Terms       []Term     `json:"terms"`
	Slots       []Slot     `json:"slots"`     // the members in the roster
	Verifiers   []Verifier `json:"verifiers"` // of this round
	Unit        Unit       `json:"unit"`      // of all amounts
	Money       *Money     `json:"money"`     // null where points are counted and nothing is paid
	Accuracy    []Measured `json:"accuracy"`  // by round, where members vote
}

// Slot is a member's place.
type Slot struct {
	Slot     int    `json:"slot"`
	Wallet   string `json:"wallet"`
	Status   string `json:"status"`
	Role     string `json:"role"` // in this round
	Missed   int    `json:"missed"`
	Included int    `json:"included"`
	Rejected int    `json:"rejected"`
	Earned   Amount `json:"earned"`
	Due      Amount `json:"due"`
	Claimed  Amount `json:"claimed"`
	Slashed  Amount `json:"slashed"` // of what it earned, not of its stake
	Stake    Amount `json:"stake"`
	SlashDue Amount `json:"slash_due"` // of the stake: anybody may collect it
}

// Verifier is a member that was drawn to verify this round.
type Verifier struct {
	Slot     int    `json:"slot"`
	Wallet   string `json:"wallet"`
	Done     string `json:"done"` // how far it is
	Model    string `json:"model,omitempty"`
	Accuracy uint16 `json:"accuracy"` // of the new model, once revealed; 0 of witnesses
	Included int    `json:"included"` // how many updates it counted
}

// Run reads a run.
func (r *Reader) Run(ctx context.Context, id string) (Run, error) {
	if r.Runs == nil {
		return Run{}, fmt.Errorf("no run program is set: %w", ErrUnknown)
	}
	c, err := r.chain(ctx)
	if err != nil {
		return Run{}, err
	}
	seen, err := r.Runs.View(ctx, id)
	if errors.Is(err, run.ErrArgument) {
		return Run{}, fmt.Errorf("%q cannot be the name of a run: %w", plain(id), ErrUnknown)
	}
	if err != nil {
		return Run{}, unknown(err, "run %q", plain(id))
	}
	one := seen.Run
	v := Run{Chain: c, RunRow: runRow(one), Description: plain(one.Description), Authority: one.Authority.String(), EndsAt: moment(one.EndsAt),
		PhaseEnds: moment(seen.PhaseEnds()), Failed: one.FailedRounds, Phase: phaseOf(one), Package: plain(one.PackageCID), Model: digest(one.Model), Slots: []Slot{},
		Verifiers: []Verifier{}, Unit: Unit{Name: "points"}}
	for i, s := range seen.Roster.Slots {
		if s.Status != run.Free {
			v.Slots = append(v.Slots, slotOf(seen, i, s))
		}
	}
	for _, w := range seen.Verifiers() {
		v.Verifiers = append(v.Verifiers, verifierOf(seen, w))
	}
	if one.Treasury != run.Points {
		b, err := r.books(ctx, one)
		if err != nil {
			return Run{}, unknown(err, "run %q", plain(id))
		}
		v.Money, v.Unit = runMoney(b), b.unit
	}
	v.Terms = runTerms(one, v.Unit)
	if one.Verification == run.Vote {
		v.Accuracy = r.curves.of(ctx, r.Runs, one)
	}
	return v, nil
}

// phaseOf is the part of a round that a run is in, in words.
func phaseOf(r *run.Run) string {
	switch {
	case r.State == run.RoundTrain && r.Phase == run.Armed:
		return "the draw is to come"
	case r.State == run.RoundTrain:
		return "members train"
	case r.State == run.RoundWitness:
		return map[run.Phase]string{run.Seeing: "verifiers say what they have", run.Committing: "verifiers commit", run.Revealing: "verifiers reveal"}[r.Phase]
	}
	return ""
}

func slotOf(v *run.View, i int, s run.Slot) Slot {
	role := map[run.Role]string{run.Trainer: "trains", run.Verifies: "verifies", run.Both: "trains, verifies"}[v.Role(i)]
	return Slot{Slot: i, Wallet: s.Wallet.String(), Status: s.Status.String(), Role: role, Missed: int(s.Missed), Included: int(s.Included), Rejected: int(s.Rejected),
		Earned: Amount(s.Earned), Due: Amount(s.Due()), Claimed: Amount(s.Claimed), Stake: Amount(s.Stake), Slashed: Amount(s.Slashed),
		SlashDue: Amount(s.SlashDue)}
}

func verifierOf(v *run.View, w run.Verifier) Verifier {
	out := Verifier{Slot: w.Slot, Wallet: address(v.Roster.Slots[w.Slot].Wallet), Done: "nothing yet"}
	switch {
	case w.HasRevealed():
		out.Done, out.Model, out.Accuracy, out.Included = "revealed", digest(w.Ballot.Digest), w.Ballot.Accuracy, w.Ballot.Included.Len()
	case w.HasCommitted():
		out.Done = "committed"
	case w.HasSeen():
		out.Done = "has the updates"
	}
	return out
}

func runTerms(r *run.Run, u Unit) []Term {
	s := r.Settings
	terms := []Term{
		{"Verified", r.Verification.String()},
		{"Treasury", r.Treasury.String()},
		{"Pays for an epoch", u.text(r.Rates.Earning) + map[bool]string{true: " to all finishers together", false: " to each finisher"}[r.Rates.Shared]},
		{"Who is ejected loses of its pay", u.text(r.Rates.Slashing)},
		{"Members at least", fmt.Sprint(s.MinClients)},
		{"Rounds in an epoch", fmt.Sprint(s.RoundsPerEpoch)},
		{"Time to train a round, at most", s.MaxRoundTrainTime.String()},
	}
	if r.Treasury != run.Points {
		terms = append(terms, Term{"Stake at least", u.text(s.MinStake)},
			Term{"A slash takes of the stake", fmt.Sprintf("%d.%02d %%", s.SlashBps/100, s.SlashBps%100)})
	}
	return terms
}

func digest(d run.Digest) string {
	if d == (run.Digest{}) {
		return ""
	}
	return hex.EncodeToString(d[:])
}
