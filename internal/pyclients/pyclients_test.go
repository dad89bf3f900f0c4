package pyclients_test

import (
	"context"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/decloud-sdk/decloud-go/internal/pyclients"
	"github.com/decloud-sdk/decloud-go/internal/spltoken"
	"github.com/decloud-sdk/decloud-go/localnet"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestSolanaPy(t *testing.T) {
	python := pyclients.Python(t)
	args, opts := []string(nil), []localnet.Option{localnet.Empty()}
	if dirs := spltoken.Dirs(t); len(dirs) > 0 {
		args, opts = []string{"token"}, append(opts, localnet.WithToken(dirs[0]))
	}
	n := localnet.New(t, opts...)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, python, append([]string{"-B", "testdata/client.py", n.URL(), n.WSURL()}, args...)...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "%s%s", out, &stderr)
	require.Equal(t, 3+len(args), strings.Count(string(out), "ok "), "%s", out)
}
