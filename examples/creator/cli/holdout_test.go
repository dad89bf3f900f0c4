package cli

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/apptest"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/round"
)

// The key of a sealed test is revealed by an app that was stopped and started again, once submissions are closed and not
// before.
func TestSealedTestIsRevealedThroughRestarts(t *testing.T) {
	net, cars := localnet.New(t), t.TempDir()
	rounds := apptest.Reader(t, net)
	p := apptest.Settled(t, App(), net, cars)
	judges(t, net, 3)
	digits, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	own, err := dataset.Subset(digits.Train, []int{1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009})
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, dataset.SaveIDX(dir, own.(dataset.Described)))

	line := []string{"launch", "-m", model, "-d", "Mnist", "-r", "0.5", "--yes", "--holdout"}
	p.Fails(1, "--holdout", append(line, "/nonexistent")...)
	p.Fails(2, "leave out --open", append(line, dir, "--open")...)
	p.Fails(1, "validators would score on the public test all the same", append(line, shuffled(t, digits.Train))...)
	var c created
	p.JSON(&c, append(line, dir)...)
	look := func() *round.Round {
		r, err := rounds.Round(t.Context(), c.RoundID)
		require.NoError(t, err)
		return r
	}
	require.True(t, look().HasHoldout())
	require.EqualValues(t, 2000, look().OutlierTolerance, "two of ten samples")

	trainer := apptest.Funded(t, net)
	_, err = trainer.CreateTrainerProfile(t.Context())
	require.NoError(t, err)
	_, err = trainer.SubmitSealed(t.Context(), c.RoundID, "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi")
	require.NoError(t, err)

	d := p.Start("start", "--poll-interval", "0.02", "--json")
	d.Await(`"event":"started"`, 1)
	require.Equal(t, 130, d.Stop(), d.Err.String())
	require.False(t, look().HoldoutRevealed)
	net.Warp(look().SubmissionsClose().Sub(net.Now()) + time.Second)
	d = p.Start("start", fmt.Sprint(c.RoundID), "--poll-interval", "0.02", "--json")
	d.Await(`"event":"revealed"`, 1)
	require.Equal(t, 130, d.Stop(), d.Err.String())
	require.True(t, look().HoldoutRevealed)
}

// shuffled are pictures with the labels of others: no test of the same kind.
func shuffled(t *testing.T, ds dataset.Dataset) string {
	t.Helper()
	of := ds.(dataset.Described)
	n, size := 500, 28*28
	x, y := make([]float32, n*size), make([]int, n)
	for i := range n {
		_, err := of.Sample(i, x[i*size:(i+1)*size])
		require.NoError(t, err)
		y[i] = (i * 7) % 10
	}
	wrong, err := dataset.New([]int{1, 28, 28}, 10, x, y)
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, dataset.SaveIDX(dir, wrong))
	return dir
}
