package chain_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
)

// eventData is the data of an event, and dataLine its line in the logs.
func eventData(n byte) []byte { return []byte{1, 2, 3, 4, 5, 6, 7, 8, n} }

func dataLine(n byte) string {
	return "Program data: " + base64.StdEncoding.EncodeToString(eventData(n))
}

func TestEventDataIsAttributedByTheInvokeStack(t *testing.T) {
	own, evil := echoID.String(), solana.PublicKey{66}.String()
	invoke := func(who, depth string) string { return "Program " + who + " invoke [" + depth + "]" }
	success := func(who string) string { return "Program " + who + " success" }
	for name, c := range map[string]struct {
		logs []string
		want [][]byte
	}{
		"nothing": {nil, nil},
		"its own": {[]string{invoke(own, "1"), dataLine(1), "Program " + own + " consumed 5 of 9 compute units", success(own)},
			[][]byte{eventData(1)}},
		"two instructions": {[]string{invoke(own, "1"), dataLine(1), success(own), invoke(own, "1"), dataLine(2), success(own)},
			[][]byte{eventData(1), eventData(2)}},
		"called by another program": {[]string{invoke(evil, "1"), invoke(own, "2"), dataLine(1), success(own), dataLine(2), success(evil)},
			[][]byte{eventData(1)}},
		"it calls another program": {[]string{invoke(own, "1"), invoke(evil, "2"), dataLine(9), success(evil), dataLine(1), success(own)},
			[][]byte{eventData(1)}},
		"forged by another program": {[]string{invoke(evil, "1"), dataLine(1), success(evil)}, nil},
		"forged in a text":          {[]string{invoke(evil, "1"), "Program log: " + invoke(own, "2"), dataLine(1), success(evil)}, nil},
		"forged with a line break":  {[]string{invoke(evil, "1"), "Program log: x\n" + invoke(own, "2"), dataLine(1), success(evil)}, nil},
		"a text like an end":        {[]string{invoke(own, "1"), "Program log: success", dataLine(1), success(own)}, [][]byte{eventData(1)}},
		"a text like a call":        {[]string{invoke(own, "1"), "Program log: invoke [7]", dataLine(1), success(own)}, [][]byte{eventData(1)}},
		"a text like a failure":     {[]string{invoke(own, "1"), "Program log: failed: x", dataLine(1), success(own)}, [][]byte{eventData(1)}},
		"what another one returns": {[]string{invoke(own, "1"), invoke(evil, "2"), "Program return: success", "Program consumption: 9 units remaining",
			success(evil), dataLine(1), success(own)}, [][]byte{eventData(1)}},
		"outside of everything": {[]string{dataLine(1)}, nil},
		"after its end":         {[]string{invoke(own, "1"), success(own), dataLine(1)}, nil},
		"cut": {[]string{invoke(own, "1"), dataLine(1), "Log truncated", dataLine(2), success(own)},
			[][]byte{eventData(1)}},
		"cut inside of another": {[]string{invoke(own, "1"), "Log truncated", invoke(evil, "1"), dataLine(2)}, nil},
		"wrong depth":           {[]string{invoke(own, "2"), dataLine(1)}, nil},
		"wrong end":             {[]string{invoke(own, "1"), success(evil), dataLine(1)}, nil},
		"it failed":             {[]string{invoke(own, "1"), dataLine(1), "Program " + own + " failed: custom program error: 0x1"}, nil},
		"not base64":            {[]string{invoke(own, "1"), "Program data: !!!", success(own)}, nil},
		"several fields":        {[]string{invoke(own, "1"), dataLine(1) + " AAAA", success(own)}, nil},
		"odd lines":             {[]string{"", "Program", "Program ", "Program  invoke [1]", "Program x", invoke(own, "x")}, nil},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, chain.EventData(echoID, c.logs)) })
	}
}

// Any logs: no panic, no more bytes than there are, and none unless the program was
// invoked.
func FuzzEventData(f *testing.F) {
	own := echoID.String()
	f.Add("Program " + own + " invoke [1]\n" + dataLine(1) + "\nProgram " + own + " success")
	f.Fuzz(func(t *testing.T, text string) {
		found := chain.EventData(echoID, strings.Split(text, "\n"))
		if !strings.Contains(text, "Program "+own+" invoke [") {
			require.Empty(t, found)
		}
		for _, data := range found {
			require.LessOrEqual(t, len(data), len(text))
		}
	})
}

// Whatever programs write, return or emit in between does not change what is
// found.
func FuzzEventDataAmongTexts(f *testing.F) {
	own, evil := echoID.String(), solana.PublicKey{66}.String()
	for _, text := range []string{"success", "invoke [1]", "invoke [2]", "invoke [7]", "failed: custom program error: 0x1", "consumed 1 of 2 compute units",
		"", " ", "x\nLog truncated", evil + " success", own + " success", dataLine(9)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var logs []string
		texts := func() {
			logs = append(logs, "Program log: "+text, "Program return: "+text, "Program consumption: "+text)
		}
		for _, line := range []string{"Program " + evil + " invoke [1]", "Program " + own + " invoke [2]", dataLine(1), "Program " + own + " success",
			"Program data: " + text, "Program " + evil + " success", "Program " + own + " invoke [1]", dataLine(2), "Program " + own + " success"} {
			texts()
			logs = append(logs, line)
			texts()
		}
		require.Equal(t, [][]byte{eventData(1), eventData(2)}, chain.EventData(echoID, logs))
	})
}
