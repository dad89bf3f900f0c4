package submission

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// chat is a line of the forms in which conversations are kept: FLock's, ShareGPT's ("from" and
// "value") and OpenAI's ("messages", the first of which may be the system's).
type chat struct {
	System        string     `json:"system"`
	Conversations []chatTurn `json:"conversations"`
	Messages      []chatTurn `json:"messages"`
}

type chatTurn struct {
	Role    string `json:"role"`
	Content string `json:"content"`
	From    string `json:"from"`
	Value   string `json:"value"`
}

// speakers are the names in use for who speaks.
var speakers = map[string]string{"user": "user", "human": "user", "assistant": "assistant", "gpt": "assistant", "model": "assistant", "system": "system"}

// ReadConversations reads a file of your own, one conversation in JSON a line: {"system",
// "conversations": [{"role", "content"}]}, [{"from", "value"}] in their place, or {"messages":
// […]}. Errors about a line are a [dataset.RowError]. It is for making submissions; a
// submission itself is read by [Read].
func ReadConversations(r io.Reader) ([]Conversation, error) {
	scan := bufio.NewScanner(r)
	scan.Buffer(nil, 16<<20)
	var list []Conversation
	for line := 1; scan.Scan(); line++ {
		if len(bytes.TrimSpace(scan.Bytes())) == 0 {
			continue
		}
		c, err := readChat(scan.Bytes())
		if err != nil {
			return nil, &dataset.RowError{Line: line, Err: err}
		}
		if list = append(list, c); len(list) > MaxRows {
			return nil, fmt.Errorf("%w: more than %d conversations", dataset.ErrTooLarge, MaxRows)
		}
	}
	return list, scan.Err()
}

func readChat(line []byte) (c Conversation, err error) {
	var in chat
	if err := json.Unmarshal(line, &in); err != nil {
		return c, fmt.Errorf("%w: %w", dataset.ErrFormat, err)
	}
	c.System = in.System
	for i, t := range append(in.Conversations, in.Messages...) {
		role, ok := speakers[strings.ToLower(t.Role+t.From)]
		said := t.Content + t.Value
		switch {
		case !ok:
			return c, fmt.Errorf("%w: turn %d is that of %.40q: want user or assistant", dataset.ErrFormat, i+1, t.Role+t.From)
		case role == "system" && i == 0 && c.System == "":
			c.System = said
		default:
			c.Turns = append(c.Turns, Turn{role, said})
		}
	}
	if err := c.check(); err != nil {
		return c, fmt.Errorf("%w: %w", dataset.ErrFormat, err)
	}
	return c, nil
}
