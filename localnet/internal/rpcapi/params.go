package rpcapi

import (
	"encoding/base64"
	"errors"

	"github.com/gagliardetto/solana-go"
	"github.com/mr-tron/base58"

	"github.com/decloud-sdk/decloud-go/localnet/internal/jsonrpc"
)

// Codes of Agave's own errors (rpc-client-api/src/custom_error.rs).
const (
	codeBlockCleanedUp        = -32001
	codePreflightFailure      = -32002
	codeSignatureVerification = -32003
	codeBlockNotAvailable     = -32004
	codeUnhealthy             = -32005
	codeSlotSkipped           = -32007
	codeNoSnapshot            = -32008
	codeScan                  = -32012
	codeUnsupportedVersion    = -32015
	codeMinContextSlot        = -32016
)

// contextConfig holds the members that every method's configuration object has.
type contextConfig struct {
	Commitment     *string `json:"commitment"`
	MinContextSlot *uint64 `json:"minContextSlot"`
}

// check refuses unknown commitments and slots in the future.
func (a *API) check(c contextConfig) error {
	if err := CheckCommitment(c.Commitment); err != nil {
		return err
	}
	if slot := a.Bank.Slot(); c.MinContextSlot != nil && slot < *c.MinContextSlot {
		return &jsonrpc.Error{
			Code:    codeMinContextSlot,
			Message: "Minimum context slot has not been reached",
			Data:    map[string]uint64{"contextSlot": slot},
		}
	}
	return nil
}

// checkContext reads argument i as a contextConfig and checks it.
func (a *API) checkContext(p jsonrpc.Params, i int) error {
	var c contextConfig
	if err := p.Decode(i, &c); err != nil {
		return err
	}
	return a.check(c)
}

// CheckCommitment refuses an unknown commitment level; nil is the default.
func CheckCommitment(level *string) error {
	if level == nil {
		return nil
	}
	switch *level {
	case "processed", "confirmed", "finalized":
		return nil
	}
	return jsonrpc.InvalidParams("Invalid params: unknown variant `%.20s`, expected one of `processed`, `confirmed`, `finalized`", *level)
}

// atLeastConfirmed is CheckCommitment for the methods that read history.
func atLeastConfirmed(level *string) error {
	if level != nil && *level == "processed" {
		return jsonrpc.InvalidParams("Method does not support commitment below `confirmed`")
	}
	return CheckCommitment(level)
}

var (
	errNotBase58 = jsonrpc.InvalidParams("Invalid param: Invalid")
	errWrongSize = jsonrpc.InvalidParams("Invalid param: WrongSize")
)

// decode58 decodes exactly len(out) bytes. The text's length is checked first,
// since base58 takes quadratic time.
func decode58(text string, out []byte) error {
	if len(text) > len(out)*138/100+1 {
		return errWrongSize
	}
	raw, err := base58.Decode(text)
	switch {
	case err != nil:
		return errNotBase58
	case len(raw) != len(out):
		return errWrongSize
	}
	copy(out, raw)
	return nil
}

// ParseKey parses a public key, 32 bytes in base58.
func ParseKey(text string) (key solana.PublicKey, err error) {
	err = decode58(text, key[:])
	return key, err
}

func parseKeys(texts []string) ([]solana.PublicKey, error) {
	keys := make([]solana.PublicKey, len(texts))
	for i, text := range texts {
		if err := decode58(text, keys[i][:]); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

func parseSignature(text string) (sig solana.Signature, err error) {
	err = decode58(text, sig[:])
	return sig, err
}

// KeyParam reads argument i as a public key.
func KeyParam(p jsonrpc.Params, i int) (solana.PublicKey, error) {
	var text string
	if err := p.Require(i, &text); err != nil {
		return solana.PublicKey{}, err
	}
	return ParseKey(text)
}

// SignatureParam reads argument i as a signature.
func SignatureParam(p jsonrpc.Params, i int) (solana.Signature, error) {
	var text string
	if err := p.Require(i, &text); err != nil {
		return solana.Signature{}, err
	}
	return parseSignature(text)
}

// Limits of an encoded transaction or message: packetSize bytes and the lengths
// of their longest encodings.
const (
	packetSize    = 1232
	maxBase58Text = 1683
	maxBase64Text = 1644
)

// decodeWire decodes a transaction or a message (what, for errors) in base58 or
// base64.
func decodeWire(text, encoding, what string) ([]byte, error) {
	limit, decode := maxBase58Text, base58.Decode
	switch encoding {
	case "base58":
	case "base64":
		limit, decode = maxBase64Text, base64.StdEncoding.DecodeString
	default:
		return nil, jsonrpc.InvalidParams("unsupported encoding: %.20s. Supported encodings: base58, base64", encoding)
	}
	if len(text) > limit {
		return nil, jsonrpc.InvalidParams("%s encoded %s too large: %d bytes (max: encoded/raw %d/%d)", encoding, what, len(text), limit, packetSize)
	}
	wire, err := decode(text)
	if err != nil {
		return nil, jsonrpc.InvalidParams("invalid %s encoding: %v", encoding, err)
	}
	if len(wire) > packetSize {
		return nil, jsonrpc.InvalidParams("decoded %s too large: %d bytes (max: %d bytes)", what, len(wire), packetSize)
	}
	if len(wire) == 0 {
		return nil, jsonrpc.InvalidParams("failed to deserialize %s: %v", what, errors.New("no bytes"))
	}
	return wire, nil
}
