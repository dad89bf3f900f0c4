package chain

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/gagliardetto/solana-go"
)

// EventData is what a program itself wrote as data ("Program data: …") in the
// logs of a transaction that succeeded, which is how Anchor programs report
// events: 8 bytes that say which event, and then its fields.
//
// The stack of invocations shows which lines are the program's own: neither the
// programs that it calls nor those that call it can forge one. EventData stops
// where the logs are cut or their nesting is inconsistent. Logs of a transaction
// that failed give nothing, since it had no effect. Logs are cut at 10 kB, so
// missing data proves nothing: what counts is in the accounts.
func EventData(program solana.PublicKey, logs []string) [][]byte {
	var out [][]byte
	own := program.String()
	failed := replay(logs, func(writer, text string) {
		if writer != own {
			return
		}
		if data, err := base64.StdEncoding.DecodeString(text); err == nil {
			out = append(out, data)
		}
	})
	if failed != "" {
		return nil
	}
	return out
}

// failedProgram is the program in which a transaction failed according to its
// logs: the innermost one. Nobody can forge this, since a failed call cannot be
// caught.
func failedProgram(logs []string) (solana.PublicKey, bool) {
	key, err := parseKey(replay(logs, func(string, string) {}))
	return key, err == nil
}

// replay follows the invocations in the logs of a transaction, and calls data
// for each line of data with the program that wrote it. It returns the address
// of the first program that failed, empty where none did or the logs end before.
func replay(logs []string, data func(writer, text string)) (failed string) {
	var stack []string // programs that are running, the innermost last
	top := func() string {
		if len(stack) == 0 {
			return ""
		}
		return stack[len(stack)-1]
	}
	for _, line := range logs {
		if line == "Log truncated" {
			return ""
		}
		if text, ok := strings.CutPrefix(line, "Program data: "); ok {
			data(top(), text)
			continue
		}
		words := strings.Split(line, " ")
		if len(words) < 3 || words[0] != "Program" || !isKey(words[1]) {
			continue // such as "Program log: ", after which a program may write anything
		}
		switch program := words[1]; {
		case words[2] == "invoke" && len(words) == 4:
			stack = append(stack, program)
			if words[3] != "["+strconv.Itoa(len(stack))+"]" {
				return ""
			}
		case words[2] == "success" && len(words) == 3:
			if top() != program {
				return ""
			}
			stack = stack[:len(stack)-1]
		case words[2] == "failed:" && top() == program:
			return program
		}
	}
	return ""
}

// isKey reports whether a text is a key.
func isKey(text string) bool {
	_, err := parseKey(text)
	return err == nil
}

// parseKey decodes a key. It does not decode long texts, which takes time in the square of
// their length.
func parseKey(text string) (solana.PublicKey, error) {
	const longest = 44
	if len(text) > longest {
		return solana.PublicKey{}, errMalformedAnswer
	}
	return solana.PublicKeyFromBase58(text)
}
