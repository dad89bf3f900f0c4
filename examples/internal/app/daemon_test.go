package app

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// Whoever runs a daemon has flags and commands, no fields of dataset.Options.
func TestFailedSaysWhatMendsTheData(t *testing.T) {
	for _, test := range []struct {
		err  error
		says []string
	}{
		{fmt.Errorf("%w: list the names (Options.Classes)", dataset.ErrClass), []string{"list the names (--classes)", "decloud-trainer dataset set NAME PATH"}},
		{fmt.Errorf("%w: it is not as Options.Separator says", dataset.ErrShape), []string{"as --sep says", "--package DIR"}},
		{fmt.Errorf("see Options.Privacy"), []string{"see Options.Privacy"}},
	} {
		var out strings.Builder
		tell := Teller{w: &out, call: &Call{App: &App{Name: "decloud-trainer"}}}
		tell.Failed(Event{Kind: "failed"}, test.err, 0)
		for _, says := range test.says {
			require.Contains(t, out.String(), says)
		}
	}
}
