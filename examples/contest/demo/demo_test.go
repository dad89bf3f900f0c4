package demo

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// An epoch holds what it promises, and what does not is noticed; the figures that are drawn are those that are reported.
func TestEpoch(t *testing.T) {
	var story, out bytes.Buffer
	svg := filepath.Join(t.TempDir(), "scores.svg")
	require.NoError(t, Run(t.Context(), Options{Epochs: 1, Seed: 1, JSON: &out, SVG: svg, Out: &story}), "%s", &story)
	read := func() (r report) {
		require.NoError(t, json.Unmarshal(out.Bytes(), &r))
		return r
	}
	r := read()
	require.Len(t, r.Epochs, 1)
	require.Len(t, r.Epochs[0].Entries, len(castOf(Options{}))-1)
	require.NoError(t, r.check())
	drawn, err := os.ReadFile(svg)
	require.NoError(t, err)
	require.Equal(t, len(castOf(Options{}))-1, bytes.Count(drawn, []byte("<title>"))+bytes.Count(drawn, []byte(">×<")))
	for want, spoil := range map[string]func(r *report){
		"lamports went missing":         func(r *report) { r.Conservation.Holds = false },
		"jitterer taught nothing":       func(r *report) { r.Epochs[0].Entries[3].Name = jitterer },
		"clean taught nothing":          func(r *report) { r.Epochs[0].Entries[0].Paid = 0 },
		"careless is scored":            func(r *report) { r.Epochs[0].Entries[2].Score = 9_000 },
		"the leak is scored":            func(r *report) { r.Epochs[0].Entries[4].Score = 1 },
		"off-topic is paid 7":           func(r *report) { r.Epochs[0].Entries[3].Paid = 7 },
		"submits the public test, earn": func(r *report) { r.Miners[4].Earned = 1 },
		"the copy is scored":            func(r *report) { r.Epochs[0].Entries[1].Name = copier },
		"was not submitted":             func(r *report) { r.Epochs[0].Number = 2 },
	} {
		r := read()
		spoil(&r)
		require.ErrorContains(t, r.check(), want)
	}
}

func TestTaskIsOneOfThose(t *testing.T) {
	require.ErrorContains(t, Run(t.Context(), Options{Task: "chess"}), "want one of digits")
}
