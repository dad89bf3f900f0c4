package chain

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc/jsonrpc"
)

// refusal turns the chain's JSON into an error: null, a name, or an object such as
// {"InstructionError": [index, name or {"Custom": code}]}. programs has the program
// of each instruction.
func (c *Client) refusal(raw any, programs []solana.PublicKey, logs []string) error {
	if raw == nil {
		return nil
	}
	whole := func(reason string) error { return &TransactionError{Reason: reason, Instruction: -1, Logs: logs} }
	if name, ok := raw.(string); ok {
		return whole(name)
	}
	object, _ := raw.(map[string]any)
	pair, _ := object["InstructionError"].([]any)
	if len(pair) != 2 {
		for name := range object {
			return whole(name)
		}
		return whole(fmt.Sprint(raw))
	}
	place, ok := number(pair[0])
	if !ok {
		return whole(fmt.Sprint(raw))
	}
	if custom, ok := pair[1].(map[string]any); ok {
		raised, known := raisedBy(programs, place, logs)
		if code, ok := number(custom["Custom"]); ok && known {
			return c.programError(raised, uint32(code), int(place), logs)
		}
	}
	return &TransactionError{Reason: instructionReason(pair[1]), Instruction: int(place), Logs: logs}
}

// raisedBy is the program that an instruction failed in: the one that it is of,
// unless the logs know of one that it called.
func raisedBy(programs []solana.PublicKey, place uint64, logs []string) (solana.PublicKey, bool) {
	if inner, ok := failedProgram(logs); ok {
		return inner, true
	}
	if place < uint64(len(programs)) {
		return programs[place], true
	}
	return solana.PublicKey{}, false
}

// programError is a program's refusal with one of its own codes.
func (c *Client) programError(raised solana.PublicKey, code uint32, place int, logs []string) error {
	e := &ProgramError{Program: raised, Code: code, Instruction: place, Logs: logs}
	if p, ok := c.programs.get(raised); ok {
		e.Name = p.Name
		if p.Errors != nil {
			e.Err = p.Errors(code)
		}
	}
	return e
}

func instructionReason(raw any) string {
	if name, ok := raw.(string); ok {
		return name
	}
	if text, err := json.Marshal(raw); err == nil {
		return string(text)
	}
	return fmt.Sprint(raw)
}

// number converts a whole number from what the various JSON decoders make of it.
func number(v any) (uint64, bool) {
	switch n := v.(type) {
	case float64:
		return uint64(n), n >= 0 && n < 1<<32 && n == float64(uint64(n))
	case interface{ Int64() (int64, error) }: // json.Number
		i, err := n.Int64()
		return uint64(i), err == nil && i >= 0 && i < 1<<32
	}
	return 0, false
}

// preflightRefusal is the refusal by a node's check before it forwards a
// transaction, nil if err is about something else.
func (c *Client) preflightRefusal(err error, programs []solana.PublicKey) error {
	const preflightFailed = -32002
	var answer *jsonrpc.RPCError
	if !errors.As(err, &answer) || answer.Code != preflightFailed {
		return nil
	}
	data, _ := answer.Data.(map[string]any)
	var logs []string
	lines, _ := data["logs"].([]any)
	for _, l := range lines {
		if line, ok := l.(string); ok {
			logs = append(logs, line)
		}
	}
	if data["err"] == nil {
		return &TransactionError{Reason: answer.Message, Instruction: -1, Logs: logs}
	}
	return c.refusal(data["err"], programs, logs)
}
