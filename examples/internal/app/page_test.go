package app

import (
	"bytes"
	"strings"
	"testing"

	"github.com/rivo/uniseg"
	"github.com/stretchr/testify/require"
)

const (
	address = "7EqQdEULxWcraVx3mXKFjc84LhCkMGZCkRuDpvcMwJeK"
	cid     = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"
)

// shown is a table on a terminal, or off one.
func shown(columns int, env map[string]string) string {
	var out bytes.Buffer
	c := &Call{Out: &out, Env: func(k string) string { return env[k] }, console: &fakeConsole{columns: columns}}
	Table(c.page(), "ROUND TRAINER PHASE CID", [][]string{{"1", address, "training", cid}, {"12", "none yet", "overdue\x1b[2J", "-"}})
	return out.String()
}

func TestTablesOnATerminal(t *testing.T) {
	plain := map[string]string{"NO_COLOR": "1"}
	piped := shown(0, nil)
	require.Contains(t, piped, address)
	require.NotContains(t, piped, "\x1b")
	require.Equal(t, piped, shown(200, plain), "a wide terminal has what a pipe has")
	require.Equal(t, piped, shown(40, map[string]string{"TERM": "dumb"}))
	require.Equal(t, shown(70, plain), shown(200, map[string]string{"NO_COLOR": "1", "COLUMNS": "70"}))

	require.Equal(t, `ROUND  TRAINER            PHASE        CID
1      7EqQdEUL…pvcMwJeK  training     bafybeig…y55fbzdi
`, strings.Join(strings.SplitAfter(shown(56, plain), "\n")[:2], ""))
	for columns := 48; columns < 130; columns++ {
		for line := range strings.Lines(shown(columns, plain)) {
			if !strings.HasPrefix(line, "(") {
				require.LessOrEqual(t, uniseg.StringWidth(strings.TrimSpace(line)), columns, line)
			}
		}
	}
	require.Equal(t, shown(1, plain), shown(20, plain), "there is a least width of everything")
}

func TestColors(t *testing.T) {
	out := shown(200, nil)
	require.Contains(t, out, "\x1b[1mROUND\x1b[0m")
	require.Contains(t, out, "\x1b[36mtraining\x1b[0m")
	require.NotContains(t, out, "\x1b[2J", "a stranger's text moves no cursor")
	strip := strings.NewReplacer("\x1b[1m", "", "\x1b[36m", "", "\x1b[0m", "")
	require.Equal(t, shown(0, nil), strip.Replace(out), "colors take no room")
}
