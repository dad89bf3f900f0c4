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

func TestEventsAreAttributedByTheInvokeStack(t *testing.T) {
	own, evil := round.LocalProgram.String(), solana.PublicKey{66}.String()
	invoke := func(who, depth string) string { return "Program " + who + " invoke [" + depth + "]" }
	success := func(who string) string { return "Program " + who + " success" }
	for name, c := range map[string]struct {
		logs []string
		want []round.Event
	}{
		"nothing": {nil, nil},
		"its own": {[]string{invoke(own, "1"), finalized(1), "Program " + own + " consumed 5 of 9 compute units", success(own)},
			[]round.Event{round.RoundFinalized{1}}},
		"two instructions": {[]string{invoke(own, "1"), finalized(1), success(own), invoke(own, "1"), finalized(2), success(own)},
			[]round.Event{round.RoundFinalized{1}, round.RoundFinalized{2}}},
		"called by another program": {[]string{invoke(evil, "1"), invoke(own, "2"), finalized(1), success(own), finalized(2), success(evil)},
			[]round.Event{round.RoundFinalized{1}}},
		"it calls another program": {[]string{invoke(own, "1"), invoke(evil, "2"), finalized(9), success(evil), finalized(1), success(own)},
			[]round.Event{round.RoundFinalized{1}}},
		"forged by another program": {[]string{invoke(evil, "1"), finalized(1), success(evil)}, nil},
		"forged in a text":          {[]string{invoke(evil, "1"), "Program log: " + invoke(own, "2"), finalized(1), success(evil)}, nil},
		"forged with a line break":  {[]string{invoke(evil, "1"), "Program log: x\n" + invoke(own, "2"), finalized(1), success(evil)}, nil},
		"a text like an end":        {[]string{invoke(own, "1"), "Program log: success", finalized(1), success(own)}, []round.Event{round.RoundFinalized{1}}},
		"a text like a call":        {[]string{invoke(own, "1"), "Program log: invoke [7]", finalized(1), success(own)}, []round.Event{round.RoundFinalized{1}}},
		"a text like a failure":     {[]string{invoke(own, "1"), "Program log: failed: x", finalized(1), success(own)}, []round.Event{round.RoundFinalized{1}}},
		"what another one returns": {[]string{invoke(own, "1"), invoke(evil, "2"), "Program return: success", "Program consumption: 9 units remaining",
			success(evil), finalized(1), success(own)}, []round.Event{round.RoundFinalized{1}}},
		"outside of everything": {[]string{finalized(1)}, nil},
		"after its end":         {[]string{invoke(own, "1"), success(own), finalized(1)}, nil},
		"cut": {[]string{invoke(own, "1"), finalized(1), "Log truncated", finalized(2), success(own)},
			[]round.Event{round.RoundFinalized{1}}},
		"cut inside of another": {[]string{invoke(own, "1"), "Log truncated", invoke(evil, "1"), finalized(2)}, nil},
		"wrong depth":           {[]string{invoke(own, "2"), finalized(1)}, nil},
		"wrong end":             {[]string{invoke(own, "1"), success(evil), finalized(1)}, nil},
		"it failed":             {[]string{invoke(own, "1"), finalized(1), "Program " + own + " failed: custom program error: 0x1"}, nil},
		"not base64":            {[]string{invoke(own, "1"), "Program data: !!!", success(own)}, nil},
		"several fields":        {[]string{invoke(own, "1"), finalized(1) + " AAAA", success(own)}, nil},
		"too short":             {[]string{invoke(own, "1"), "Program data: AAAA", success(own)}, nil},
		"cut event":             {[]string{invoke(own, "1"), finalized(1)[:28], success(own)}, nil},
		"unknown event":         {[]string{invoke(own, "1"), "Program data: AAAAAAAAAAAAAAAA", success(own)}, nil},
		"odd lines":             {[]string{"", "Program", "Program ", "Program  invoke [1]", "Program x", invoke(own, "x")}, nil},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, round.Events(round.LocalProgram, c.logs)) })
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

// Whatever the logs are: no panic, no event of more bytes than there were, and
// none at all unless the program was invoked.
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

// Whatever programs write, return or emit by themselves or between, it changes
// nothing about what is found.
func FuzzEventsAmongTexts(f *testing.F) {
	own, evil := round.LocalProgram.String(), solana.PublicKey{66}.String()
	for _, text := range []string{"success", "invoke [1]", "invoke [2]", "invoke [7]", "failed: custom program error: 0x1", "consumed 1 of 2 compute units",
		"", " ", "x\nLog truncated", evil + " success", own + " success", finalized(9)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var logs []string
		texts := func() {
			logs = append(logs, "Program log: "+text, "Program return: "+text, "Program consumption: "+text)
		}
		for _, line := range []string{"Program " + evil + " invoke [1]", "Program " + own + " invoke [2]", finalized(1), "Program " + own + " success",
			"Program data: " + text, "Program " + evil + " success", "Program " + own + " invoke [1]", finalized(2), "Program " + own + " success"} {
			texts()
			logs = append(logs, line)
			texts()
		}
		require.Equal(t, []round.Event{round.RoundFinalized{RoundID: 1}, round.RoundFinalized{RoundID: 2}}, round.Events(round.LocalProgram, logs))
	})
}
