//go:build linux

package roundwork

import (
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/fulldisk"
)

// On a full disk nothing is spent that could not be counted, but for what is owed, and what was counted stays.
func TestDiskFull(t *testing.T) {
	p := newPurse(t, 50)
	p.mustSpend(t, 30)
	fulldisk.During(t, 10, func() {
		_, err := p.Spend(t.Context(), 10, 0, false)
		require.ErrorIs(t, err, syscall.EFBIG)
		require.ErrorContains(t, err, "nothing is sent")
		settle, err := p.Spend(t.Context(), 10, 0, true)
		require.NoError(t, err, "who cannot reveal a score is slashed")
		settle(10)
	})
	p.full(t, 21)
	p.mustSpend(t, 20)
}
