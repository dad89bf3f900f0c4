package extras

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/examples/trainer/cli"
	"github.com/decloud-sdk/decloud-go/trainer"
)

// A Parquet set is named to an app as any other.
func TestParquetIsNamedAsItIs(t *testing.T) {
	home := t.TempDir()
	set := func(a *app.App, name, file string) (int, string) {
		var out bytes.Buffer
		code := a.Run(t.Context(), []string{"dataset", "set", name, "../../../../dataset/parquet/testdata/" + file, "--home", home},
			app.IO{Out: &out, Err: &out, Env: func(string) string { return home }})
		return code, out.String()
	}
	code, text := set(cli.App(), "Dataset(200)", "classlabel.parquet")
	require.Equal(t, 1, code, text)
	require.Contains(t, text, "go install github.com/decloud-sdk/decloud-go/examples/cmd/decloud-trainer@latest")
	with := cli.App()
	with.Extras = app.Extras{Unpack: unpack}
	code, text = set(with, "Mnist", "names.parquet")
	require.Equal(t, 1, code, text)
	require.Contains(t, text, "rows of", "it was unpacked")
	left, err := filepath.Glob(filepath.Join(home, "unpacked", "*"))
	require.NoError(t, err)
	require.Empty(t, left, "what no setting names is not kept")
	code, text = set(with, "Dataset(200)", "classlabel.parquet")
	require.Zero(t, code, text)
	unpacked, err := filepath.Glob(filepath.Join(home, "unpacked", "*", "train.csv"))
	require.NoError(t, err)
	require.Len(t, unpacked, 1, text)
	_, err = dataset.Open(200, filepath.Dir(unpacked[0]), dataset.Train, dataset.Options{Header: dataset.HeaderYes, Label: "label", Text: []string{"text"}})
	require.NoError(t, err)
}

func TestMetricsAreServedUntilTheEnd(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := free.Addr().String()
	require.NoError(t, free.Close())
	m := newMeter()
	m.Trainer(nil)(trainer.Event{Kind: trainer.EventClaimed, HasRound: true, Lamports: 7})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- m.Serve(ctx, address) }()
	require.EventuallyWithT(t, func(t *assert.CollectT) {
		answer, err := http.Get("http://" + address + "/metrics")
		require.NoError(t, err)
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		require.Contains(t, string(text), `decloud_earned_lamports_total{role="trainer"} 7`)
	}, 10*time.Second, 10*time.Millisecond)
	stop()
	require.NoError(t, <-done)
	require.Error(t, m.Serve(t.Context(), "256.0.0.1:1"))
}
