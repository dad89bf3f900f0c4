package cli

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A source that does not answer may have it.
func TestHeld(t *testing.T) {
	for want, h := range map[string]held{
		"nobody has it; not by a":                                {NotBy: []string{"a"}},
		"nobody is known to have it; not by a; no answer from b": {NotBy: []string{"a"}, Unknown: []string{"b"}},
		"held by a; no answer from b":                            {By: []string{"a"}, Unknown: []string{"b"}},
	} {
		require.Equal(t, want, h.String())
	}
}
