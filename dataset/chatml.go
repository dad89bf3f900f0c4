package dataset

import (
	"fmt"
	"slices"

	"github.com/decloud-sdk/decloud-go/dataset/tokenizer"
)

// The marks of ChatML: a turn is <|im_start|>role\ncontent<|im_end|>\n.
const (
	turnStart = "<|im_start|>"
	turnEnd   = "<|im_end|>"
)

// NoLabel is the label of a token at whose place nothing is to be predicted: what cross-entropy ignores in PyTorch, too.
const NoLabel = -100

// Sequences is a set whose samples are tokens, with a label for each of them: what [Adapt] makes of conversations.
type Sequences interface {
	Dataset
	// Sequence writes the tokens of sample i to ids, as many as its shape says, and to labels, for each place, the token that
	// a model is to expect after it, or [NoLabel]. At least one place has a label.
	Sequence(i int, ids []float32, labels []int) error
}

// conversationTokens is a set of conversations as tokens: the last ones of each, in ChatML.
type conversationTokens struct {
	*ConversationSet
	with *tokenizer.Tokenizer // nil: a byte is a token
	size int
}

// adapt makes tokens of the conversations, by the package's tokenizer or of each byte.
func (s *ConversationSet) adapt(schema Schema) (Dataset, error) {
	if len(schema.Shape) != 1 {
		return nil, fmt.Errorf("%w: conversations, and the package takes samples of shape %v: want one of a language model, [tokens]", ErrShape, schema.Shape)
	}
	size, err := countFeatures(schema.Shape)
	if err != nil {
		return nil, err
	}
	return conversationTokens{s, schema.Tokenizer, size}, nil
}

// Shape returns the number of tokens.
func (c conversationTokens) Shape() []int { return []int{c.size} }

// Sample writes the tokens of a conversation.
func (c conversationTokens) Sample(i int, dst []float32) (int, error) {
	return 0, c.Sequence(i, dst, make([]int, len(dst)))
}

// Sequence is of [Sequences].
func (c conversationTokens) Sequence(i int, ids []float32, labels []int) error {
	if i < 0 || i >= len(c.list) {
		return fmt.Errorf("%w: %d of %d", ErrIndex, i, len(c.list))
	}
	if len(ids) != c.size || len(labels) != c.size {
		return fmt.Errorf("%w: %d values and %d labels, there are %d tokens", ErrBuffer, len(ids), len(labels), c.size)
	}
	last, err := c.last(c.list[i])
	if err != nil {
		return fmt.Errorf("conversation %d: %w", i, err)
	}
	clear(ids)
	labelled := false
	for k := range labels {
		labels[k] = NoLabel
		if k < len(last) {
			ids[k] = float32(last[k].id)
		}
		if k+1 < len(last) && last[k+1].answer {
			labels[k], labelled = int(last[k+1].id), true
		}
	}
	if !labelled {
		return fmt.Errorf("conversation %d: %w: none of its last %d tokens is to be predicted", i, ErrFormat, c.size)
	}
	return nil
}

// token is one of a conversation.
type token struct {
	id     int32
	answer bool // the assistant says it: it is to be predicted
}

// seen is what of a conversation its tokens hold, turn by turn.
func (c conversationTokens) seen(i int) (said []string, err error) {
	if i < 0 || i >= len(c.list) {
		return nil, fmt.Errorf("%w: %d of %d", ErrIndex, i, len(c.list))
	}
	_, err = c.walk(c.list[i], func(t Turn, room int) error {
		if t.Role == "system" {
			return nil
		}
		end, err := c.end(t.Content, room)
		said = append(said, end)
		return err
	})
	slices.Reverse(said)
	return said, err
}

// last are the last tokens of a conversation, at most as many as a sample has. Turns before them are not tokenized.
func (c conversationTokens) last(of Conversation) ([]token, error) {
	return c.walk(of, func(Turn, int) error { return nil })
}

// walk calls each, from the last turn back, with every turn of whose content there are tokens among the last ones, and how many
// of them there can be. It returns them.
func (c conversationTokens) walk(of Conversation, each func(t Turn, room int) error) (list []token, err error) {
	turns := of.Turns
	if of.System != "" {
		turns = append([]Turn{{"system", of.System}}, turns...)
	}
	for i := len(turns) - 1; i >= 0 && len(list) < c.size; i-- { // from the last token back
		t := turns[i]
		answers := t.Role == "assistant"
		for k, part := range []struct {
			text   string
			answer bool
		}{{"\n", false}, {turnEnd, answers}, {t.Content, answers}, {turnStart + t.Role + "\n", false}} {
			if room := c.size - len(list); k == 2 && room > 0 {
				if err := each(t, room); err != nil {
					return nil, err
				}
			}
			ids, err := c.ids(part.text)
			if err != nil {
				return nil, err
			}
			for _, id := range slices.Backward(ids) {
				list = append(list, token{id, part.answer})
			}
		}
	}
	list = list[:min(len(list), c.size)]
	slices.Reverse(list)
	return list, nil
}

// end is the end of what is said that so many tokens hold.
func (c conversationTokens) end(said string, tokens int) (string, error) {
	if c.with != nil {
		return c.with.SeenLast(said, tokens)
	}
	return said[max(0, len(said)-tokens):], nil
}

// ids are the tokens of one part of a conversation.
func (c conversationTokens) ids(text string) ([]int32, error) {
	if c.with != nil {
		return c.with.Tokens(text)
	}
	ids := make([]int32, len(text))
	for i := range len(text) {
		ids[i] = int32(text[i])
	}
	return ids, nil
}
