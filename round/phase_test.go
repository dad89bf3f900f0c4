package round_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/round"
)

func TestPhases(t *testing.T) {
	status := func(s round.Status) func(*round.Round) { return func(r *round.Round) { r.Status = s } }
	lateReveals := func(r *round.Round) { r.EarliestFinalize = opens.Add(13 * time.Hour) }
	// Each phase lasts until one second before the next.
	type phase struct {
		after time.Duration
		want  round.Phase
	}
	for name, c := range map[string]struct {
		round  *round.Round
		phases []phase
	}{
		"with gradients": {scored(gradients(2, 1)), []phase{{0, round.PhaseWaiting}, {10 * time.Minute, round.PhaseTraining},
			{11 * time.Hour, round.PhaseValidating}, {12 * time.Hour, round.PhaseOverdue}}},
		"nobody submits": {scored(), []phase{{0, round.PhaseWaiting}, {10 * time.Minute, round.PhaseTraining},
			{11 * time.Hour, round.PhaseExpired}, {12 * time.Hour, round.PhaseOverdue}}},
		"nobody scores": {scored(unscored), []phase{{0, round.PhaseWaiting}, {11 * time.Hour, round.PhaseExpired}, {12 * time.Hour, round.PhaseOverdue}}},
		"full": {scored(gradients(255, 1)), []phase{{10 * time.Minute, round.PhaseFull}, {11 * time.Hour, round.PhaseValidating},
			{12 * time.Hour, round.PhaseOverdue}}},
		"committed scores": {scored(commitReveal), []phase{{0, round.PhaseWaiting}, {time.Hour, round.PhaseTraining}, {11 * time.Hour, round.PhaseExpired}}},
		"too few reveals of the base": {scored(commitReveal, unscored), []phase{{0, round.PhaseWaiting}, {time.Hour, round.PhaseExpired},
			{12 * time.Hour, round.PhaseOverdue}}},
		"reveals after the deadline": {scored(commitReveal, gradients(1, 1), lateReveals), []phase{{11 * time.Hour, round.PhaseValidating}, {13 * time.Hour, round.PhaseOverdue}}},
		"finalized":                  {scored(status(round.Finalized)), []phase{{0, round.PhaseFinalized}}},
		"cancelled":                  {scored(status(round.Cancelled)), []phase{{0, round.PhaseCancelled}}},
		"of the future":              {scored(status(9)), []phase{{0, round.PhaseUnknown}}},
		"foreign":                    {scored(func(r *round.Round) { r.Version = 0 }), []phase{{0, round.PhaseForeign}}},
	} {
		t.Run(name, func(t *testing.T) {
			for i, p := range c.phases {
				require.Equal(t, p.want, c.round.Phase(opens.Add(p.after)), p.after)
				if i+1 < len(c.phases) {
					require.Equal(t, p.want, c.round.Phase(opens.Add(c.phases[i+1].after-time.Second)), "before %s", c.phases[i+1].after)
				}
				require.Equal(t, c.round.Status == round.Active && c.round.Version == round.Version, p.want.Active())
			}
		})
	}
}

func TestParsePhase(t *testing.T) {
	for _, p := range round.Phases() {
		got, err := round.ParsePhase(string(p))
		require.NoError(t, err)
		require.Equal(t, p, got)
	}
	_, err := round.ParsePhase("active")
	require.ErrorIs(t, err, round.ErrArgument)
	require.ErrorContains(t, err, "waiting training")
}
