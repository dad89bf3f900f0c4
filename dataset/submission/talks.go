package submission

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/dataset/internal/jsonrow"
)

// conversations reads {"system": …, "conversations": [{"role", "content"}, …]}.
func (r *reader) conversations(rows int) (*dataset.ConversationSet, error) {
	list := make([]dataset.Conversation, 0, min(rows, 1<<10))
	var row jsonrow.Row
	err := r.lines(rows, func(line []byte) (Reason, error) {
		f, err := readFields(&row, line, "?system", "conversations")
		if err != nil {
			return BadRow, err
		}
		var c dataset.Conversation
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
		return BadRow, c.Check()
	})
	if err != nil {
		return nil, err
	}
	set, err := dataset.NewConversations(list)
	if err != nil {
		return nil, invalid(BadRow, LinesFile, "%v", err)
	}
	return set, nil
}

func readTurn(row *jsonrow.Row, value []byte) (t dataset.Turn, err error) {
	f, err := readFields(row, value, "role", "content")
	if err != nil {
		return t, err
	}
	if t.Role, err = text(f["role"]); err == nil {
		t.Content, err = text(f["content"])
	}
	return t, err
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
