package dataset

import "fmt"

// Seen returns what a model is told of sample i of a set that [Adapt] made of texts or conversations: a text, two that belong
// together, or what user and assistant say, turn by turn. Of a text that is cut, or a conversation of which the end is kept, the
// rest is left out (up to a sixteenth of what is kept): it makes no difference to a model. Of other sets with texts it
// returns these, and an ErrShape of sets without.
func Seen(ds Dataset, i int) (texts []string, err error) {
	switch d := ds.(type) {
	case conversationTokens:
		texts, err = d.seen(i)
	case tokenized:
		texts, err = d.seen(i)
	case relabelled:
		return Seen(d.of, i)
	case describedRelabelled:
		return Seen(d.of, i)
	case interface {
		Text(i int) ([]string, int, error)
	}:
		texts, _, err = d.Text(i)
	default:
		return nil, fmt.Errorf("%w: this set holds no texts", ErrShape)
	}
	if err != nil {
		return nil, fmt.Errorf("sample %d: %w", i, err)
	}
	return texts, nil
}
