package round_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/round"
)

// ARCHITECTURE.md draws the states of a round with every phase and instruction.
func TestArchitectureNamesEveryPhaseAndInstruction(t *testing.T) {
	text, err := os.ReadFile("../ARCHITECTURE.md")
	require.NoError(t, err)
	_, section, found := strings.Cut(string(text), "\n## The states of a round\n")
	require.True(t, found)
	section, _, _ = strings.Cut(section, "\n## ")
	words := strings.FieldsFunc(section, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') })

	idl, err := os.ReadFile("../internal/program/round/idl.json")
	require.NoError(t, err)
	var program struct{ Instructions []struct{ Name string } }
	require.NoError(t, json.Unmarshal(idl, &program))
	require.NotEmpty(t, program.Instructions)
	for _, instruction := range program.Instructions {
		require.Contains(t, words, instruction.Name)
	}
	for _, phase := range round.Phases() {
		if phase.Active() {
			require.Contains(t, words, string(phase))
		}
	}
}
