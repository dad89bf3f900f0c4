package member

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/round"
)

func TestStakeStaysWithinItsLimit(t *testing.T) {
	for name, c := range map[string]struct {
		known                          staked
		effective, least, usual, limit uint64
		want                           uint64
		refused                        bool
	}{
		"the first time":                    {least: 10, usual: 15, limit: 15, want: 15},
		"enough is there":                   {known: staked{Put: 15}, effective: 13, least: 10, usual: 15, limit: 99},
		"slashed, up to usual again":        {known: staked{Put: 15}, effective: 9, least: 10, usual: 15, limit: 99, want: 6},
		"slashed, as far as the limit goes": {known: staked{Put: 15}, effective: 9, least: 10, usual: 15, limit: 18, want: 3},
		"slashed, and that is not enough":   {known: staked{Put: 15}, effective: 5, least: 10, usual: 15, limit: 18, refused: true},
		"no more than that":                 {known: staked{Put: 15}, effective: 9, least: 10, usual: 15, limit: 15, refused: true},
		"too little from the beginning":     {least: 10, usual: 5, limit: 5, refused: true},
		"what was sent last came":           {known: staked{Put: 15, Adding: 6, From: 9}, effective: 8, least: 10, usual: 15, limit: 22, refused: true},
		"what was sent last did not come":   {known: staked{Put: 15, Adding: 6, From: 9}, effective: 9, least: 10, usual: 15, limit: 21, want: 6},
		"everything there is":               {known: staked{Put: 1<<64 - 1}, effective: 0, least: 1 << 63, usual: 1<<64 - 1, limit: 1<<64 - 1, refused: true},
	} {
		t.Run(name, func(t *testing.T) {
			known := c.known.settled(c.effective)
			more, err := known.add(c.effective, c.least, c.usual, c.limit)
			require.Equal(t, c.refused, err != nil, err)
			require.Equal(t, c.want, more)
			require.LessOrEqual(t, more, c.limit-min(c.limit, known.Put))
		})
	}
}

func TestBestOfParent(t *testing.T) {
	all := []*round.Gradient{{Index: 0, Consensus: 5}, {Index: 1, Consensus: 9}, {Index: 2, Consensus: 9}, {Index: 3, Consensus: 1}}
	require.Equal(t, uint8(1), best(all).Index)
	require.Equal(t, uint8(0), best(all[:1]).Index)
}
