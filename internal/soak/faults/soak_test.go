package faults

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What make soak-faults does for an hour, for some seconds.
func TestAShortSoak(t *testing.T) {
	require.NoError(t, apps())
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	r, err := Run(ctx, Config{Time: 8 * time.Second, Seed: 3, Trainers: 2, Validators: 2, Quorum: 1, Dir: t.TempDir(), Apps: appsDir, Out: t.Output(), Every: time.Minute})
	require.NoError(t, err)
	require.NoError(t, ctx.Err())
	require.Empty(t, r.Wrong)
	require.Positive(t, r.Counts["rounds settled"])
	require.Equal(t, r.Counts["rounds launched"], r.Counts["rounds settled"])
	require.Positive(t, r.Counts[string(WorkerKilled)]+r.Counts[string(WorkerDumped)]+r.Counts[string(WorkerStopped)])
	for name, all := range r.Goroutines {
		require.Less(t, all[len(all)-1], 100, name)
	}
}

// patience is far more than a test takes.
const patience = 4 * time.Minute
