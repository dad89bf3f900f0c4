package dataset

import (
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset/tokenizer"
)

func TestReadConversationsOfAllForms(t *testing.T) {
	text := `{"system": "s", "conversations": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}

{"conversations": [{"from": "system", "value": "s"}, {"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]}
{"id": [7], "messages": [{"role": "developer", "content": "s"}, {"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}`
	want := Conversation{"s", []Turn{{"user", "a"}, {"assistant", "b"}}}
	path := filepath.Join(t.TempDir(), "talks.jsonl.gz")
	f, err := os.Create(path)
	require.NoError(t, err)
	z := gzip.NewWriter(f)
	_, err = z.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	require.NoError(t, f.Close())
	ds, err := Open(ID(200), path, Test, Options{})
	require.NoError(t, err, "whatever the data set is")
	set := ds.(*ConversationSet)
	require.Equal(t, 3, set.Len())
	for i := range 3 {
		require.Equal(t, want, set.Conversation(i))
	}
	look, err := Look(t.Context(), set, nil)
	require.NoError(t, err)
	require.Equal(t, 2, look.Duplicates)
	_, err = set.Sample(0, make([]float32, 1))
	require.ErrorIs(t, err, ErrBuffer)
	_, err = Open(ID(200), path, Test, Options{Label: "id"})
	require.ErrorContains(t, err, "Options.Label means nothing for conversations")

	long := `{"conversations": [{"role": "user", "content": "` + strings.Repeat("a", 70_000) + `"}, {"role": "assistant", "content": "b"}]}`
	for text, says := range map[string]string{
		`{"messages": [{"role": "tool", "content": "s"}]}`: "tool", `{"messages": []}`: "last turn", `x`: "line 1", ``: "no conversations",
		`{"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}]}]}`: `turn 1: "content" is a JSON array; want a string`,
		`{"conversations": "hello"}`:                                              "list of turns",
		`{"conversations": [{"role": "user", "content": " "}]}`:                   "turn 1: it is empty",
		`{"conversations": [{"role": "assistant", "content": "a"}]}`:              "the user first",
		`{"conversations": [` + strings.Repeat(`{"role": "user"},`, 300) + `{}]}`: "more than 256 turns",
		long: "at most 65536",
	} {
		_, err := ReadConversations(strings.NewReader(text))
		require.ErrorIs(t, err, ErrFormat, text)
		require.ErrorContains(t, err, says)
	}
	_, err = ReadJSONL(strings.NewReader(`{"instruction": "a", "input": "", "output": "b"}`), Options{})
	require.ErrorContains(t, err, `write "instruction" and its answer as {"messages"`)
	_, err = NewConversations([]Conversation{want, {}})
	require.ErrorContains(t, err, "conversation 1")
}

// sequence is a sample whose tokens are bytes: what it says, what of it is to be predicted, and the labels.
func sequence(t *testing.T, ds Dataset, i int) (tokens, predicted string, ids []float32, labels []int) {
	t.Helper()
	n := ds.(Described).Shape()[0]
	ids, labels = make([]float32, n), make([]int, n)
	require.NoError(t, ds.(Sequences).Sequence(i, ids, labels))
	for k := range ids {
		if ids[k] != 0 {
			tokens += string(rune(ids[k]))
		}
		if labels[k] != NoLabel {
			predicted += string(rune(labels[k]))
		}
	}
	return tokens, predicted, ids, labels
}

