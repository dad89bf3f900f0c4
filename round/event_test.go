package round_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/round"
)

// finalized is the line that the program writes for RoundFinalized.
func finalized(id byte) string {
	d := discriminator("event:RoundFinalized")
	return "Program data: " + base64.StdEncoding.EncodeToString(append(d[:], id, 0, 0, 0, 0, 0, 0, 0))
}

// What another program logs, around or within a call of this one, is no event.
func TestEventsCannotBeForged(t *testing.T) {
	own, evil := round.LocalProgram.String(), solana.PublicKey{66}.String()
	require.Equal(t, []round.Event{round.RoundFinalized{RoundID: 1}}, round.Events(round.LocalProgram, []string{
		"Program " + evil + " invoke [1]", finalized(7), "Program " + own + " invoke [2]", finalized(1), "Program " + own + " success",
		"Program log: Program " + own + " invoke [2]", finalized(8), "Program " + evil + " success",
	}))
}

// Data that is no event of the program's is left out.
func TestDataThatIsNoEvent(t *testing.T) {
	invoke := "Program " + round.LocalProgram.String() + " invoke [1]"
	for name, line := range map[string]string{
		"too short":     "Program data: AAAA",
		"cut event":     finalized(1)[:28],
		"unknown event": "Program data: AAAAAAAAAAAAAAAA",
	} {
		require.Empty(t, round.Events(round.LocalProgram, []string{invoke, line}), name)
	}
}

func TestEventWithTrailingBytes(t *testing.T) {
	d := discriminator("event:RoundFinalized")
	line := "Program data: " + base64.StdEncoding.EncodeToString(append(d[:], 7, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3))
	require.Equal(t, []round.Event{round.RoundFinalized{RoundID: 7}},
		round.Events(round.LocalProgram, []string{"Program " + round.LocalProgram.String() + " invoke [1]", line}))
}

// Every event of the IDL is known here: a line with its discriminator and enough
// bytes makes one.
func TestEveryEventOfTheProgramIsRead(t *testing.T) {
	for _, e := range readIDL(t).Events {
		d := discriminator("event:" + e.Name)
		line := "Program data: " + base64.StdEncoding.EncodeToString(append(d[:], make([]byte, 300)...))
		events := round.Events(round.LocalProgram, []string{"Program " + round.LocalProgram.String() + " invoke [1]", line})
		require.Len(t, events, 1, e.Name)
	}
}

// Any logs: no panic, no event with more bytes than there are, and no event unless
// the program was invoked.
func FuzzEvents(f *testing.F) {
	own := round.LocalProgram.String()
	f.Add("Program " + own + " invoke [1]\n" + finalized(1) + "\nProgram " + own + " success")
	d := discriminator("event:GradientSubmitted")
	f.Add("Program " + own + " invoke [1]\nProgram data: " + base64.StdEncoding.EncodeToString(append(append(d[:], make([]byte, 40)...), 0xff, 0xff, 0xff, 0x7f)))
	f.Fuzz(func(t *testing.T, text string) {
		logs := strings.Split(text, "\n")
		events := round.Events(round.LocalProgram, logs)
		if !strings.Contains(text, "Program "+own+" invoke [") {
			require.Empty(t, events)
		}
		for _, e := range events {
			if g, ok := e.(round.GradientSubmitted); ok {
				require.LessOrEqual(t, len(g.CID), len(text))
			}
		}
	})
}
