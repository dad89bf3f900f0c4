package round_test

import (
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/round"
)

// Submissions of a data round are compared with those of the last eight of its series that were over when it began.
func TestRoundsBeforeADataRound(t *testing.T) {
	start := time.Unix(1_800_000_000, 0)
	at := func(id uint64, change ...func(*round.Round)) *round.Round {
		r := &round.Round{ID: id, ModelCID: "bafy", Status: round.Finalized, Fair: &round.FairOptions{Sealed: true, Task: round.TaskData, Bond: 10_000*5 + id},
			CreatedAt: start.Add(time.Duration(id) * time.Hour), FinalizedAt: start.Add(time.Duration(id)*time.Hour + 30*time.Minute)}
		for _, f := range change {
			f(r)
		}
		return r
	}
	ids := func(rounds []*round.Round) (list []uint64) {
		for _, r := range rounds {
			list = append(list, r.ID)
		}
		return list
	}
	now := at(20, func(r *round.Round) { r.Status = round.Active })
	var all []*round.Round
	for id := uint64(25); id > 8; id-- {
		all = append(all, at(id))
	}
	require.Equal(t, []uint64{12, 13, 14, 15, 16, 17, 18, 19}, ids(now.Before(all)))
	for name, change := range map[string]func(*round.Round){
		"another creator":        func(r *round.Round) { r.Creator = solana.PublicKey{1} },
		"another package":        func(r *round.Round) { r.ModelCID = "bafk" },
		"heads":                  func(r *round.Round) { r.Fair.Task = round.TaskHeads },
		"a plain round":          func(r *round.Round) { r.Fair = nil },
		"cancelled":              func(r *round.Round) { r.Status = round.Cancelled },
		"active":                 func(r *round.Round) { r.Status = round.Active },
		"not over when it began": func(r *round.Round) { r.FinalizedAt = now.CreatedAt.Add(time.Second) },
	} {
		require.Equal(t, []uint64{17, 19}, ids(now.Before([]*round.Round{at(17), at(18, change), at(19)})), name)
	}
	require.Empty(t, now.Before(nil))
	require.Equal(t, 20, now.Epoch())
	require.Zero(t, at(20, func(r *round.Round) { r.Fair.Task = round.TaskHeads }).Epoch())
	require.Zero(t, (&round.Round{}).Epoch())
}
