package litesvm

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestProcess(t *testing.T) {
	if err := Installed(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	p, err := Start()
	require.NoError(t, err)
	defer func() { _ = p.Stop() }() // ended already, unless a check failed
	_, err = p.Call(Request{Op: "no such thing"})
	require.ErrorContains(t, err, "litesvm: no such thing")
	key := make([]byte, 32)
	key[0] = 9
	set := &Account{Lamports: "1000000000", Data: []byte{}, Owner: make([]byte, 32), RentEpoch: "0"}
	_, err = p.Call(Request{Op: "set", Key: key, Account: set})
	require.NoError(t, err)
	got, err := p.Call(Request{Op: "get", Keys: [][]byte{key}})
	require.NoError(t, err)
	require.Equal(t, []*Account{set}, got.Accounts)
	require.NoError(t, p.Stop())
	_, err = p.Call(Request{Op: "get"})
	require.Error(t, err, "it has ended")
}

func TestModulesSaysHowToInstall(t *testing.T) {
	t.Setenv("DECLOUD_NODE_MODULES", t.TempDir())
	for _, err := range []error{Installed(), func() error { _, err := Start(); return err }()} {
		require.ErrorContains(t, err, "npm ci")
		require.ErrorIs(t, err, os.ErrNotExist)
	}
}
