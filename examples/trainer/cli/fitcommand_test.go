package cli

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/examples/internal/apptest"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/trainer"
	"github.com/decloud-sdk/decloud-go/trainer/fit/external"
)

func TestWordsOfACommand(t *testing.T) {
	for text, want := range map[string][]string{
		"":                          nil,
		"  python3  fit.py ":        {"python3", "fit.py"},
		`"C:\My Python\py.exe" x`:   {`C:\My Python\py.exe`, "x"},
		`run 'it''s' "" a"b c"d $X`: {"run", "its", "", "ab cd", "$X"},
	} {
		got, err := words(text)
		require.NoError(t, err)
		require.Equal(t, want, got, text)
	}
	_, err := words(`python "fit.py`)
	require.ErrorContains(t, err, "a quote is not closed")
}

// The command that is set trains, and its failure is the training's.
func TestFitCommand(t *testing.T) {
	p := apptest.New(t, App())
	p.Must("setup", "--new-wallet")
	p.Fails(2, "a quote is not closed", "config", "--set", `fit_command=python "fit.py`)
	p.Must("config", "--set", "fit_command=python3 fit.py")

	cfg := newConfig().(*config)
	require.Nil(t, cfg.fitBy(&app.Call{}))
	cfg.FitCommand = os.Args[0] + " -test.run=^NothingOfThat$"
	var printed bytes.Buffer
	train := cfg.fitBy(&app.Call{Err: &printed})
	pkg, err := packagefmt.Read(os.DirFS(mnistPackage(t)))
	require.NoError(t, err)
	_, _, err = train(t.Context(), trainer.Task{Package: pkg, Features: pkg.Embeddings, Labels: []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}})
	require.ErrorIs(t, err, external.ErrCommand)
	require.ErrorContains(t, err, "it left no trained.safetensors")
	require.NotEmpty(t, printed.String(), "what it prints is shown")
}
