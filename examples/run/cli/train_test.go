package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/localnet"
)

// untilSaid ends a command once it has said something.
type untilSaid struct {
	mu   sync.Mutex
	all  bytes.Buffer
	what string
	stop func()
}

func (u *untilSaid) Write(b []byte) (int, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	n, err := u.all.Write(b)
	if strings.Contains(u.all.String(), u.what) {
		u.stop()
	}
	return n, err
}

// A member's own data may be in any format that the package's data set may have; what
// does not fit is refused before the member joins.
func TestTrainsOnFilesOfItsOwn(t *testing.T) {
	m, wallet := newTerminal(t, localnet.New(t))
	with := func(args ...string) []string {
		return append(args, "--run-id", "tiny", "--wallet-private-key-path", wallet, "--home", m.home, "--rpc", m.rpc)
	}
	few, err := dataset.NewImages([]int{1, 28, 28}, 10, make([]byte, 10*784), make([]int, 10))
	require.NoError(t, err)
	idx, csv := filepath.Join(m.home, "idx"), filepath.Join(m.home, "digits.csv")
	require.NoError(t, dataset.SaveIDX(idx, few))
	row := strings.Repeat("0,", 784)
	require.NoError(t, os.WriteFile(csv, []byte(row+"3\n"+strings.Replace(row, "0", "255", 1)+"4\n"), 0o600))
	iris := filepath.Join(m.home, "iris.csv")
	require.NoError(t, os.WriteFile(iris, []byte("5.1,3.5,1.4,0.2,0\n4.9,3.0,1.4,0.2,1\n"), 0o600))

	m.ok(with("create-run")...)
	code, _, text := m.typed(with("train", "--data", idx)...)
	require.Equal(t, 1, code)
	require.Contains(t, text, "has no configuration yet")
	m.ok(with("update-config", "--config-path", m.file(m.newPackage().Package))...)
	for path, says := range map[string]string{idx: "10 samples of " + idx, csv: "2 samples of " + csv} {
		ctx, stop := context.WithCancel(t.Context())
		said := &untilSaid{what: says, stop: stop}
		var out bytes.Buffer
		code := App().Run(ctx, with("train", "--data", path), app.IO{In: &bytes.Buffer{}, Out: &out, Err: said, Env: func(k string) string { return m.env[k] }})
		require.Zero(t, code, said.all.String())
		require.Contains(t, said.all.String(), says)
		stop()
	}
	for path, says := range map[string]string{iris: "--data " + iris, filepath.Join(m.home, "nowhere"): "no such file"} {
		code, _, text = m.typed(with("train", "--data", path)...)
		require.Equal(t, 1, code)
		require.Contains(t, text, says)
	}
}
