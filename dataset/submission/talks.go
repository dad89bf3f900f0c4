package submission

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/decloud-sdk/decloud-go/dataset/internal/jsonrow"
)

// conversations reads {"system": …, "conversations": [{"role", "content"}, …]}.
func (r *reader) conversations(rows int) ([]Conversation, error) {
	list := make([]Conversation, 0, min(rows, 1<<10))
	var row jsonrow.Row
	err := r.lines(rows, func(line []byte) (Reason, error) {
		f, err := readFields(&row, line, "?system", "conversations")
		if err != nil {
			return BadRow, err
		}
		var c Conversation
		if system := f["system"]; len(system) > 0 && string(system) != "null" {
			if c.System, err = text(system); err != nil {
				return BadRow, fmt.Errorf("system: %w", err)
			}
		}
		turns, err := elements(f["conversations"], MaxTurns)
		if err != nil {
			return BadRow, fmt.Errorf("conversations: %w", err)
		}
		for i, t := range turns {
			turn, err := readTurn(&row, t)
			if err != nil {
				return BadRow, fmt.Errorf("turn %d: %w", i+1, err)
			}
			c.Turns = append(c.Turns, turn)
		}
		list = append(list, c)
		return BadRow, c.check()
	})
	return list, err
}

func readTurn(row *jsonrow.Row, value []byte) (t Turn, err error) {
	f, err := readFields(row, value, "role", "content")
	if err != nil {
		return t, err
	}
	if t.Role, err = text(f["role"]); err == nil {
		t.Content, err = spoken(f["content"])
	}
	return t, err
}

// check wants a user and an assistant to speak in turns, the assistant last.
func (c Conversation) check() error {
	size := len(c.System)
	for i, t := range c.Turns {
		want := "user"
		if i%2 == 1 {
			want = "assistant"
		}
		if t.Role != want {
			return fmt.Errorf("turn %d is that of %.40q: user and assistant take turns, the user first", i+1, t.Role)
		}
		size += len(t.Content)
	}
	switch {
	case len(c.Turns) == 0 || len(c.Turns)%2 == 1:
		return errors.New("the last turn is not an assistant's")
	case len(c.Turns) > MaxTurns:
		return fmt.Errorf("more than %d turns", MaxTurns)
	case size > MaxText:
		return fmt.Errorf("%d bytes, at most %d", size, MaxText)
	}
	return nil
}

// elements are the values of a list in JSON, at most so many. The list was checked when the
// row that it is from was read.
func elements(value []byte, most int) (list []json.RawMessage, err error) {
	if len(value) == 0 || value[0] != '[' {
		return nil, fmt.Errorf("%.40q is no list", value)
	}
	dec := json.NewDecoder(bytes.NewReader(value))
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	for dec.More() {
		if len(list) == most {
			return nil, fmt.Errorf("more than %d elements", most)
		}
		var e json.RawMessage
		if err := dec.Decode(&e); err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, nil
}
