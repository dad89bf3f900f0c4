package fairplay

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// The same rounds played on the program's bytes: everybody has to the lamport what settle says, who was not drawn is refused,
// and what was not revealed is slashed.
func TestTheProgramPaysTheSame(t *testing.T) {
	l, err := NewLab(t.Context(), Tasks()[1], 3)
	require.NoError(t, err)
	for _, c := range []struct {
		attack string
		mode   Mode
		first  bool
	}{
		{"late or early honest work", Open, false},
		{"stuffing creator", Open, false},
		{"cronies × 10 who praise a replay of the base", Fair, true},
		{"guessing validator × 5", Fair, false},
		{"never-opening validator × 5", Fair, false},
		{"shown to half of the validators", Fair, true},
		{"sybils × 3, parts of the data", FairHoldout, true},
		{"creator who withholds the holdout", FairHoldout, false},
		{nobodyImproves, FairHoldout, false},
	} {
		t.Run(fmt.Sprintf("%s, %v", c.attack, c.mode), func(t *testing.T) {
			rec := recorded(t, l, c.attack, Round{Mode: c.mode, First: c.first})
			want, err := rec.settle()
			require.NoError(t, err)
			got := onChain(t, rec)
			require.NotEmpty(t, want.gains)
			for who, gain := range want.gains {
				require.Equal(t, gain, got.gains[who], "%s", who)
			}
			require.Equal(t, want.remainder, got.remainder)
		})
	}
}

// nobodyImproves is no attack: all heads score as the base.
const nobodyImproves = "nobody improves"

func recorded(t *testing.T, l *Lab, attack string, r Round) record {
	var err error
	if attack != nobodyImproves {
		r.Attack, err = AttackOf(attack)
		require.NoError(t, err)
	}
	rec, err := l.record(r)
	require.NoError(t, err)
	for i := range rec.votes {
		if attack == nobodyImproves {
			rec.votes[i].accuracy = 5000
		}
	}
	return rec
}
