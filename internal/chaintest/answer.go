package chaintest

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"testing"

	"github.com/gagliardetto/solana-go"
)

// Answer is a node that answers every call with the same text, for
// chain.Config.Transport.
type Answer string

// RoundTrip implements http.RoundTripper.
func (a Answer) RoundTrip(*http.Request) (*http.Response, error) {
	return Respond(200, string(a)), nil
}

// SeedAnswers gives a fuzz test the answers that nodes give: of all kinds, and
// with such an account of a program, as Listed writes it.
func SeedAnswers(f *testing.F, program solana.PublicKey, listed string) {
	empty := fmt.Sprintf(`{"data":["","base64"],"owner":"%s","lamports":1}`, program)
	for _, result := range []string{`null`, `[]`, `[` + listed + `]`,
		`{"context":{"slot":1},"value":[` + listed + `]}`,
		`{"context":{"slot":1},"value":5}`,
		`{"context":{"slot":1},"value":[` + empty + `]}`,
		`{"context":{"slot":1},"value":` + empty + `}`,
		`{"slot":1,"meta":{"err":{"InstructionError":[0,{"Custom":6000}]},"logMessages":["x"]},"transaction":["AA==","base64"]}`,
		`{"context":{"slot":1},"value":{"err":{"InstructionError":[255,"x"]},"logs":null}}`} {
		f.Add(`{"jsonrpc":"2.0","id":1,"result":` + result + `}`)
	}
	f.Add(`{"jsonrpc":"2.0","id":1,"error":{"code":-32002,"message":"m","data":{"err":{"InstructionError":[0,{"Custom":1e9}]},"logs":[1]}}}`)
}

// Listed is an account as a node lists it.
func Listed(owner solana.PublicKey, data []byte) string {
	return fmt.Sprintf(`{"pubkey":"%s","account":{"lamports":1,"owner":"%s","executable":false,"rentEpoch":18446744073709551615,"space":1,"data":["%s","base64"]}}`,
		solana.PublicKey{5}, owner, base64.StdEncoding.EncodeToString(data))
}