// Conversations become ChatML, of which the end is kept and what the assistant says is to be predicted.
func TestConversationsAsBytes(t *testing.T) {
	set, err := NewConversations([]Conversation{
		{"Be brief.", []Turn{{"user", "1+1?"}, {"assistant", "2"}, {"user", "why\n"}, {"assistant", "so"}}},
		{"", []Turn{{"user", strings.Repeat("x", 500)}, {"assistant", "yes"}}},
	})
	require.NoError(t, err)
	of := func(n int) Dataset {
		ds, err := Adapt(set, Schema{Shape: []int{n}})
		require.NoError(t, err)
		return ds
	}
	tokens, predicted, ids, labels := sequence(t, of(300), 0)
	require.Equal(t, "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n1+1?<|im_end|>\n<|im_start|>assistant\n2<|im_end|>\n"+
		"<|im_start|>user\nwhy\n<|im_end|>\n<|im_start|>assistant\nso<|im_end|>\n", tokens)
	require.Equal(t, "2<|im_end|>so<|im_end|>", predicted)
	require.Zero(t, ids[299], "filled at the end")
	at := strings.Index(tokens, "\n2<")
	require.Equal(t, []int{NoLabel, '2', '<'}, labels[at-1:at+2], "each place is labelled with the token after it")

	tokens, predicted, _, _ = sequence(t, of(40), 1)
	require.Equal(t, "rt|>assistant\nyes<|im_end|>\n", tokens[len(tokens)-28:])
	require.Len(t, tokens, 40, "the last ones")
	require.Equal(t, "yes<|im_end|>", predicted)
	tokens, predicted, _, labels = sequence(t, of(13), 1)
	require.Equal(t, "es<|im_end|>\n", tokens)
	require.Equal(t, "s<|im_end|>", predicted, "nothing is before the first token that could predict it")
	require.Equal(t, NoLabel, labels[12], "nor anything behind the last one")

	for n, want := range map[int][]string{300: {"1+1?", "2", "why\n", "so"}, 60: {"why\n", "so"}, 48: {"y\n", "so"}, 40: {"so"}, 12: {"o"}, 11: nil} {
		said, err := Seen(of(n), 0)
		require.NoError(t, err)
		require.Equal(t, want, said, "of %d bytes: what is cut off is not seen", n)
	}
	_, err = Seen(of(11), 2)
	require.ErrorIs(t, err, ErrIndex)

	some, err := Subset(set, []int{1})
	require.NoError(t, err)
	some, err = Adapt(some, Schema{Shape: []int{40}})
	require.NoError(t, err)
	_, predicted, _, _ = sequence(t, some, 0)
	require.Equal(t, "yes<|im_end|>", predicted)

	require.ErrorContains(t, of(2).(Sequences).Sequence(0, make([]float32, 2), make([]int, 2)), "none of its last 2 tokens is to be predicted")
	require.ErrorIs(t, of(4).(Sequences).Sequence(2, make([]float32, 4), make([]int, 4)), ErrIndex)
	require.ErrorIs(t, of(4).(Sequences).Sequence(0, make([]float32, 4), make([]int, 3)), ErrBuffer)
	_, err = Adapt(set, Schema{Shape: []int{2, 2}})
	require.ErrorIs(t, err, ErrShape)
}

// Marks are one token each where the tokenizer has them, and the parts of a turn are encoded by themselves.
func TestConversationsWithATokenizer(t *testing.T) {
	vocabulary := func(marks string) *tokenizer.Tokenizer {
		k, err := tokenizer.Parse([]byte(`{"version": "1.0", "added_tokens": [` + marks + `],
			"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
			"post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "u", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}], "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
				"special_tokens": {"u": {"id": "u", "ids": [10], "tokens": ["u"]}}},
			"model": {"type": "BPE", "vocab": {"x": 0, "Ċ": 1, "a": 2, "e": 3, "h": 4, "i": 5, "n": 6, "r": 7, "s": 8, "t": 9, "u": 10, "<": 11, "|": 12, "m": 13, "_": 14, "d": 15, ">": 16, "hi": 17}, "merges": ["h i"]}}`))
		require.NoError(t, err)
		return k
	}
	set, err := NewConversations([]Conversation{{Turns: []Turn{{"user", "hi"}, {"assistant", "hi\n"}}}})
	require.NoError(t, err)
	encode := func(k *tokenizer.Tokenizer) (all, predicted []int) {
		ds, err := Adapt(set, Schema{Shape: []int{99}, Tokenizer: k})
		require.NoError(t, err)
		_, _, ids, labels := sequence(t, ds, 0)
		for i := range ids {
			if ids[i] != 0 {
				all = append(all, int(ids[i]))
			}
			if labels[i] != NoLabel {
				predicted = append(predicted, labels[i])
			}
		}
		return all, predicted
	}
	mark := func(text string) string {
		return `{"content": "` + text + `", "id": 0, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}`
	}
	all, predicted := encode(vocabulary(mark(turnStart) + "," + mark(turnEnd)))
	require.Equal(t, []int{18, 10, 8, 3, 7, 1, 17, 19, 1, 18, 2, 8, 8, 5, 8, 9, 2, 6, 9, 1, 17, 1, 19, 1}, all, "with no special token around")
	require.Equal(t, []int{17, 1, 19}, predicted, "the mark at the end is predicted, the end of the line behind it is not")
	_, predicted = encode(vocabulary(""))
	require.Equal(t, []int{17, 1, 11, 12, 5, 13, 14, 3, 6, 15, 12, 16}, predicted, "as plain text")
}
