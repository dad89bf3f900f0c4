package programtest

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// outcomesFile lists, in a program's folder, the pairs of instruction and outcome that one run of its tests surely meets.
const outcomesFile = "testdata/outcomes.txt"

// Outcomes counts transactions by instruction and outcome.
type Outcomes map[string]int

// Count notes how a transaction with this instruction alone ended.
func (o Outcomes) Count(instruction string, res svm.Result) { o[instruction+" "+Outcome(res)]++ }

// Outcome is how a transaction ended: ok, the code of a custom error, or the name of another one.
func Outcome(res svm.Result) string {
	switch {
	case res.Err == nil:
		return "ok"
	case res.Err.Instruction == nil:
		return res.Err.Kind
	case res.Err.Instruction.Kind == "Custom":
		return fmt.Sprint(res.Err.Instruction.Code)
	}
	return res.Err.Instruction.Kind
}

// Print writes all the counts.
func (o Outcomes) Print(w io.Writer) {
	for _, pair := range slices.Sorted(maps.Keys(o)) {
		fmt.Fprintf(w, "%7d  %s\n", o[pair], pair)
	}
}

// Rare returns the pairs, of those counted and of those expected, that came up fewer than least times.
func (o Outcomes) Rare(expected []string, least int) (rare []string) {
	all := maps.Clone(o)
	for _, pair := range expected {
		all[pair] += 0
	}
	for _, pair := range slices.Sorted(maps.Keys(all)) {
		if all[pair] < least {
			rare = append(rare, pair)
		}
	}
	return rare
}

// rare returns the pairs that came up fewer than PROGRAM_MIRROR_LEAST times, if that is set.
func (o Outcomes) rare() ([]string, error) {
	setting := os.Getenv("PROGRAM_MIRROR_LEAST")
	if setting == "" {
		return nil, nil
	}
	least, err := strconv.Atoi(setting)
	if err != nil {
		return nil, fmt.Errorf("PROGRAM_MIRROR_LEAST: %w", err)
	}
	text, err := os.ReadFile(outcomesFile)
	if err != nil {
		return nil, err
	}
	expected := strings.FieldsFunc(string(text), func(r rune) bool { return r == '\n' })
	return o.Rare(expected, least), nil
}
