package tokenizer

import (
	"context"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Small entries take many times their length in memory, so they are counted before any is read.
func TestEntriesAreCountedBeforeTheyAreRead(t *testing.T) {
	const size = 4 << 20
	many := func(entry string) string { return strings.Repeat(entry+",", size/len(entry)) + entry }
	bpe := `"version":"1.0","model":{"type":"BPE","vocab":{"a":0},"merges":[]}`
	for says, file := range map[string]string{
		"merges: more than 2097152":       `{"version":"1.0","model":{"type":"BPE","vocab":{"a":0},"merges":[` + many("1") + `]}}`,
		"vocab: more than 2097152 tokens": `{"version":"1.0","model":{"type":"Unigram","vocab":[` + many("1") + `]}}`,
		"added_tokens: more than 262144":  `{` + bpe + `,"added_tokens":[` + many(`{"a":1}`) + `]}`,
		"normalizers: more than 64 steps": `{` + bpe + `,"normalizer":{"type":"Sequence","normalizers":[` + many("1") + `]}}`,
		"more than 256 fields":            `{` + bpe + `,` + many(`"a":1`) + `}`,
		"template: more than 256 special": `{` + bpe + `,"post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"a","type_id":0}}],"pair":[],"special_tokens":{"a":{"ids":[` + many("1") + `]}}}}`,
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Parse([]byte(file))
		runtime.ReadMemStats(&after)
		require.ErrorIs(t, err, ErrUnsupported)
		require.ErrorContains(t, err, says)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(8*len(file)), says)
	}
}

func TestPatternsThatTakeLong(t *testing.T) {
	_, err := compile(`(?:a{900}|b{900}|c{900}|d{900}|e{900})+`)
	require.ErrorIs(t, err, ErrUnsupported)
	require.ErrorContains(t, err, "repeat less")

	tok, err := Parse([]byte(`{"version":"1.0","model":{"type":"BPE","vocab":{"a":0},"merges":[]},
		"pre_tokenizer":{"type":"Split","pattern":{"Regex":"a.*z|a"},"behavior":"Isolated","invert":false}}`))
	require.NoError(t, err)
	short, err := tok.Until(t.Context()).Tokens("aab")
	require.NoError(t, err)
	require.Equal(t, []int32{0, 0}, short)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	_, err = tok.Until(ctx).Tokens(strings.Repeat("a", MaxText)) // half a day, otherwise
	require.ErrorIs(t, err, context.DeadlineExceeded)
}
