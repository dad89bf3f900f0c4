package round_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/round"
)

// The fair options of a round are read back as they were set, its terms can be asserted, and configure_round takes all of
// it back.
func TestConfigureFair(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	creator := w.actor()
	options := round.Options{Deadline: w.now().Add(time.Hour), ValidationWindow: time.Minute, MinPrevalidations: 1, MinPostvalidations: 1}
	id, _, err := creator.CreateRound(ctx, round.Spec{ModelCID: modelCID, Dataset: 2, Reward: sol, Options: &options})
	require.NoError(t, err)
	plain, err := creator.Round(ctx, id)
	require.NoError(t, err)
	require.Nil(t, plain.Fair)

	fair := round.FairOptions{OutlierTolerance: 56, Deadline: options.Deadline.Add(time.Hour)}
	receipt := w.ok(creator.ConfigureFair(ctx, id, fair))
	require.Equal(t, []round.Event{round.FairConfigured{RoundID: id, Options: fair}}, receipt.Events)
	r, err := creator.Round(ctx, id)
	require.NoError(t, err)
	require.Equal(t, &fair, r.Fair)
	require.Equal(t, fair.Deadline, r.Options.Deadline)
	require.EqualValues(t, 56, r.OutlierTolerance)
	require.NotEqual(t, plain.TermsHash(), r.TermsHash())
	w.ok(creator.Send(ctx, round.AssertTerms{RoundID: id, Hash: r.TermsHash()}))

	sealed := fair
	sealed.Sealed = true
	w.refused(round.ErrInvalidParameter)(creator.ConfigureFair(ctx, id, sealed))
	w.ok(creator.ConfigureRound(ctx, id, options))
	r, err = creator.Round(ctx, id)
	require.NoError(t, err)
	require.Equal(t, plain, r)
}
