package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/localnet"
)

// appVariable makes the test binary the app.
const appVariable = "DECLOUD_RUN_TEST_AS_APP"

func TestMain(m *testing.M) {
	if os.Getenv(appVariable) != "" {
		app.Main(App())
	}
	os.Exit(m.Run())
}

// The two shell scripts, as Psyche's guide calls them: with an RPC node and without.
func TestScripts(t *testing.T) {
	net := localnet.New(t)
	dir := t.TempDir()
	var keys []*chain.Keypair
	for _, name := range []string{"join_authority.json", "user.json", "delegate.json"} {
		key, err := chain.NewKeypair()
		require.NoError(t, err)
		require.NoError(t, net.Fund(key.PublicKey(), chain.LamportsPerSOL))
		require.NoError(t, key.Save(filepath.Join(dir, name)))
		keys = append(keys, key)
	}
	authority, user, delegate := keys[0].PublicKey().String(), keys[1].PublicKey().String(), keys[2].PublicKey().String()
	script := func(name string, args ...string) ([]byte, error) {
		path, err := filepath.Abs("../scripts/" + name)
		require.NoError(t, err)
		cmd := exec.Command("sh", append([]string{path}, args...)...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "DECLOUD_RUN="+os.Args[0], appVariable+"=1", "HOME="+dir)
		return cmd.CombinedOutput()
	}
	out, err := script("join-authorization-create.sh", net.URL(), "join_authority.json", user)
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), user+" may join the runs of join authority "+authority)
	out, err = script("join-authorization-set-delegates.sh", net.URL(), authority, "user.json", delegate)
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "1 delegates are named")
	for _, name := range []string{"join-authorization-create.sh", "join-authorization-set-delegates.sh"} {
		out, err = script(name)
		require.Error(t, err)
		require.Contains(t, string(out), "usage:")
	}
}
