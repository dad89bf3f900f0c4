package decloud

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/validator"
)

// An adapter is handed out only if it scores what the chain says; else the reason is the likeliest.
func TestAdapterIsTheOneThatWasScored(t *testing.T) {
	o := AdapterOptions{Epoch: Epoch{Round: &round.Round{BaseAccuracy: 7000, OutlierTolerance: 20}}, Entry: Entry{Score: 8000, Scored: true}}
	copied := o
	copied.Entry.Score = 7000
	for name, c := range map[string]struct {
		of   AdapterOptions
		base uint32
		got  validator.Score
		want string
	}{
		"the same":        {o, 7000, validator.Score{Accuracy: 8000}, ""},
		"within":          {o, 7010, validator.Score{Accuracy: 7980}, ""},
		"not the base":    {copied, 7000, validator.Score{Accuracy: 7010}, ""},
		"another":         {o, 7000, validator.Score{Accuracy: 8021}, "80.00 % on the chain, and a training on it 80.21 %"},
		"another test":    {o, 7100, validator.Score{Accuracy: 8000}, "another test than the validators'"},
		"a copy":          {copied, 7000, validator.Score{Accuracy: 8000}, "found a copy"},
		"nothing, though": {copied, 7000, validator.Score{Verdict: validator.Invalid, Reason: "too few rows"}, "here nothing: too few rows"},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.of.agrees(c.base, c.got)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.want)
		})
	}
}
