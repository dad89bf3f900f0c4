package aggregate

import (
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/memfs"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/run/update"
)

var renew = flag.Bool("renew", false, "write testdata/samebits.txt")

// TestTheSameBits computes three rounds in every encoding, method and server
// optimizer, and compares the models' files with those of the machine that wrote
// the table. .ci/samebits runs it on amd64 without and with AVX2, and on arm64.
func TestTheSameBits(t *testing.T) {
	var table strings.Builder
	for _, e := range []update.Encoding{{}, {Kind: update.Float16}, {Kind: update.TopK, Fraction: 0.2}, {Kind: update.Sign}} {
		for _, o := range []Options{{}, {Method: Median}, {Method: TrimmedMean, Trim: 0.2}, {ClipNorm: 0.03}} {
			for _, server := range optimizers {
				fmt.Fprintf(&table, "%s %s %v %s %s\n", e.Kind, o.Method, o.ClipNorm, server.Server, threeRounds(t, e, o, server))
			}
		}
	}
	const path = "testdata/samebits.txt"
	if *renew {
		require.NoError(t, os.WriteFile(path, []byte(table.String()), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), table.String())
}

func threeRounds(t *testing.T, e update.Encoding, o Options, server Optimizer) string {
	p, least := pkg(), -0.9
	m := Model{Head: p.Head}
	left := make([]update.Change, 7)
	for round := range uint64(3) {
		var s []Submission
		for i := range left {
			c := changeOf(m.Head, 1000*round+uint64(i), 0.02/float32(1+i))
			encoded, rest, err := update.Compress(c, left[i], e)
			require.NoError(t, err)
			kind := e.Kind
			if kind == "" {
				kind = update.Float32
			}
			got, err := update.Decode(encoded, kind, m.Head.Weights)
			require.NoError(t, err)
			s, left[i] = append(s, Submission{Change: got}), rest
		}
		m = next(t, m, s, Rules{MaxNorm: 3, MinAgreement: &least}, o, server)
	}
	return digest(t, m, p)
}

func next(t *testing.T, m Model, s []Submission, rules Rules, o Options, server Optimizer) Model {
	var included []update.Change
	for i, verdict := range Judge(m.Head, s, rules) {
		if verdict == nil {
			included = append(included, s[i].Change)
		}
	}
	step, err := Combine(included, o)
	require.NoError(t, err)
	return server.Apply(m, step)
}

// digest is over the names and bytes of a model's files.
func digest(t *testing.T, m Model, p *packagefmt.Package) string {
	fsys, err := m.FS(p)
	require.NoError(t, err)
	files, err := memfs.Read(fsys, ModelLimit(p))
	require.NoError(t, err)
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(h, "%s %d\n%s", name, len(files[name]), files[name])
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
