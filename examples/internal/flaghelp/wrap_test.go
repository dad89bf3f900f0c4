package flaghelp

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const text = `plays the whole of a round on this machine with six miners, who are all honest, and
three validators.

usage: play [flags]

flags:
  -r, --reward SOL  SOL of each epoch, which is locked as it is opened
  --x array         a name
`

func TestWrap(t *testing.T) {
	require.Equal(t, text, Wrap(text, 0))
	require.Equal(t, text, Wrap(text, 100))
	require.Equal(t, `plays the whole of a round on this machine
with six miners, who are all honest, and
three validators.

usage: play [flags]

flags:
  -r, --reward SOL  SOL of each epoch, which
                    is locked as it is
                    opened
  --x array         a name
`, Wrap(text, 44))
	require.Equal(t, `plays the whole of a round on
this machine with six miners,
who are all honest, and three
validators.

usage: play [flags]

flags:
  -r, --reward SOL
      SOL of each epoch, which
      is locked as it is
      opened
  --x array         a name
`, Wrap(text, 30))
}
