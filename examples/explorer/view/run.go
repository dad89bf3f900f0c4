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
	Money       *Money     `json:"money"`
	Accuracy    []Measured `json:"accuracy"` // by round, where members vote
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
	Stake    Amount `json:"stake"`
	Slashed  Amount `json:"slashed"`
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
		Verifiers: []Verifier{}, Terms: runTerms(one)}
	for i, s := range seen.Roster.Slots {
		if s.Status != run.Free {
			v.Slots = append(v.Slots, slotOf(seen, i, s))
		}
	}
	for _, w := range seen.Verifiers() {
		v.Verifiers = append(v.Verifiers, verifierOf(seen, w))
	}
	balance, err := r.held(ctx, one)
	if err != nil {
		return Run{}, err
	}
	v.Money = runMoney(one, balance)
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

// held is what a run's vault holds beside its rent, in lamports or the mint's base units.
func (r *Reader) held(ctx context.Context, one *run.Run) (uint64, error) {
	switch one.Treasury {
	case run.SPL:
		token, err := r.Chain.TokenAccount(ctx, one.Vault)
		if err != nil {
			return 0, fmt.Errorf("the vault of run %s: %w", plain(one.ID), err)
		}
		return token.Amount, nil
	case run.SOL:
		found, err := r.Chain.Accounts(ctx, one.Vault)
		if err != nil {
			return 0, err
		}
		return found[0].Lamports - min(found[0].Lamports, uint64(overhead+len(found[0].Data))*rentPerByte), nil
	}
	return 0, nil
}

func slotOf(v *run.View, i int, s run.Slot) Slot {
	role := map[run.Role]string{run.Trainer: "trains", run.Verifies: "verifies", run.Both: "trains, verifies"}[v.Role(i)]
	return Slot{Slot: i, Wallet: s.Wallet.String(), Status: s.Status.String(), Role: role, Missed: int(s.Missed), Included: int(s.Included), Rejected: int(s.Rejected),
		Earned: Amount(s.Earned), Due: Amount(s.Due()), Claimed: Amount(s.Claimed), Stake: Amount(s.Stake), Slashed: Amount(s.Slashed)}
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

func runTerms(r *run.Run) []Term {
	s := r.Settings
	return []Term{
		{"Verified", r.Verification.String()},
		{"Treasury", r.Treasury.String()},
		{"Pays for an epoch", fmt.Sprintf("%d to %s", r.Rates.Earning, map[bool]string{true: "all finishers together", false: "each finisher"}[r.Rates.Shared])},
		{"Members at least", fmt.Sprint(s.MinClients)},
		{"Rounds in an epoch", fmt.Sprint(s.RoundsPerEpoch)},
		{"Time to train a round, at most", s.MaxRoundTrainTime.String()},
		{"Stake at least", fmt.Sprint(s.MinStake)},
	}
}

func digest(d run.Digest) string {
	if d == (run.Digest{}) {
		return ""
	}
	return hex.EncodeToString(d[:])
}
