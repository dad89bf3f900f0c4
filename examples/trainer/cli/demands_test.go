package cli

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/examples/internal/apptest"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/trainer"
)

func TestWhatIsDemandedOfARound(t *testing.T) {
	p := apptest.New(t, App())
	p.Must("setup", "--new-wallet", "--terms", "fair")
	p.Fails(2, "expected auto, fair or any", "config", "--set", "terms=unfair")
	p.Fails(2, "expected addresses of creators", "config", "--set", "holdouts=somebody")
	p.Must("config", "--set", "holdouts="+round.LocalTreasury.String()+","+round.LocalProgram.String())

	policy := func(terms, holdouts string) trainer.Policy {
		cfg := newConfig().(*config)
		cfg.Terms, cfg.Holdouts = terms, holdouts
		require.Equal(t, cfg.least().Terms, cfg.policy().Terms, "also of a round that was chosen")
		return cfg.policy()
	}
	require.Nil(t, policy("", "").Terms, "the network says")
	require.Nil(t, policy("auto", "").Terms)
	require.Equal(t, trainer.FairTerms(), *policy("fair", "").Terms)
	require.Zero(t, *policy("any", "").Terms)
	require.Empty(t, policy("", "").Holdouts)
	require.True(t, policy("", "Any").AnyHoldout)
	require.Len(t, policy("", round.LocalTreasury.String()+", "+round.LocalProgram.String()).Holdouts, 2)
}
