package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	creator "github.com/decloud-sdk/decloud-go/examples/creator/cli"
	"github.com/decloud-sdk/decloud-go/examples/internal/apptest"
	trainer "github.com/decloud-sdk/decloud-go/examples/trainer/cli"
	validator "github.com/decloud-sdk/decloud-go/examples/validator/cli"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/round"
)

// A fair round from launch to the last lamport, with nothing typed but launch and the three apps' start: the trainers
// publish once submissions are closed, a committee is drawn, everybody commits and reveals, and the creator's app ends it.
func TestAFairRoundWithTheThreeApps(t *testing.T) {
	net, cars := localnet.New(t), t.TempDir()
	rounds := apptest.Reader(t, net)
	alice := apptest.Settled(t, creator.App(), net, cars)
	var validators, trainers []*apptest.Daemon
	for range 3 {
		v := apptest.Settled(t, validator.App(), net, cars, "--poll-interval", "0.1")
		v.Must("stake", "0.1")
		validators = append(validators, v.Start("start", "--json"))
	}
	for i := range 2 {
		p := apptest.Settled(t, trainer.App(), net, cars, "--poll-interval", "0.1", "--datasets", "mnist")
		p.Must("dataset", "set", "Mnist", share(t, i, 2))
		trainers = append(trainers, p.Start("start", "--epochs", "5", "--json"))
	}
	treasury, err := rounds.Chain().Balance(t.Context(), round.LocalTreasury)
	require.NoError(t, err)

	var launched struct {
		RoundID uint64 `json:"round_id"`
	}
	alice.JSON(&launched, "launch", "-m", "../../launch/model/mnist.pt", "-d", "Mnist", "-r", "0.5", "--yes")
	end := alice.Start("start", fmt.Sprint(launched.RoundID), "--poll-interval", "0.1", "--json")
	until := func(at func(*round.Round) time.Time) {
		r, err := rounds.Round(t.Context(), launched.RoundID)
		require.NoError(t, err)
		if ahead := at(r).Sub(net.Now()); ahead > 0 {
			net.Warp(ahead + time.Second)
		}
	}
	each := func(all []*apptest.Daemon, event string, times int) {
		for _, d := range all {
			d.Await(`"event":"`+event+`"`, times)
		}
	}

	each(trainers, "submitted", 1)
	until((*round.Round).SubmissionsClose)
	each(trainers, "published", 1)
	until((*round.Round).ScoringStarts)
	each(validators, "base", 1)
	each(validators, "gradient", 2)
	until(func(r *round.Round) time.Time { return r.ScoringStarts().Add(r.Options.CommitWindow) })
	each(validators, "revealed", 3)
	until(func(r *round.Round) time.Time { return r.EarliestFinalize })
	require.Zero(t, end.Ended(), end.Err.String())
	each(trainers, "claimed", 1)
	each(validators, "claimed", 3)

	paid := claims(t, end, "withdrawn")
	for _, d := range append(trainers, validators...) {
		require.Equal(t, 130, d.Stop(), d.Err.String())
		paid += claims(t, d, "claimed")
	}
	after, err := rounds.Chain().Balance(t.Context(), round.LocalTreasury)
	require.NoError(t, err)
	require.EqualValues(t, 500_000_000, paid+after-treasury, "reward = paid + withdrawn + fees, to the lamport; bonds went back beside")
	r, err := rounds.Round(t.Context(), launched.RoundID)
	require.NoError(t, err)
	require.True(t, r.Drawn)
	require.Zero(t, r.BondsLost)
}
