package view

import (
	"context"
	"strings"
	"time"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/run"
)

// PageSize is how many rounds and runs one overview lists.
const PageSize = 25

// maxOld is how many ids of closed rounds are passed over to fill a page.
const maxOld = 1000

// Overview is the first page: the newest rounds and the runs.
type Overview struct {
	Chain      Chain      `json:"chain"`
	RoundCount uint64     `json:"round_count"` // rounds that were ever created
	Rounds     []RoundRow `json:"rounds"`      // the newest first
	Older      *uint64    `json:"older"`       // before which id the next page begins; nil: this is the last
	RunCount   int        `json:"run_count"`
	Runs       []RunRow   `json:"runs"` // those that go on first
}

// RoundRow is a round in a list.
type RoundRow struct {
	ID           uint64      `json:"id"`
	Address      string      `json:"address"`
	Phase        round.Phase `json:"phase"`
	Active       bool        `json:"active"`
	Kind         string      `json:"kind"`  // open, fair, sealed
	Task         string      `json:"task"`  // what is submitted: heads, data
	Epoch        int         `json:"epoch"` // of the contest of its creator about its package; 0: it is none
	Creator      string      `json:"creator"`
	Dataset      string      `json:"dataset"`
	Reward       Amount      `json:"reward"`
	BaseAccuracy uint32      `json:"base_accuracy"`
	BaseScores   int         `json:"base_scores"`
	BaseQuorum   int         `json:"base_quorum"`
	Gradients    int         `json:"gradients"`
	Created      *time.Time  `json:"created"`
	NextAt       *time.Time  `json:"next_at"` // when the phase ends by itself
}

// Overview reads the newest rounds before an id (0: the newest of all) and the runs.
func (r *Reader) Overview(ctx context.Context, before uint64) (Overview, error) {
	c, err := r.chain(ctx)
	if err != nil {
		return Overview{}, err
	}
	o := Overview{Chain: c, Rounds: []RoundRow{}, Runs: []RunRow{}}
	if r.Rounds != nil {
		if err := r.newest(ctx, &o, before); err != nil {
			return Overview{}, err
		}
	}
	if r.Runs != nil {
		if err := r.runs(ctx, &o); err != nil {
			return Overview{}, err
		}
	}
	return o, nil
}

func (r *Reader) newest(ctx context.Context, o *Overview, before uint64) error {
	counter, err := r.Rounds.Counter(ctx)
	if err != nil {
		return unknown(err, "there is no initialized round program at %s", r.Rounds.Addresses().Program)
	}
	now, err := r.Chain.Now(ctx)
	if err != nil {
		return err
	}
	o.RoundCount = counter.Count
	end := counter.Count
	if before > 0 && before < end {
		end = before
	}
	first := end - min(end, maxOld)
	for read, err := range r.Rounds.Newest(ctx, first, end) {
		if err != nil {
			return err
		}
		o.Rounds = append(o.Rounds, rowOf(read, now))
		if len(o.Rounds) == PageSize {
			first = read.ID
			break
		}
	}
	if first > 0 {
		o.Older = &first
	}
	return nil
}

func rowOf(r *round.Round, now time.Time) RoundRow {
	row := RoundRow{ID: r.ID, Address: r.Address.String(), Phase: r.Phase(now), Kind: kindOf(r), Task: r.Task().String(), Epoch: r.Epoch(), Creator: r.Creator.String(),
		Dataset: dataset.ID(r.Dataset).String(), Reward: Amount(r.Reward), BaseAccuracy: r.BaseAccuracy, BaseScores: int(r.Prevalidations),
		BaseQuorum: int(r.Options.MinPrevalidations), Gradients: int(r.Gradients), Created: moment(r.CreatedAt)}
	row.Active = row.Phase.Active()
	row.NextAt = moment(nextOf(r, row.Phase, now))
	return row
}

func kindOf(r *round.Round) string {
	switch {
	case r.Sealed():
		return "sealed"
	case r.Fair != nil:
		return "fair"
	}
	return "open"
}

// nextOf is when a round's phase ends by itself; zero: it does not.
func nextOf(r *round.Round, phase round.Phase, now time.Time) time.Time {
	switch phase {
	case round.PhaseWaiting:
		if opens := r.SubmissionsOpen(); now.Before(opens) {
			return opens
		}
		return r.SubmissionsClose()
	case round.PhaseTraining, round.PhaseFull:
		return r.SubmissionsClose()
	case round.PhaseValidating:
		return r.ForceFrom()
	case round.PhaseExpired:
		return r.Options.Deadline
	case round.PhaseFinalized:
		if ends := r.ClaimsEnd(); now.Before(ends) {
			return ends
		}
	}
	return time.Time{}
}

// RunRow is a run in a list.
type RunRow struct {
	ID           string `json:"id"`
	Address      string `json:"address"`
	Name         string `json:"name"`
	State        string `json:"state"`
	Active       bool   `json:"active"`
	Verification string `json:"verification"`
	Epoch        uint32 `json:"epoch"`
	Round        uint32 `json:"round"`
	Step         uint32 `json:"step"`
	TotalSteps   uint32 `json:"total_steps"`
	Members      int    `json:"members"`
	Treasury     string `json:"treasury"`
	Pool         Amount `json:"pool"`
	Paid         Amount `json:"paid"`
}

func (r *Reader) runs(ctx context.Context, o *Overview) error {
	all, err := r.Runs.Runs(ctx)
	if err != nil {
		return err
	}
	o.RunCount = len(all)
	for _, finished := range []bool{false, true} {
		for _, one := range all {
			if (one.State == run.Finished) == finished && len(o.Runs) < PageSize {
				o.Runs = append(o.Runs, runRow(one))
			}
		}
	}
	return nil
}

func runRow(r *run.Run) RunRow {
	return RunRow{ID: plain(r.ID), Address: r.Address.String(), Name: strings.TrimSpace(plain(r.Name)), State: r.State.String(), Active: r.State != run.Finished,
		Verification: r.Verification.String(), Epoch: r.Epoch, Round: r.Round, Step: r.Step, TotalSteps: r.Settings.TotalSteps,
		Members: int(r.Members), Treasury: r.Treasury.String(), Pool: Amount(r.Pool), Paid: Amount(r.Paid)}
}
