package rpcapi

import (
	"github.com/gagliardetto/solana-go"
	"github.com/mr-tron/base58"

	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// numbers encodes as a JSON array; encoding/json would write []byte as base64.
type numbers []uint16

type uiInstruction struct {
	ProgramIDIndex uint16  `json:"programIdIndex"`
	Accounts       numbers `json:"accounts"`
	Data           string  `json:"data"`
	StackHeight    int     `json:"stackHeight"`
}

// uiInner are the instructions that one of the transaction's own invoked:
// compiled, or parsed in the encoding jsonParsed.
type uiInner struct {
	Index        uint8 `json:"index"`
	Instructions []any `json:"instructions"`
}

// showInner returns inner instructions in compiled form.
func showInner(inner []svm.InnerInstructions) []uiInner {
	shown := make([]uiInner, len(inner))
	for i, group := range inner {
		shown[i] = uiInner{group.Index, make([]any, len(group.Instructions))}
		for j, ix := range group.Instructions {
			shown[i].Instructions[j] = uiInstruction{ix.ProgramIDIndex, append(numbers{}, ix.Accounts...), base58.Encode(ix.Data), int(ix.StackHeight)}
		}
	}
	return shown
}

type uiHeader struct {
	Signatures       uint8 `json:"numRequiredSignatures"`
	ReadOnlySigned   uint8 `json:"numReadonlySignedAccounts"`
	ReadOnlyUnsigned uint8 `json:"numReadonlyUnsignedAccounts"`
}

type uiLookup struct {
	Table    solana.PublicKey `json:"accountKey"`
	Writable numbers          `json:"writableIndexes"`
	ReadOnly numbers          `json:"readonlyIndexes"`
}

type uiMessage struct {
	Header       uiHeader           `json:"header"`
	AccountKeys  []solana.PublicKey `json:"accountKeys"`
	Blockhash    solana.Hash        `json:"recentBlockhash"`
	Instructions []uiInstruction    `json:"instructions"`
	Lookups      *[]uiLookup        `json:"addressTableLookups,omitempty"` // versioned messages only
}

type uiSigned struct {
	Signatures []solana.Signature `json:"signatures"`
	Message    any                `json:"message"`
}

// showJSON returns a transaction in the encoding "json".
func showJSON(tx *solana.Transaction) uiSigned {
	m := &tx.Message
	out := uiMessage{
		Header:       uiHeader{m.Header.NumRequiredSignatures, m.Header.NumReadonlySignedAccounts, m.Header.NumReadonlyUnsignedAccounts},
		AccountKeys:  m.AccountKeys,
		Blockhash:    m.RecentBlockhash,
		Instructions: make([]uiInstruction, len(m.Instructions)),
		Lookups:      showLookups(m),
	}
	for i, ix := range m.Instructions {
		out.Instructions[i] = uiInstruction{ix.ProgramIDIndex, append(numbers{}, ix.Accounts...), base58.Encode(ix.Data), 1}
	}
	return uiSigned{tx.Signatures, out}
}

func showLookups(m *solana.Message) *[]uiLookup {
	if !m.IsVersioned() {
		return nil
	}
	lookups := make([]uiLookup, len(m.AddressTableLookups))
	for i, l := range m.AddressTableLookups {
		lookups[i] = uiLookup{l.AccountKey, widen(l.WritableIndexes), widen(l.ReadonlyIndexes)}
	}
	return &lookups
}

func widen(list []uint8) numbers {
	out := make(numbers, len(list))
	for i, n := range list {
		out[i] = uint16(n)
	}
	return out
}

type uiParsedKey struct {
	Pubkey   solana.PublicKey `json:"pubkey"`
	Writable bool             `json:"writable"`
	Signer   bool             `json:"signer"`
	Source   string           `json:"source"`
}

type uiParsedMessage struct {
	AccountKeys  []uiParsedKey `json:"accountKeys"`
	Blockhash    solana.Hash   `json:"recentBlockhash"`
	Instructions []any         `json:"instructions"`
	Lookups      *[]uiLookup   `json:"addressTableLookups,omitempty"`
}

// showParsed returns a transaction in the encoding "jsonParsed": keys with
// their roles, and instructions parsed where their program is known.
func showParsed(tx *solana.Transaction, keys []solana.PublicKey) uiSigned {
	m := &tx.Message
	out := uiParsedMessage{
		AccountKeys:  make([]uiParsedKey, len(keys)),
		Blockhash:    m.RecentBlockhash,
		Instructions: make([]any, len(m.Instructions)),
		Lookups:      showLookups(m),
	}
	for i, key := range keys {
		out.AccountKeys[i] = parsedKey(m, i, key)
	}
	for i, ix := range m.Instructions {
		out.Instructions[i] = showParsedInstruction(svm.InnerInstruction{ProgramIDIndex: ix.ProgramIDIndex, Accounts: ix.Accounts, Data: ix.Data, StackHeight: 1}, keys)
	}
	return uiSigned{tx.Signatures, out}
}

func parsedKey(m *solana.Message, i int, key solana.PublicKey) uiParsedKey {
	static, signers := len(m.AccountKeys), int(m.Header.NumRequiredSignatures)
	if i >= static {
		writable := 0
		for _, table := range m.AddressTableLookups {
			writable += len(table.WritableIndexes)
		}
		return uiParsedKey{key, i < static+writable, false, "lookupTable"}
	}
	if i < signers {
		return uiParsedKey{key, i < signers-int(m.Header.NumReadonlySignedAccounts), true, "transaction"}
	}
	return uiParsedKey{key, i < static-int(m.Header.NumReadonlyUnsignedAccounts), false, "transaction"}
}

// keyAt returns the zero key if i is out of range, which no processed
// transaction contains.
func keyAt(keys []solana.PublicKey, i uint16) solana.PublicKey {
	if int(i) >= len(keys) {
		return solana.PublicKey{}
	}
	return keys[i]
}
