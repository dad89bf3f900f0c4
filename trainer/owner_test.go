package trainer_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/trainer"
)

// requireOwner requires that a player's gradient in a round is valid as that player's, and as nobody else's.
func requireOwner(t *testing.T, p roundtest.Player, id uint64) {
	t.Helper()
	g, err := p.Rounds.Gradient(t.Context(), id, p.Wallet.PublicKey())
	require.NoError(t, err)
	root, err := storage.ParseCID(g.CID)
	require.NoError(t, err)
	files, err := p.Store.Fetch(t.Context(), root)
	require.NoError(t, err)
	owner := packagefmt.Owner{Program: p.Rounds.Addresses().Program.String(), Round: id, Trainer: p.Wallet.PublicKey().String()}
	_, err = packagefmt.ReadOwnedGradient(files, roundtest.Package(), owner, true)
	require.NoError(t, err)
	owner.Trainer = owner.Program
	_, err = packagefmt.ReadOwnedGradient(files, roundtest.Package(), owner, false)
	require.ErrorIs(t, err, packagefmt.ErrInvalid)
}

// A finished run of another wallet would score 0 for this one: it trains again.
func TestDirectoryOfAnotherWallet(t *testing.T) {
	world := roundtest.New(t)
	id := world.Launch(t, world.Player(t, "creator"))
	world.Prevalidate(t, id, 1000, 3)
	poor, w := world.Poor(t, "poor"), newWatcher()
	cfg := config(t, poor, w)
	stop := start(t, cfg)
	first := w.await(t, trainer.EventTrained)
	stop()

	rich, w := world.Player(t, "rich"), newWatcher()
	of := config(t, rich, w)
	of.Dir = cfg.Dir
	start(t, of)
	require.NotEqual(t, first.CID, w.await(t, trainer.EventSubmitted).CID)
	requireOwner(t, rich, id)
}
