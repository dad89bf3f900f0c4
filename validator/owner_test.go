package validator_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/validator"
)

// owned publishes a head that names a player as its owner.
func (b *bench) owned(head packagefmt.Network, p roundtest.Player) string {
	b.t.Helper()
	dir := filepath.Join(b.t.TempDir(), "gradient")
	require.NoError(b.t, packagefmt.WriteGradient(dir, head, roundtest.Package(), packagefmt.OwnedBy(b.owner(p))))
	return b.publishDir(dir)
}

func (b *bench) owner(p roundtest.Player) packagefmt.Owner {
	return packagefmt.Owner{Program: p.Rounds.Addresses().Program.String(), Round: b.id, Trainer: p.Wallet.PublicKey().String()}
}

// Who submits the CID of another's gradient, even before its owner does, scores 0, and the owner is nobody's copy.
func TestSubmittingTheGradientOfAnother(t *testing.T) {
	b := judging(t)
	alice, bob := b.Player(t, "alice"), b.Player(t, "bob")
	cid, foreign := b.owned(b.trained(1), alice), b.owned(b.trained(2), bob)

	b.submit("thief", cid) // who was faster
	stolen := b.await(validator.EventGradient).Score
	require.Equal(t, validator.Invalid, stolen.Verdict)
	require.Zero(t, stolen.Accuracy)
	require.Contains(t, stolen.Reason, "it is that of "+b.owner(alice).String())

	b.submitAs(alice, cid)
	own := b.await(validator.EventGradient).Score
	require.Equal(t, validator.Scored, own.Verdict, own.Reason)
	require.Greater(t, own.Accuracy, b.base)

	b.submit("late thief", foreign)
	require.Equal(t, validator.Invalid, b.await(validator.EventGradient).Score.Verdict)
	b.submit("nobody", b.publish(b.trained(3)))
	require.Equal(t, validator.Scored, b.await(validator.EventGradient).Score.Verdict, "a plain round takes what names nobody")
}
