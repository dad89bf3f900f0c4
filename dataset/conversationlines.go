package dataset

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/decloud-sdk/decloud-go/dataset/internal/jsonrow"
	"github.com/decloud-sdk/decloud-go/internal/regular"
)

// chatTurn is a turn in the forms in which conversations are kept: FLock's and OpenAI's, or ShareGPT's ("from" and "value").
type chatTurn struct {
	Role    string `json:"role"`
	Content string `json:"content"`
	From    string `json:"from"`
	Value   string `json:"value"`
}

// speakers are the names in use for who speaks.
var speakers = map[string]string{"user": "user", "human": "user", "assistant": "assistant", "gpt": "assistant", "model": "assistant",
	"system": "system", "developer": "system"}

// chatFields are the fields that a line of conversations has one of.
var chatFields = []string{"conversations", "messages"}

// ReadConversations reads one conversation in JSON a line, gzipped or plain: {"system", "conversations": [{"role",
// "content"}]} as FLock keeps them, [{"from", "value"}] in their place as ShareGPT does, or {"messages": […]} as OpenAI does,
// the first of which may be the system's. Errors about a line are a [RowError].
func ReadConversations(r io.Reader) (*ConversationSet, error) {
	s := &ConversationSet{}
	err := eachJSONLine(r, func(row *jsonrow.Row, _ int) error {
		c, err := readChat(row)
		if err != nil {
			return err
		}
		return s.add(c)
	})
	if err != nil {
		return nil, err
	}
	return s.finish()
}

// OpenConversations reads a file. See ReadConversations.
func OpenConversations(path string) (*ConversationSet, error) {
	f, _, err := regular.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s, err := ReadConversations(f)
	if err != nil {
		return nil, inFile(path, err)
	}
	return s, nil
}

func readChat(row *jsonrow.Row) (c Conversation, err error) {
	var system, said []byte
	for row.Next() && err == nil {
		switch name := string(row.Name()); {
		case name == "system":
			err = field(row, &system)
		case slices.Contains(chatFields, name):
			err = field(row, &said)
		}
	}
	if err == nil {
		err = rowError(row)
	}
	if err == nil && !isMissing(system) {
		c.System, err = jsonText("system", system)
	}
	if err != nil {
		return c, err
	}
	turns, err := chatTurns(said)
	if err != nil {
		return c, err
	}
	for i, t := range turns {
		role, ok := speakers[strings.ToLower(t.Role+t.From)]
		switch said := t.Content + t.Value; {
		case !ok:
			return c, fmt.Errorf("%w: turn %d is that of %.40q: want user or assistant; leave conversations with tools out, or write what tools said into these turns", ErrFormat, i+1, t.Role+t.From)
		case role == "system" && i == 0 && c.System == "":
			c.System = said
		default:
			c.Turns = append(c.Turns, Turn{role, said})
		}
	}
	return c, nil
}

// chatTurns reads a list of turns, and no more than there may be.
func chatTurns(value []byte) (turns []chatTurn, err error) {
	if len(value) == 0 || value[0] != '[' {
		return nil, fmt.Errorf("%w: no field %q or %q with a list of turns", ErrFormat, chatFields[0], chatFields[1])
	}
	dec := json.NewDecoder(bytes.NewReader(value))
	_, err = dec.Token()
	for err == nil && dec.More() {
		var t chatTurn
		if err = dec.Decode(&t); err == nil {
			turns = append(turns, t)
		}
		if len(turns) > MaxTurns+1 { // and the system's
			err = fmt.Errorf("more than %d turns", MaxTurns)
		}
	}
	if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) {
		if wrong.Field == "" {
			return nil, fmt.Errorf("%w: turn %d is a JSON %s; want an object with who speaks and what", ErrFormat, len(turns)+1, wrong.Value)
		}
		return nil, fmt.Errorf("%w: turn %d: %q is a JSON %s; want a string, so join what text there is in it", ErrFormat, len(turns)+1, wrong.Field, wrong.Value)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return turns, nil
}

// asked are the fields of instructions with an answer, as Alpaca and trl keep them.
var asked = []string{"instruction", "prompt"}

// notTurns tells who has instructions, not turns, how they become conversations; "" of other fields.
func notTurns(fields []string) string {
	for _, f := range asked {
		if slices.Contains(fields, f) {
			return fmt.Sprintf(`; for a language model write %q and its answer as {"messages": [{"role": "user", "content": …}, {"role": "assistant", "content": …}]}`, f)
		}
	}
	return ""
}

// errOneLine ends reading after the first line.
var errOneLine = errors.New("one line is enough")

// holdsConversations reports whether the first line of a file of JSON lines is a conversation. What is wrong with the file
// is found where it is read.
func holdsConversations(path string) (is bool) {
	f, _, err := regular.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	_ = eachJSONLine(f, func(row *jsonrow.Row, _ int) error {
		for row.Next() {
			if slices.Contains(chatFields, string(row.Name())) {
				v := row.Value()
				is = is || len(v) > 0 && v[0] == '['
			}
		}
		return errOneLine
	})
	return is
}
