package cli

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/round"
)

// What an epoch does is said with the time until when, and when it pays, as long as it goes.
func TestTimetable(t *testing.T) {
	start := time.Date(2026, 1, 1, 12, 0, 0, 0, time.Local)
	at := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	r := round.Round{Version: round.Version, Status: round.Active, CreatedAt: start, FirstSlot: 100, Slot: 100,
		Options: round.Options{BaseWindow: 10 * time.Second, CommitReveal: true, CommitWindow: 10 * time.Second, ValidationWindow: 30 * time.Second,
			Deadline: at(130), MinPrevalidations: 3, MinPostvalidations: 3},
		Fair: &round.FairOptions{Sealed: true, PublishWindow: 10 * time.Second, SubmissionSlots: 150}}
	for _, step := range []struct {
		second    int
		slot      uint64
		gradients uint8
		want      string
	}{
		{0, 100, 0, "takes submissions from 12:00:10 until about 12:01:00, and pays from 12:02:10 on"},
		{20, 150, 0, "takes submissions until about 12:01:00, and pays from 12:02:10 on"},
		{61, 250, 0, "had no submission: its reward goes back from 12:02:10 on"},
		{61, 250, 2, "takes no more submissions; they are published from 12:01:40 on, and scored, and pays from 12:02:10 on"},
		{101, 350, 2, "has its submissions published; they are scored from 12:01:50 on, and pays from 12:02:10 on"},
		{111, 380, 2, "has its submissions scored, and pays from 12:02:10 on"},
		{131, 400, 2, "waits for scores of its submissions, until 12:03:50 at the latest"},
		{100_000, 400, 2, "is over, and about to pay"},
	} {
		r.Slot, r.Gradients, r.UnvalidatedGradients = step.slot, step.gradients, step.gradients
		require.Equal(t, step.want, timetable(&r, at(step.second)))
	}
	r.Status = round.Finalized
	require.Equal(t, "is finalized", timetable(&r, at(200)))
}

// Strangers who have staked by the second epoch do not change its quorum, which this contest's validators could not reach then.
func TestAgreedTermsHold(t *testing.T) {
	agreed := decloud.Terms{Options: round.Options{MinPrevalidations: 3, MinPostvalidations: 3}, Fair: &round.FairOptions{Bond: 7}}
	later := decloud.Terms{Options: round.Options{MinPrevalidations: 5, MinPostvalidations: 5}, Fair: &round.FairOptions{Bond: 8, Committee: 16}}
	(&plan{}).change(agreed, func(*decloud.Terms) {})(&later)
	require.Equal(t, agreed, later)
}
