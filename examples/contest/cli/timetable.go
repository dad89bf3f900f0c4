package cli

import (
	"context"
	"fmt"
	"time"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/round"
)

// timetable says what an epoch does at a time of the chain's clock, until when, and what comes then.
func timetable(r *round.Round, now time.Time) string {
	at := func(t time.Time) string {
		if d := t.Sub(now); d > 12*time.Hour || d < -12*time.Hour {
			return t.Local().Format(time.DateTime)
		}
		return t.Local().Format(time.TimeOnly)
	}
	closes := "until about " + at(r.SubmissionsEnd(now))
	paid := ", and pays from " + at(r.Options.Deadline) + " on" // as a rule: what has too few scores then gets further sittings
	switch phase := r.Phase(now); {
	case phase == round.PhaseWaiting && now.Before(r.SubmissionsOpen()):
		return "takes submissions from " + at(r.SubmissionsOpen()) + " " + closes + paid
	case phase == round.PhaseTraining:
		return "takes submissions " + closes + paid
	case phase == round.PhaseFull:
		return fmt.Sprintf("has %d submissions, and takes no more", r.Gradients) + paid
	case phase == round.PhaseValidating && now.Before(r.SubmissionsClose()):
		return "takes no more submissions; they are published from " + at(r.SubmissionsClose()) + " on, and scored" + paid
	case phase == round.PhaseValidating && r.Sealed() && now.Before(r.ScoringStarts()):
		return "has its submissions published; they are scored from " + at(r.ScoringStarts()) + " on" + paid
	case phase == round.PhaseValidating && !now.Before(r.Options.Deadline):
		return "waits for scores of its submissions, until " + at(r.ForceFrom()) + " at the latest"
	case phase == round.PhaseValidating:
		return "has its submissions scored" + paid
	case phase == round.PhaseOverdue:
		return "is over, and about to pay"
	case phase == round.PhaseExpired:
		return "had no submission: its reward goes back from " + at(r.ForceFrom()) + " on"
	}
	return "is " + string(r.Phase(now))
}

// timetable is that of an epoch that is opened now.
func (p *plan) timetable(now time.Time) string {
	pace := p.pace()
	at := func(d time.Duration) string { return now.Add(d).Local().Format(time.TimeOnly) }
	return fmt.Sprintf("it takes submissions from %s until about %s, and pays from %s on", at(pace.Opens), at(time.Duration(p.slots)*round.SlotTime), at(pace.Paid()))
}

// tellEpoch tells how the contest's newest epoch stands, before a worker begins.
func (c contest) tellEpoch(ctx context.Context, call *app.Call, client *decloud.Client) error {
	rounds, err := client.Rounds.Rounds(ctx, round.Filter{Creator: c.creator, Task: []round.Task{round.TaskData}})
	if err != nil {
		return err
	}
	now, err := client.Chain.Now(ctx)
	if err != nil {
		return err
	}
	for i := len(rounds) - 1; i >= 0; i-- {
		if r := rounds[i]; c.epoch(r) > 0 && r.Phase(now).Active() {
			call.Note("epoch %d, round #%d, %s", c.epoch(r), r.ID, timetable(r, now))
			return nil
		}
	}
	call.Note("no epoch is open; the next one begins when the contest's creator opens it")
	return nil
}
