package chain

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/gagliardetto/solana-go"
)

// EventData is what a program itself wrote as data ("Program data: …") in the
// logs of a transaction that succeeded, which is how Anchor programs tell of
// events: 8 bytes that say which, and then its fields.
//
// Lines count as the program's own by the stack of invocations: neither the
// programs that it calls nor those that call it can forge one. Where the logs are
// cut, or their nesting makes no sense, it stops. Logs of a transaction that
// failed give nothing, for nothing of it happened. Logs are cut at 10 kB, so
// that data is missing proves nothing: what counts is in the accounts.
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

// failedProgram is the program that a transaction failed in by its logs: the
// innermost one. Nobody can forge this, for a failed call cannot be caught.
func failedProgram(logs []string) (solana.PublicKey, bool) {
	key, err := solana.PublicKeyFromBase58(replay(logs, func(string, string) {}))
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
			continue // such as "Program log: ", behind which a program writes what it likes
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

// isKey reports whether a text is a key. Decoding a long one would take long.
func isKey(text string) bool {
	const longest = 44
	if len(text) > longest {
		return false
	}
	_, err := solana.PublicKeyFromBase58(text)
	return err == nil
}
