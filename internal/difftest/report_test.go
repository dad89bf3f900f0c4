package difftest

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// transactions returns how many transactions to generate: $DECLOUD_DIFF_TXS, or def, or with -short an eighth of that.
func transactions(t testing.TB, def int) int {
	s := os.Getenv("DECLOUD_DIFF_TXS")
	switch {
	case s == "" && testing.Short():
		return def / 8
	case s == "":
		return def
	}
	n, err := strconv.Atoi(s)
	require.NoError(t, err, "DECLOUD_DIFF_TXS")
	return n
}

// seed returns the random seed: $DECLOUD_DIFF_SEED, or def.
func seed(t testing.TB, def uint64) uint64 {
	s := os.Getenv("DECLOUD_DIFF_SEED")
	if s == "" {
		return def
	}
	n, err := strconv.ParseUint(s, 10, 64)
	require.NoError(t, err, "DECLOUD_DIFF_SEED")
	return n
}

// report logs the number of transactions by kind and outcome.
func (p *pair) report() {
	p.t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "%d transactions, all equal\n", p.count)
	for _, cell := range slices.Sorted(maps.Keys(p.cells)) {
		what, end, _ := strings.Cut(cell, "\t")
		if end == "" {
			end = "ok"
		}
		fmt.Fprintf(&b, "%6d  %-24s %s\n", p.cells[cell], what, end)
	}
	p.t.Log(b.String())
}
