// Package e2e plays a whole round with the three apps, over nothing but the
// ports of a local chain and a shared directory of CARs.
package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	creator "github.com/decloud-sdk/decloud-go/examples/creator/cli"
	"github.com/decloud-sdk/decloud-go/examples/internal/apptest"
	trainer "github.com/decloud-sdk/decloud-go/examples/trainer/cli"
	validator "github.com/decloud-sdk/decloud-go/examples/validator/cli"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/round"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const model = "../../launch/model/mnist.pt"

// share writes a part of the digits that the base model has not seen.
func share(t *testing.T, i, parts int) string {
	t.Helper()
	digits, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	var unseen []int
	for n := 100; n < digits.Train.Len(); n++ {
		unseen = append(unseen, n)
	}
	rest, err := dataset.Subset(digits.Train, unseen)
	require.NoError(t, err)
	shares, err := dataset.Shares(rest, parts, 1)
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, dataset.SaveIDX(dir, shares[i].(dataset.Described)))
	return dir
}

// claims adds up what a daemon says it was paid, by events of a kind.
func claims(t *testing.T, d *apptest.Daemon, kind string) (lamports uint64) {
	t.Helper()
	for line := range strings.Lines(d.Output()) {
		var e struct {
			Event    string
			Lamports uint64
		}
		require.NoError(t, json.Unmarshal([]byte(line), &e), line)
		if e.Event == kind {
			lamports += e.Lamports
		}
	}
	return lamports
}

func TestAWholeRoundWithTheThreeApps(t *testing.T) {
	net := localnet.New(t)
	cars := t.TempDir()
	onChain, err := chain.NewClient(chain.Config{RPC: net.RPC()})
	require.NoError(t, err)
	rounds, err := round.NewClient(round.Config{Chain: onChain, Program: net.ProgramID()})
	require.NoError(t, err)

	alice := apptest.Settled(t, creator.App(), net, cars)
	var validators, trainers []*apptest.Daemon
	for range 3 {
		v := apptest.Settled(t, validator.App(), net, cars, "--poll-interval", "0.2")
		validators = append(validators, v.Start("start", "--json"))
	}
	for i := range 2 {
		p := apptest.Settled(t, trainer.App(), net, cars, "--poll-interval", "0.2", "--datasets", "mnist")
		p.Must("dataset", "set", "Mnist", share(t, i, 2))
		trainers = append(trainers, p.Start("start", "--epochs", "5", "--json"))
	}
	treasury, err := rounds.Chain().Balance(t.Context(), round.LocalTreasury)
	require.NoError(t, err)

	var launched struct {
		RoundID uint64 `json:"round_id"`
		CID     string
	}
	alice.JSON(&launched, "launch", "-m", model, "-d", "Mnist", "-r", "0.5", "--mean", "0.1307", "--std", "0.3081", "--open", "--yes")
	for _, v := range validators {
		v.Await(`"event":"gradient"`, 2)
	}
	id := fmt.Sprint(launched.RoundID)
	alice.Must("finalize", id)
	for _, d := range trainers {
		d.Await(`"event":"claimed"`, 1)
	}
	for _, d := range validators {
		d.Await(`"event":"claimed"`, 3)
	}
	var back struct {
		Lamports uint64
		Closed   bool `json:"vault_closed"`
	}
	alice.JSON(&back, "withdraw", id)
	require.True(t, back.Closed, "all have claimed: the vault is closed")

	paid := back.Lamports
	for _, d := range append(trainers, validators...) {
		require.Equal(t, 130, d.Stop(), d.Err.String())
		paid += claims(t, d, "claimed")
	}
	after, err := rounds.Chain().Balance(t.Context(), round.LocalTreasury)
	require.NoError(t, err)
	require.EqualValues(t, 500_000_000, paid+after-treasury, "reward = paid + withdrawn + fees, to the lamport")

	r, err := rounds.Round(t.Context(), launched.RoundID)
	require.NoError(t, err)
	require.Equal(t, round.Finalized, r.Status)
	require.Equal(t, launched.CID, r.ModelCID)
	require.EqualValues(t, 3, r.Options.MinPrevalidations)
	require.EqualValues(t, 3, r.Options.MinPostvalidations)
	require.EqualValues(t, 100, r.MinRating)
	require.EqualValues(t, 2, r.Gradients)
	require.EqualValues(t, 2, r.ImprovingGradients, "honest trainers improve the model")
	_, err = rounds.Vault(t.Context(), launched.RoundID)
	require.ErrorIs(t, err, chain.ErrNotFound)

	var best struct {
		Path    string
		Checked bool
	}
	alice.JSON(&best, "download-gradient", "--round", id)
	require.True(t, best.Checked)
	require.FileExists(t, best.Path+"/head.safetensors")
	require.Contains(t, alice.Must("info", id), "finalized")
}
