package run_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/run"
)

// A client decodes roster and ballots at every look.
func BenchmarkDecode(b *testing.B) {
	l := newLab(b, 3, run.Spec{}, nil)
	roster, _ := l.net.Account(l.r.Roster)
	ballots, _ := l.net.Account(l.Addresses().Ballots(l.r.Address))
	for b.Loop() {
		_, err := run.DecodeRoster(l.r.Roster, roster.Data)
		require.NoError(b, err)
		_, err = run.DecodeBallots(l.r.Address, ballots.Data)
		require.NoError(b, err)
	}
}
