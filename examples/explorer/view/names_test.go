package view_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/examples/explorer/scene"
	"github.com/decloud-sdk/decloud-go/examples/explorer/view"
	"github.com/decloud-sdk/decloud-go/localnet"
)

// A name of any length is refused by its length, before base58 is asked, which would take hours over these.
func TestNamesOfAnyLength(t *testing.T) {
	s := scene.New(t, localnet.InProcess())
	ctx, long, who := t.Context(), strings.Repeat("z", 2<<20), s.Creator.Rounds.Wallet().String()
	for name, read := range map[string]func() error{
		"an account":     func() error { _, err := s.Reader.Account(ctx, long); return err },
		"a trail":        func() error { _, err := s.Reader.Trail(ctx, long, ""); return err },
		"an older trail": func() error { _, err := s.Reader.Trail(ctx, who, long); return err },
		"a transaction":  func() error { _, err := s.Reader.Transaction(ctx, long); return err },
		"a trainer":      func() error { _, err := s.Reader.Score(ctx, scene.Paid, long, who); return err },
		"a validator":    func() error { _, err := s.Reader.Score(ctx, scene.Paid, view.Base, long); return err },
		"a creator":      func() error { _, err := s.Reader.Contest(ctx, long, scene.PackageCID, 0); return err },
		"a package":      func() error { _, err := s.Reader.Contest(ctx, who, "z"+long, 0); return err },
		"a run":          func() error { _, err := s.Reader.Run(ctx, long); return err },
	} {
		err := read()
		require.ErrorIs(t, err, view.ErrUnknown, name)
		require.LessOrEqual(t, len([]rune(view.Reason(err))), 601, name)
	}
}
