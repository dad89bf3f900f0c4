package dataset

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Bounds of a conversation.
const (
	// MaxConversation bounds the bytes of all that is said in a conversation: 64 KiB.
	MaxConversation = 64 << 10
	// MaxTurns bounds the turns of a conversation.
	MaxTurns = 256
)

// Turn is one turn of a conversation.
type Turn struct {
	Role    string `json:"role"` // "user" or "assistant"
	Content string `json:"content"`
}

// Conversation is a sample of a language model: what it was told, and how a user and an assistant spoke.
type Conversation struct {
	System string `json:"system,omitempty"` // what the assistant was told; may be empty
	Turns  []Turn `json:"conversations"`    // a user's and an assistant's in turns
}

// Check returns an error unless a user and an assistant speak in turns, the user first and the assistant last, and each says
// something, within the bounds.
func (c Conversation) Check() error {
	size := len(c.System)
	for i, t := range c.Turns {
		want := "user"
		if i%2 == 1 {
			want = "assistant"
		}
		switch {
		case t.Role != want:
			return fmt.Errorf("turn %d is that of %.40q: user and assistant take turns, the user first", i+1, t.Role)
		case strings.TrimSpace(t.Content) == "":
			return fmt.Errorf("turn %d: it is empty", i+1)
		}
		size += len(t.Content)
	}
	switch {
	case len(c.Turns) == 0 || len(c.Turns)%2 == 1:
		return errors.New("the last turn is not an assistant's")
	case len(c.Turns) > MaxTurns:
		return fmt.Errorf("more than %d turns", MaxTurns)
	case size > MaxConversation:
		return fmt.Errorf("%d bytes, at most %d", size, MaxConversation)
	}
	return nil
}

// ConversationSet is a set of conversations in memory. It becomes samples of tokens, each with a label of its own, where it
// meets a package of a language model ([Adapt], [Sequences]).
type ConversationSet struct {
	origin
	list  []Conversation
	bytes int // of all that is said, with what strings cost
}

// NewConversations returns a set of conversations. One that breaks the rules of [Conversation.Check] is an ErrFormat.
func NewConversations(list []Conversation) (*ConversationSet, error) {
	s := &ConversationSet{}
	for i, c := range list {
		if err := s.add(c); err != nil {
			return nil, fmt.Errorf("conversation %d: %w", i, err)
		}
	}
	return s.finish()
}

// add takes one conversation.
func (s *ConversationSet) add(c Conversation) error {
	if err := c.Check(); err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	s.bytes += len(c.System) + stringCost
	for _, t := range c.Turns {
		s.bytes += len(t.Content) + 2*stringCost
	}
	if s.bytes > MaxBytes {
		return fmt.Errorf("%w: more than %d bytes of conversations", ErrTooLarge, MaxBytes)
	}
	c.Turns = slices.Clone(c.Turns)
	s.list = append(s.list, c)
	return nil
}

func (s *ConversationSet) finish() (*ConversationSet, error) {
	if len(s.list) == 0 {
		return nil, fmt.Errorf("%w: no conversations", ErrFormat)
	}
	return s, nil
}

// Len returns the number of conversations.
func (s *ConversationSet) Len() int { return len(s.list) }

// Shape returns nil: conversations have no shape before they are tokenized.
func (s *ConversationSet) Shape() []int { return nil }

// Classes returns 1: conversations have no classes, and 0 for a label.
func (s *ConversationSet) Classes() int { return 1 }

// Conversation is conversation i, 0 ≤ i < Len.
func (s *ConversationSet) Conversation(i int) Conversation { return s.list[i] }

// Text returns what is said in a conversation, turn by turn, and label 0.
func (s *ConversationSet) Text(i int) (said []string, label int, err error) {
	if i < 0 || i >= len(s.list) {
		return nil, 0, fmt.Errorf("%w: %d of %d", ErrIndex, i, len(s.list))
	}
	for _, t := range s.list[i].Turns {
		said = append(said, t.Content)
	}
	return said, 0, nil
}

// Sample returns label 0; dst must be empty, since a conversation is no numbers.
func (s *ConversationSet) Sample(i int, dst []float32) (int, error) {
	if len(dst) != 0 {
		return 0, fmt.Errorf("%w: this set holds conversations, which a package of a language model makes tokens of", ErrBuffer)
	}
	_, label, err := s.Text(i)
	return label, err
}

// content returns what a conversation holds, for a Survey.
func (s *ConversationSet) content(i int) ([]byte, int, error) {
	said, label, err := s.Text(i)
	return []byte(strings.Join(said, "\x00")), label, err
}

// pick is the set of the conversations with these indices, which are in range.
func (s *ConversationSet) pick(indices []int) *ConversationSet {
	some := &ConversationSet{origin: s.origin, list: make([]Conversation, len(indices))}
	for k, i := range indices {
		some.list[k] = s.list[i]
	}
	return some
}
