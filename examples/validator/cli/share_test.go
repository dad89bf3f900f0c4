package cli

import (
	"testing"

	"github.com/stretchr/testify/require"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/examples/internal/apptest"
	"github.com/decloud-sdk/decloud-go/round"
)

// Who asks to share heads does, and is told before anything runs that it takes a place to publish to.
func TestSharingHeads(t *testing.T) {
	p := apptest.New(t, App())
	p.Must("setup", "--new-wallet")
	p.Fails(2, "true or false", "config", "--set", "share_heads=perhaps")
	p.Must("config", "--set", "share_heads=true")
	p.Must("network", "devnet", "--program-id", round.LocalProgram.String()) // on localnet there always is one
	p.Fails(1, "nowhere to publish to", "start")

	cfg := newConfig().(*config)
	share := func() bool { return cfg.worker(&decloud.Client{}, &app.Call{}, nil, nil).Share }
	require.False(t, share())
	cfg.ShareHeads = true
	require.True(t, share())
}
