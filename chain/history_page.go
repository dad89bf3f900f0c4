package chain

import (
	"bytes"
	"encoding/json"

	"github.com/gagliardetto/solana-go"
)

// listed is what a list of signatures says of one transaction.
type listed struct {
	signature solana.Signature
	slot      uint64
	failed    bool
}

// signaturePage is a node's list of signatures. It holds no more than was asked for,
// whatever the node sends.
type signaturePage struct {
	limit int
	all   []listed
	read  bool
}

// UnmarshalJSON implements json.Unmarshaler.
func (p *signaturePage) UnmarshalJSON(raw []byte) error {
	p.all, p.read = nil, false
	in := json.NewDecoder(bytes.NewReader(raw))
	if open, err := in.Token(); err != nil || open != json.Delim('[') {
		return errMalformedAnswer
	}
	for in.More() {
		var w struct {
			Signature string          `json:"signature"`
			Slot      uint64          `json:"slot"`
			Err       json.RawMessage `json:"err"`
		}
		if err := in.Decode(&w); err != nil {
			return errMalformedAnswer
		}
		const longest = 88 // that a signature's text can be: longer ones would take long to decode
		if len(p.all) == p.limit || len(w.Signature) > longest {
			return errMalformedAnswer
		}
		sig, err := solana.SignatureFromBase58(w.Signature)
		if err != nil || sig.IsZero() {
			return errMalformedAnswer
		}
		p.all = append(p.all, listed{sig, w.Slot, w.Err != nil && string(w.Err) != "null"})
	}
	p.read = true
	return nil
}
